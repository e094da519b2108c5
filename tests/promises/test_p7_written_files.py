"""P7 for files: what a run wrote is as the run left it after a hit as well, or the hit is none."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys

import pytest

from running import SOURCE

HEAD = """
import csv, io, json, logging, os, pickle, shutil, sqlite3, subprocess, sys, tempfile, threading, zipfile
from pathlib import Path
from Lutil.checkpoints import Dir, File, InlineCheckpoint, checkpoint
"""
SAVE = """
@checkpoint{options}
def save(n):
    print("ran", n)
    {body}
    return n
for n in map(int, sys.argv[1:]):
    save(n)
"""

WAYS = {
    "open": "with open('out', 'w') as file: file.write(str(n))",
    "write_text": "Path('out').write_text(str(n))",
    "exclusively": "Path('out').unlink(missing_ok=True)\n    with open('out', 'x') as file: file.write(str(n))",
    "by descriptor": "fd = os.open('out', os.O_WRONLY | os.O_CREAT | os.O_TRUNC)\n    os.write(fd, b'%d' % n); os.close(fd)",
    "renamed": "Path('tmp').write_text(str(n))\n    os.replace('tmp', 'out')",
    "renamed from a temporary file": """fd, name = tempfile.mkstemp(dir='.')
    os.write(fd, b'%d' % n); os.close(fd)
    os.replace(name, 'out')""",
    "moved": "Path('tmp').write_text(str(n))\n    shutil.move('tmp', 'out')",
    "copied": "Path('one').write_text(str(n))\n    shutil.copy2('one', 'out')",
    "linked": "Path('one').write_text(str(n)); Path('out').unlink(missing_ok=True)\n    os.link('one', 'out')",
    "then appended to": "Path('out').write_text('')\n    with open('out', 'a') as file: file.write(str(n))",
    "read back": "Path('out').write_text(str(n))\n    assert Path('out').read_text() == str(n)",
    "in a folder that is made": "Path('made/below').mkdir(parents=True, exist_ok=True)\n    Path('made/below/x').write_text('x')\n    Path('out').write_text(str(n))",
    "csv": "with open('out', 'w', newline='') as file: csv.writer(file).writerows([[n, n], [n, 1]])",
    "json": "with open('out', 'w') as file: json.dump({'n': n}, file)",
    "pickle": "with open('out', 'wb') as file: pickle.dump([n], file)",
    "zipfile": "with zipfile.ZipFile('out', 'w') as file: file.writestr(zipfile.ZipInfo('a'), str(n))",
    "in a thread": "one = threading.Thread(target=lambda: Path('out').write_text(str(n))); one.start(); one.join()",
    "by a helper process": """from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(1) as pool: pool.submit(Path('out').write_text, str(n)).result()""",
    "print": "with open('out', 'w') as file: print(n, file=file)",
    "truncated": "fd = os.open('out', os.O_WRONLY | os.O_CREAT); os.close(fd); os.truncate('out', 0); Path('out').write_text(str(n))",
    "numpy": "import numpy; numpy.save('out.npy', numpy.arange(n))",
    "numpy, mapped": "import numpy; a = numpy.lib.format.open_memmap('out.npy', 'w+', shape=(9,)); a[:] = n; a.flush()",
    "numpy, text": "import numpy; numpy.savetxt('out', numpy.arange(n))",
    "pandas": "import pandas; pandas.DataFrame({'a': range(n)}).to_csv('out')",
    "pandas, pickle": "import pandas; pandas.DataFrame({'a': range(n)}).to_pickle('out')",
    "parquet": "import pyarrow.parquet, pandas; pandas.DataFrame({'a': range(n)}).to_parquet('out')",
    "pyarrow": "import pyarrow.parquet as p, pyarrow; p.write_table(pyarrow.table({'a': range(n)}), 'out')",
    "pyarrow, feather": "import pyarrow.feather as p, pyarrow; p.write_feather(pyarrow.table({'a': range(n)}), 'out')",
    "pyarrow, csv": "import pyarrow.csv as p, pyarrow; p.write_csv(pyarrow.table({'a': range(n)}), 'out')",
    "pyarrow, stream": "import pyarrow\n    with pyarrow.OSFile('out', 'wb') as file: file.write(b'%d' % n)",
    "polars": "import polars; polars.DataFrame({'a': range(n)}).write_csv('out')",
    "polars, parquet": "import polars; polars.DataFrame({'a': range(n)}).write_parquet('out')",
    "polars, lazy": "import polars; polars.LazyFrame({'a': range(n)}).sink_csv('out')",
    "joblib": "import joblib; joblib.dump(list(range(n)), 'out')",
    "matplotlib": "from matplotlib.figure import Figure; Figure(figsize=(n, 1)).savefig('out.svg', metadata={'Date': None})",
    "matplotlib, png": "from matplotlib.figure import Figure; Figure(figsize=(n, 1)).savefig('out.png')",
    "PIL": "from PIL import Image; Image.new('L', (n, n)).save('out.png')",
    "h5py": "import h5py\n    with h5py.File('out', 'w') as file: file['a'] = n",
    "torch": "import torch; torch.save(torch.arange(n), 'out')",
    "safetensors": "import numpy, safetensors.numpy as s; s.save_file({'a': numpy.arange(n)}, 'out')",
    "xgboost": "import xgboost as x; x.train({}, x.DMatrix([[1.0]] * 4, [n, 1, 2, n]), 1).save_model('out.json')",
    "lightgbm": "import numpy, lightgbm as l; l.train({'verbose': -1}, l.Dataset(numpy.ones((4, 1)), [n, 1, 2, n]), 1).save_model('out')",
    "opencv": "import cv2, numpy; cv2.imwrite('out.png', numpy.full((n, n), n, 'uint8'))",
    "soundfile": "import soundfile, numpy; soundfile.write('out.wav', numpy.zeros(100 * n), 8000)",
    "excel": "import openpyxl; b = openpyxl.Workbook(); b.active['A1'] = n; b.save('out.xlsx')",
}
LIBRARIES = (
    *("numpy", "pandas", "pyarrow", "polars", "joblib", "matplotlib", "PIL", "h5py", "torch", "safetensors", "xgboost"),
    *("lightgbm", "cv2", "soundfile", "openpyxl"),
)


QUICK = [way for way, body in WAYS.items() if "import" not in body] + ["numpy, mapped", "pandas", "pyarrow", "polars"]


@pytest.mark.parametrize("way", [way if way in QUICK else pytest.param(way, marks=pytest.mark.long) for way in WAYS])
def test_a_file_is_as_the_run_left_it_whatever_wrote_it(program, way):
    body = WAYS[way]
    for library in LIBRARIES:
        if f"import {library}" in body or f", {library}" in body or f"from {library}" in body:
            pytest.importorskip(library)
    program.write(HEAD + SAVE.format(options="", body=body))
    assert program.run("main.py", "3") == "ran 3\n"
    out = next(program.folder.glob("out*"))
    left = out.read_bytes()
    assert program.run("main.py", "3") == "", "it is there as the run left it"
    out.unlink()
    assert program.run("main.py", "3") == "", "it is gone"
    assert out.read_bytes() == left
    assert program.run("main.py", "4") == "ran 4\n"
    assert program.run("main.py", "3") == "", "another run of ours has replaced it"
    assert out.read_bytes() == left
    assert program.run("main.py", "4") == ""
    assert out.read_bytes() != left
    out.write_bytes(b"somebody else's")
    assert "ran 3" in program.run("main.py", "3", LUTIL_EXPLAIN="1")
    assert f"`{out.name}` was changed by somebody else" in program.errors
    assert out.read_bytes() != b"somebody else's"


@pytest.fixture
def write(program):
    """Write the program of a test, with a function or block that says when it runs."""

    def write(body, options="", name="main.py"):
        program.write(HEAD + SAVE.format(options=options, body=body), name)

    return write


def test_a_step_that_reads_a_file_gets_the_one_of_its_own_inputs(program):
    program.write(
        HEAD
        + """
