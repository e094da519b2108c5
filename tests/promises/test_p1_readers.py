"""P1 and P2 for ways of reading that raise no event, or another than one thinks: native readers, links, SQLite, code."""

from __future__ import annotations

import os
import sys

import pytest

HEAD = """
import os, sys
from pathlib import Path
from Lutil.checkpoints import checkpoint
value = sys.argv[1]
ran = []
"""


def outcomes(program, text, values="121", prepare=""):
    """Run a program once for each value; return what its function gave and whether it ran."""
    program.write(f"{HEAD}{prepare}\n{text}\nprint(f(), len(ran))\n")
    return [program.run("main.py", value).strip() for value in values]


NATIVE = {
    "a keyword that is not the first": ("", "polars.read_csv(has_header=True, source='x.csv')"),
    "a keyword of pyarrow": ("", "parquet.read_table(columns=['a'], source='x.parquet')"),
    "a name of one's own": ("from polars import read_csv", "read_csv('x.csv')"),
    "another name of one's own": ("from pyarrow.parquet import read_table as load", "load('x.parquet')"),
    "a file of arrow": ("", "pyarrow.ipc.open_file(pyarrow.OSFile('x.arrow', 'rb')).read_all()"),
    "a stream of arrow": ("", "pyarrow.ipc.open_file(pyarrow.input_stream('x.arrow').read()).read_all()"),
    "a dataset": ("", "parquet.ParquetDataset('x.parquet').read()"),
    "a dataset by its address": (
        "import pyarrow.dataset as ds",
        "ds.dataset(Path('x.parquet').absolute().as_uri()).to_table()",
    ),
    "a lazy frame by its address": ("", "polars.scan_parquet(Path('x.parquet').absolute().as_uri()).collect()"),
    "a file of arrow by its name": ("", "pyarrow.ipc.open_file('x.arrow').read_all()"),
}


@pytest.mark.parametrize("case", NATIVE)
def test_what_a_native_reader_is_given_counts_however_it_is_called(program, case):
    pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    imports, call = NATIVE[case]
    prepare = f"""
import polars, pyarrow
from pyarrow import parquet
{imports}
Path("x.csv").write_text(f"a\\n{{value}}\\n")
made = pyarrow.table({{"a": [int(value)]}})
parquet.write_table(made, "x.parquet")
with pyarrow.OSFile("x.arrow", "wb") as sink, pyarrow.ipc.new_file(sink, made.schema) as writer:
    writer.write_table(made)
"""
    text = f"@checkpoint\ndef f():\n    ran.append(1)\n    return int({call}['a'].to_numpy().sum())"
    assert outcomes(program, text, "1122", prepare) == ["1 1", "1 0", "2 1", "2 0"]


def test_a_text_file_that_is_named_with_its_format_counts(program):
    pytest.importorskip("xgboost")
    prepare = "import xgboost\nPath('x.txt').write_text(f'{value} 0:1\\n')"
    call = "xgboost.DMatrix('x.txt?format=libsvm').get_label()[0]"
    text = f"@checkpoint\ndef f():\n    ran.append(1)\n    return int({call})"
    assert [one.splitlines()[-1] for one in outcomes(program, text, "1121", prepare)] == ["1 1", "1 0", "2 1", "1 0"]


def test_a_class_that_reads_is_still_one_while_a_run_is_on(program):
    pytest.importorskip("pyarrow")
    text = """
import pyarrow
Path("x.bin").write_bytes(b"abc")
@checkpoint
def f():
    with pyarrow.OSFile("x.bin", "rb") as file:
        return isinstance(file, pyarrow.OSFile) and not isinstance(5, pyarrow.OSFile)
"""
    assert outcomes(program, text, "1") == ["True 0"]