FACTOR = int(os.environ["FACTOR"])
@checkpoint
def step1(rows):
    print("step1")
    Path("out.csv").write_text("\\n".join(str(r * FACTOR) for r in rows))
    return "out.csv"
@checkpoint
def step2(path):
    print("step2")
    return sum(int(x) for x in Path(path).read_text().split())
@checkpoint
def both(rows):
    print("both")
    return step2(step1(rows))
with InlineCheckpoint(watch=["FACTOR"], produce=["total"]) as cp:
    total = both([1, 2, 3])
print(total, step2(step1([1, 2, 3])), Path("out.csv").read_text().split())
"""
    )
    one, ten = "6 6 ['1', '2', '3']\n", "60 60 ['10', '20', '30']\n"
    ran = "both\nstep1\nstep2\n"
    assert program.run(FACTOR="1") == ran + one
    assert program.run(FACTOR="10") == ran + ten
    for _turn in range(2):
        assert program.run(FACTOR="1") == one
        assert program.run(FACTOR="10") == ten
    (program.folder / "out.csv").unlink()
    assert program.run(FACTOR="1") == one


def test_an_inner_hit_counts_as_writing_for_what_encloses_it(program):
    program.write(
        HEAD
        + """
@checkpoint
def inner(n):
    print("inner")
    Path("out").write_text(str(n))
@checkpoint
def outer(n):
    print("outer")
    inner(n)
    return Path("out").read_text(), os.listdir(".").count("out")
for word in os.environ["CALLS"].split():
    print(globals()[word[:5]](int(word[5:])))
"""
    )
    assert program.run(CALLS="inner1 inner2") == "inner\nNone\ninner\nNone\n"
    assert program.run(CALLS="outer1") == "outer\n('1', 1)\n", "the inner one is a hit"
    assert program.run(CALLS="outer2 outer1") == "outer\n('2', 1)\n('1', 1)\n"
    (program.folder / "out").unlink()
    assert program.run(CALLS="outer2") == "('2', 1)\n"
    assert (program.folder / "out").read_text() == "2"


def test_blocks_and_coroutines_do_the_same(program):
    program.write(
        HEAD
        + """
import asyncio
n = int(sys.argv[1])
with InlineCheckpoint() as cp:
    print("block")
    Path("of_block").write_text(str(n))
@checkpoint
async def save(n):
    print("coroutine")
    Path("of_coroutine").write_text(str(n))
asyncio.run(save(n))
print(Path("of_block").read_text(), Path("of_coroutine").read_text())
"""
    )
    assert program.run("main.py", "1") == "block\ncoroutine\n1 1\n"
    assert program.run("main.py", "2") == "block\ncoroutine\n2 2\n"
    assert program.run("main.py", "1") == "1 1\n"
    (program.folder / "of_block").unlink()
    (program.folder / "of_coroutine").unlink()
    assert program.run("main.py", "2") == "2 2\n"
    (program.folder / "of_block").write_text("3")
    assert program.run("main.py", "1") == "block\n1 1\n"


def test_a_counter_in_a_file_is_not_kept_and_said_once(program, write):
    write("k = int(Path('k').read_text()) + 1; Path('k').write_text(str(k)); print(k)")
    (program.folder / "k").write_text("0")
    assert program.run("-W", "always", "main.py", "1", "1") == "ran 1\n1\nran 1\n2\n"
    assert program.errors.count("`k` cannot be saved: the computation reads it, then changes it") == 1
    assert program.run("main.py", "1") == "ran 1\n3\n"


@pytest.mark.parametrize(
    "body",
    [
        "with open('log', 'a') as file: file.write('x')",
        "logging.basicConfig(filename='log', filemode='w', force=True); logging.warning('x')",
        "Path('log').write_text('x'); Path('log').unlink()",
        "with tempfile.TemporaryDirectory(dir='.') as folder: Path(folder, 'log').write_text('x')",
        "fd, name = tempfile.mkstemp(); os.close(fd)",
    ],
    ids=["appended", "logged", "deleted again", "temporary folder", "temporary file"],
)
def test_effects_are_no_outputs(program, write, body):
    write(body)
    assert program.run("main.py", "1") == "ran 1\n"
    (program.folder / "log").unlink(missing_ok=True)
    assert program.run("main.py", "1") == ""
    assert not (program.folder / "log").exists()
    (program.folder / "log").write_text("somebody else's")
    assert program.run("main.py", "1") == ""
    assert (program.folder / "log").read_text() == "somebody else's"


def test_a_temporary_file_that_the_result_names_is_an_output(program):
    program.write(
        HEAD
        + """