def test_what_a_native_reader_writes_is_no_input(program):
    pytest.importorskip("h5py")
    text = """
import h5py
@checkpoint
def f():
    ran.append(1)
    with h5py.File("out.h5", "w") as file:
        file["x"] = [1, 2]
    with h5py.File(name="out.h5", mode="r") as file:
        return int(sum(file["x"]))
"""
    assert outcomes(program, text, "111") == ["3 1", "3 0", "3 0"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize(
    "way", ["Path('latest').resolve().name", "os.readlink('latest')", "os.path.realpath('latest')[-5:]"]
)
def test_where_a_link_leads_to_counts(program, way):
    prepare = """
for number in "12":
    Path(f"run_{number}").mkdir(exist_ok=True)
Path("latest").unlink(missing_ok=True)
os.symlink(f"run_{value}", "latest")
"""
    text = f"@checkpoint\ndef f():\n    ran.append(1)\n    return {way}"
    assert outcomes(program, text, "1121", prepare) == ["run_1 1", "run_1 0", "run_2 1", "run_1 0"]


def test_a_database_by_its_address_counts(program):
    prepare = """
import sqlite3
with sqlite3.connect("my data.db") as made:
    made.execute("create table if not exists t(x)")
    made.execute("delete from t")
    made.execute("insert into t values(?)", (int(value),))
made.close()
where = Path("my data.db").absolute().as_uri() + "?mode=ro"
"""
    text = """
@checkpoint
def f():
    ran.append(1)
    con = sqlite3.connect(where, uri=True)
    try:
        return con.execute("select x from t").fetchone()[0]
    finally:
        con.close()
"""
    assert outcomes(program, text, "12", prepare) == ["1 1", "2 1"]


def test_changes_of_a_database_that_lie_beside_it_count(program):
    program.write("""
        import sqlite3
        from Lutil.checkpoints import checkpoint
        open_ = sqlite3.connect("app.db")
        open_.execute("pragma journal_mode=wal")
        open_.execute("create table if not exists t(x)")
        open_.commit()
        @checkpoint
        def total():
            con = sqlite3.connect("app.db")
            try:
                return con.execute("select sum(x) from t").fetchone()[0]
            finally:
                con.close()
        for number in (1, 2, 3):
            open_.execute("insert into t values(?)", (number,))
            open_.commit()
            print(total(), end=" ")
    """)
    assert program.run() == "1 3 6 "


def test_a_script_that_is_run_for_its_names_counts(program):
    prepare = "import runpy\nPath('config.py').write_text(f'LR = {value}\\n')"
    text = "@checkpoint\ndef f():\n    ran.append(1)\n    return runpy.run_path('config.py')['LR']"
    assert outcomes(program, text, "1121", prepare) == ["1 1", "1 0", "2 1", "1 0"]


def test_a_line_of_data_counts_however_it_is_read(program):
    prepare = "import linecache\nPath('x.txt').write_text(f'{value}\\n')"
    text = "@checkpoint\ndef f():\n    ran.append(1)\n    return int(linecache.getline('x.txt', 1))"
    assert outcomes(program, text, "1121", prepare) == ["1 1", "1 0", "2 1", "1 0"]


def test_a_line_of_code_that_a_traceback_shows_does_not_count(program):
    text = """
import traceback
from Lutil.checkpoints import checkpoint
@checkpoint
def f():
    print("ran")
    try:
        raise ValueError
    except ValueError:
        return len(traceback.format_exc()) > 9
f()
"""
    program.write(text, "script")
    assert program.run("script") == "ran\n"
    program.write(f"# a comment\n{text}", "script")
    assert program.run("script") == ""


def test_a_seeder_that_was_imported_before_us_is_followed(program):
    program.write("""
        from random import random, seed
        import numpy as np
        from numpy.random import seed as seed_numpy
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f():
            seed(42)
            seed_numpy(42)
            return random(), float(np.random.rand())
        print(f(), random(), np.random.rand())
    """)
    assert program.run() == program.run()


LIBRARIES = {
    "numpy": "import numpy as np\n    return float(np.sqrt(n))",
    "pandas": "from pandas import DataFrame\n    return len(DataFrame({'a': [n]}))",
    "sklearn": "from sklearn.metrics import accuracy_score\n    return float(accuracy_score([1], [n]))",
    "scipy": "import scipy.stats\n    return float(scipy.stats.norm.cdf(n))",
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_whether_a_library_is_loaded_already_is_no_input(program, library):
    pytest.importorskip(library)
    body = LIBRARIES[library]
    text = f"if 'early' in sys.argv:\n    import {library}\n@checkpoint\ndef f(n):\n    ran.append(n)\n    {body}\n"
    program.write(f"{HEAD}{text}f(1), f(1)\nprint(len(ran))\n")
    assert [program.run("main.py", "late"), program.run("main.py", "early"), program.run("main.py", "late")] == [
        "1\n",
        "0\n",
        "0\n",
    ]


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("import rich.style\n    print('ran')", "ran\n"),
        ("x = random.random()\n    import rich.style\n    return x", ""),
    ],
)
def test_what_a_library_draws_as_it_is_loaded_is_no_draw_of_the_run(program, body, printed):
    program.write(f"""
import random
from Lutil.checkpoints import checkpoint
@checkpoint
def f(n):
    {body}
print(f(1) == f(1))
""")
    assert program.run() == f"{printed}{bool(printed)}\n"


def test_a_library_that_draws_as_it_is_loaded_moves_a_seeded_stream_in_a_hit_as_well(program):
    program.write("""
        import random
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(n):
            import rich.style
            return n
        random.seed(4)
        print(f(1), random.random())
    """)
    assert program.run() == program.run()


def test_what_cannot_be_made_again_from_its_entry_is_named_once(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class Parser:
            def __reduce__(self): return Parser, (1, 2)
        @checkpoint
        def parse(texts):
            return [Parser() for _ in texts]
        for _ in range(3):
            parse(["x"])
    """)
    program.run()
    assert (
        program.errors.count("NotSavedWarning: parse: the result is returned but not kept: `result[0]` cannot be saved")
        == 1
    )
    assert program.errors.count("what is kept cannot be made again: TypeError") == 1


@pytest.mark.skipif(os.name != "posix", reason="descriptors are numbered otherwise there")
def test_a_run_that_closes_all_descriptors_keeps_its_result(program):
    program.write("""
        import os
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f():
            os.closerange(3, 64)
            return 1
        print(f())
    """)
    assert program.run() == "1\n"


def test_a_database_that_is_open_already_is_named_once_unless_something_stands_for_it(program):
    program.write("""
        import sqlite3
        from Lutil.checkpoints import File, checkpoint
        con = sqlite3.connect("app.db")
        con.execute("create table if not exists t(x)")
        memory = sqlite3.connect(":memory:")
        @checkpoint
        def count(n):
            return con.execute("select count(*) from t").fetchone()[0] + n
        @checkpoint(watch=[File("app.db")])
        def declared():
            return con.execute("select count(*) from t").fetchone()[0]
        @checkpoint
        def held():
            return memory.execute("select 1").fetchone()[0]
        print(count(1), count(2), declared(), held())
    """)
    assert program.run() == "1 2 0 1\n"
    said = [line for line in program.errors.splitlines() if "Warning" in line]
    assert len(said) == 1
    assert "count uses `con` (sqlite3.Connection " in said[0]
    assert 'watch=[File("app.db")], or expires="1d"' in said[0]