@checkpoint
def save():
    print("ran")
    folder = Path(tempfile.mkdtemp(dir="."))
    (folder / "x").write_text("here")
    return folder / "x"
found = save()
print(found.read_text())
shutil.rmtree(found.parent)
"""
    )
    assert program.run() == "ran\nhere\n"
    assert program.run() == "here\n"


LARGE = "with open('big', 'wb') as file: file.write(bytes([n]) * (17 << 20))"


def test_what_is_too_large_to_keep_has_to_be_as_it_was_left(program, write):
    write(LARGE)
    big = program.folder / "big"
    assert program.run("main.py", "1") == "ran 1\n"
    assert program.run("main.py", "1") == ""
    assert sum(file.stat().st_size for file in (program.folder / ".Lutil-checkpoint").rglob("*.entry")) < 1 << 20
    big.unlink()
    assert program.run("main.py", "1", LUTIL_EXPLAIN="1", COLUMNS="200") == "ran 1\n"
    assert "file `big` is gone and was too large to keep" in program.errors
    assert program.run("main.py", "2") == "ran 2\n"
    assert program.run("main.py", "1", LUTIL_EXPLAIN="1", COLUMNS="200") == "ran 1\n"
    assert "file `big` was changed by another run" in program.errors


def test_what_is_declared_is_kept_at_any_size(program, write):
    write(LARGE, options="(produce=[File('big')])")
    big = program.folder / "big"
    assert program.run("main.py", "1") == "ran 1\n"
    assert program.run("main.py", "2") == "ran 2\n"
    assert program.run("main.py", "1") == ""
    assert big.read_bytes() == b"\1" * (17 << 20)
    big.unlink()
    assert program.run("main.py", "2") == ""
    assert big.read_bytes() == b"\2" * (17 << 20)


def test_what_native_code_writes_unseen_can_be_declared(program):
    body = "subprocess.run([sys.executable, '-c', f\"open('out', 'w').write('{n}')\"])"
    program.write(HEAD + SAVE.format(options="(produce=[File('out')])", body=body))
    assert program.run("main.py", "1", "2", "1") == "ran 1\nran 2\n"
    assert (program.folder / "out").read_text() == "1"
    program.write(
        HEAD
        + """
n = int(sys.argv[1])
with InlineCheckpoint(watch=["n"], produce=["x", Dir("made")]) as cp:
    print("ran", n)
    x = subprocess.run(["sh", "-c", f"mkdir -p made; echo {n} > made/out"]).returncode
print(cp.produce)
"""
    )
    assert program.run("main.py", "1") == "ran 1\n('x', \"Dir(path='made')\")\n"
    shutil.rmtree(program.folder / "made")
    assert program.run("main.py", "1") == "('x', \"Dir(path='made')\")\n"
    assert (program.folder / "made/out").read_text() == "1\n"


def test_a_declared_file_that_the_run_does_not_leave_costs_the_entry(program, write):
    write("pass", options="(produce=[File('out')])")
    assert program.run("-W", "always", "main.py", "1") == "ran 1\n"
    assert "the run left no such file" in program.errors
    assert program.run("main.py", "1") == "ran 1\n"


def test_a_function_refuses_names_that_it_would_produce():
    from Lutil.checkpoints import checkpoint

    with pytest.raises(ValueError, match="only File"):
        checkpoint(produce=["x"])


def test_a_folder_that_a_run_made_is_its_listing_and_its_files(program, write):
    write(
        "Path('made/sub').mkdir(parents=True)\n"
        "    Path('made/sub/a').write_text(str(n)); subprocess.run(['sh', '-c', 'echo unseen > made/b'])"
    )
    made = program.folder / "made"
    assert program.run("main.py", "1") == "ran 1\n"
    assert program.run("main.py", "1") == ""
    (made / "b").unlink()
    assert program.run("main.py", "1") == ""
    assert (made / "b").read_text() == "unseen\n"
    shutil.rmtree(made)
    assert program.run("main.py", "1") == ""
    assert sorted(str(one.relative_to(made)) for one in made.rglob("*")) == ["b", "sub", "sub/a"]
    (made / "c").write_text("somebody else's")
    assert "`c`" in program.run("-c", "import main; print(main.save.explain(1).details())")
    shutil.rmtree(made)
    (made).write_text("a file")
    assert "ran 1" in program.run("main.py", "1", check=False)


def test_a_folder_that_several_calls_fill_does_not_cost_their_hits(program, write):
    write("Path('made').mkdir(exist_ok=True); Path(f'made/{n}').write_text(str(n))")
    assert program.run("main.py", "1", "2", "3") == "ran 1\nran 2\nran 3\n"
    assert program.run("main.py", "1", "2", "3") == ""
    shutil.rmtree(program.folder / "made")
    assert program.run("main.py", "3", "1") == ""
    assert sorted(one.name for one in (program.folder / "made").iterdir()) == ["1", "3"]


def test_many_files_hit_and_come_back(program, write):
    write("for i in range(200): Path(f'out{i}').write_text(f'{n} {i}')")
    assert program.run("main.py", "1", "2", "1") == "ran 1\nran 2\n"
    assert {(program.folder / f"out{i}").read_text() for i in range(200)} == {f"1 {i}" for i in range(200)}


def test_a_link_in_the_place_of_a_file_is_not_written_through(program, write):
    write("Path('out').unlink(missing_ok=True); Path('out').write_text(str(n))")
    assert program.run("main.py", "1") == "ran 1\n"
    other = program.folder / "precious"
    other.write_text("precious")
    out = program.folder / "out"
    out.unlink()
    out.symlink_to(other)
    assert program.run("main.py", "1", LUTIL_EXPLAIN="1") == "ran 1\n"
    assert "file `out` is a link now" in program.errors
    assert other.read_text() == "precious"


def test_a_folder_that_a_link_leads_to_now_is_not_written_into(program, write):
    write("Path('made').mkdir(exist_ok=True); Path('made/out').write_text(str(n))")
    assert program.run("main.py", "1") == "ran 1\n"
    elsewhere = program.folder / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(program.folder / "made")
    (program.folder / "made").symlink_to(elsewhere)
    program.write("import main\nprint(main.save.explain(1).details())", "ask.py")
    assert "made" in program.run("ask.py")
    assert not list(elsewhere.iterdir())


def test_links_that_a_run_makes_come_back(program, write):
    write("Path(f'v{n}').write_text(str(n)); Path('latest').unlink(missing_ok=True); os.symlink(f'v{n}', 'latest')")
    assert program.run("main.py", "1") == "ran 1\n"
    (program.folder / "latest").unlink()
    (program.folder / "v1").unlink()
    assert program.run("main.py", "1") == ""
    assert str((program.folder / "latest").readlink()) == "v1"
    assert (program.folder / "latest").read_text() == "1"


def test_modes_come_back_without_those_that_give_rights(program, write):
    write("Path('out').write_text('#!/bin/sh\\n'); os.chmod('out', 0o4751)")
    assert program.run("main.py", "1") == "ran 1\n"
    (program.folder / "out").unlink()
    assert program.run("main.py", "1") == ""
    assert stat.S_IMODE((program.folder / "out").stat().st_mode) == 0o751


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser can write everywhere")
def test_a_folder_that_cannot_be_written_costs_the_hit_not_the_result(program, write):
    write("Path('ro/out').write_text(str(n)) if not Path('ro/out').exists() else None")
    (program.folder / "ro").mkdir()
    assert program.run("main.py", "1") == "ran 1\n"
    (program.folder / "ro/out").unlink()
    (program.folder / "ro").chmod(0o500)
    try:
        assert "cannot be put back" in program.run("main.py", "1", check=False, LUTIL_EXPLAIN="1") + program.errors
    finally:
        (program.folder / "ro").chmod(0o700)


def test_a_database_of_sqlite_is_an_output_with_its_log(program, write):
    write(
        "con = sqlite3.connect('d.db'); con.execute('pragma journal_mode=wal'); con.execute('create table t(x)')\n"
        "    con.executemany('insert into t values(?)', [(i,) for i in range(n)]); con.commit()\n"
        "    globals()['kept_open'] = con"
    )
    for rest in ("", "-wal", "-shm"):
        (program.folder / f"d.db{rest}").unlink(missing_ok=True)
    assert program.run("main.py", "3") == "ran 3\n"
    assert program.run("main.py", "3") == ""
    for file in program.folder.glob("d.db*"):
        file.unlink()
    assert program.run("main.py", "3") == ""
    count = "import sqlite3; print(sqlite3.connect('d.db').execute('select count(*) from t').fetchall())"
    assert program.run("-c", count) == "[(3,)]\n"
    program.run("-c", "import sqlite3; c = sqlite3.connect('d.db'); c.execute('insert into t values(9)'); c.commit()")
    assert "ran 3" in program.run("main.py", "3", check=False)


def test_a_database_that_is_built_again_is_right_each_time(program, write):
    write(
        "con = sqlite3.connect('d.db'); con.execute('drop table if exists t'); con.execute('create table t(x)')\n"
        "    con.executemany('insert into t values(?)', [(i,) for i in range(n)]); con.commit(); con.close()"
    )
    count = "import sqlite3; print(sqlite3.connect('d.db').execute('select count(*) from t').fetchall()[0][0])"
    for n in "3434":
        program.run("main.py", n)
        assert program.run("-c", count) == f"{n}\n"


def test_a_run_that_fails_leaves_files_that_are_ours(program, write):
    write("Path('out').write_text(str(n)); 1 / (n - 2)")
    assert program.run("main.py", "1") == "ran 1\n"
    program.run("main.py", "2", check=False)
    assert (program.folder / "out").read_text() == "2"
    assert program.run("main.py", "1") == ""
    assert (program.folder / "out").read_text() == "1"


def test_a_run_that_is_killed_costs_a_recomputation(program, write):
    write("Path('out').write_text(str(n)); n == 2 and os.kill(os.getpid(), 9)")
    assert program.run("main.py", "1") == "ran 1\n"
    program.run("main.py", "2", check=False)
    assert program.run("main.py", "1") == "ran 1\n", "nobody knows whose the file is"
    assert (program.folder / "out").read_text() == "1"


def test_an_entry_whose_content_is_damaged_is_a_miss(program, write):
    write("Path('out').write_text('a content of its own %d' % n)")
    assert program.run("main.py", "1") == "ran 1\n"
    entry = next((program.folder / ".Lutil-checkpoint").rglob("*.entry"))
    data = entry.read_bytes()
    entry.write_bytes(data.replace(b"a content of its own", b"a content of its 0wn"))
    assert program.run("main.py", "1") == "", "the file is there, and what is kept of it is not read"
    (program.folder / "out").unlink()
    assert program.run("main.py", "1") == "ran 1\n"
    assert (program.folder / "out").read_text() == "a content of its own 1"


def test_explain_lists_the_files_and_puts_nothing_back(program, write):
    write("Path('out').write_text(str(n)); open('log', 'a').close()")
    program.run("main.py", "1")
    (program.folder / "out").unlink()
    program.write("import main\nprint(main.save.is_cached(1), main.save.explain(1).details())", "ask.py")
    found = program.run("ask.py")
    assert found.startswith("True")
    assert "out (1 bytes, kept)" in found
    assert "log" in found
    assert not (program.folder / "out").exists()


def test_a_moved_project_puts_files_where_it_is_now(program, write, tmp_path_factory):
    write("Path('out').write_text(str(n))")
    program.run("main.py", "1", "2")
    new = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.move(program.folder, new)
    program.folder.mkdir()
    program.folder = new
    assert program.run("main.py", "1") == ""
    assert (new / "out").read_text() == "1"


def test_two_processes_at_once_leave_a_whole_file(program, write):
    write("Path('out').write_text(str(n) * 100_000)")
    program.run("main.py", "1", "2")
    calls = [[str(1 + (turn + who) % 2) for turn in range(20)] for who in range(2)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    running = [
        subprocess.Popen([sys.executable, "main.py", *one], cwd=program.folder, env=environment, text=True)
        for one in calls
    ]
    assert [one.wait(120) for one in running] == [0, 0]
    assert (program.folder / "out").read_text() in {"1" * 100_000, "2" * 100_000}
    assert not list(program.folder.glob(".*.part"))
