"""P1 for what only a run can tell: files, listings and existence tests that it reads are inputs of the computation.

One program computes with many readers, each from a place of its own. It is run again and again: with all places
touched but equal, with every second place changed, with the others changed, with all as at first.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sqlite3
import textwrap
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest


def text(place: Path, value: int) -> None:
    (place / "a.txt").write_text(f"{value}\n")


def as_json(place: Path, value: int) -> None:
    (place / "a.json").write_text(json.dumps({"value": value}))


def table(place: Path, value: int) -> None:
    (place / "a.csv").write_text(f"x,y\n1,{value}\n2,5\n")


def database(place: Path, value: int) -> None:
    file = place / "a.db"
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as made:
        made.execute("create table t (x)")
        made.execute("insert into t values (?)", (value,))
        made.commit()


def archive(place: Path, value: int) -> None:
    with zipfile.ZipFile(place / "a.zip", "w") as made:
        made.writestr(zipfile.ZipInfo("a.txt", (2020, 1, 1, 0, 0, 0)), str(value))


def array(place: Path, value: int) -> None:
    import numpy as np

    np.save(place / "a.npy", np.arange(3) + value)


def archive_of_arrays(place: Path, value: int) -> None:
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.arange(3) + value)
    with zipfile.ZipFile(place / "a.npz", "w") as made:
        made.writestr(zipfile.ZipInfo("a.npy", (2020, 1, 1, 0, 0, 0)), buffer.getvalue())


def parquet(place: Path, value: int) -> None:
    import pandas as pd

    pd.DataFrame({"x": [1, 2], "y": [value, 5]}).to_parquet(place / "a.parquet")


def several_parquets(place: Path, value: int) -> None:
    import pandas as pd

    for part in range(2):
        pd.DataFrame({"x": [1, 2], "y": [value * part, 5]}).to_parquet(place / f"{part}.parquet")


def pickled(place: Path, value: int) -> None:
    import pandas as pd

    pd.DataFrame({"x": [value]}).to_pickle(place / "a.pkl")


def dumped(place: Path, value: int) -> None:
    import joblib

    joblib.dump([value], place / "a.joblib")


def link(place: Path, value: int) -> None:
    (place / "real.txt").write_text(f"{value}\n")
    if not (place / "a.txt").is_symlink():
        (place / "a.txt").symlink_to("real.txt")


def another_target(place: Path, value: int) -> None:
    for number in range(2):
        (place / f"{number}.txt").write_text(f"{number}\n")
    (place / "latest").unlink(missing_ok=True)
    (place / "latest").symlink_to(f"{value}.txt")


def more_files(place: Path, value: int) -> None:
    (place / "first.txt").write_text("1")
    second = place / "second.txt"
    second.write_text("2") if value else second.unlink(missing_ok=True)


def more_files_below(place: Path, value: int) -> None:
    (place / "below").mkdir(exist_ok=True)
    more_files(place / "below", value)


def more_modules(place: Path, value: int) -> None:
    (place / "first.py").touch()
    second = place / "second.py"
    second.touch() if value else second.unlink(missing_ok=True)


def appears(place: Path, value: int) -> None:
    (place / "other.txt").write_text("1")
    file = place / "late.txt"
    file.write_text("here") if value else file.unlink(missing_ok=True)


def grows(place: Path, value: int) -> None:
    (place / "a.txt").write_text("x" * (3 + value))


class Reader(NamedTuple):
    """A way to read from a place.

    Attributes:
        make: makes the place, with a value of 0 or 1.
        body: reads it.
        touch: whether it asks for the time of change, so that a touch counts.
    """

    make: Callable[[Path, int], None]
    body: str
    touch: bool = False


PLAIN = {
    "open": Reader(text, "with open(place + '/a.txt') as file: return file.read()"),
    "open in binary": Reader(text, "with open(place + '/a.txt', 'rb') as file: return len(file.read()), "
                             "open(place + '/a.txt', 'rb').read()"),
    "io.open": Reader(text, "import io\nwith io.open(place + '/a.txt') as file: return file.read()"),
    "os.open": Reader(text, "number = os.open(place + '/a.txt', os.O_RDONLY)\n"
                      "found = os.read(number, 100)\nos.close(number)\nreturn found"),
    "codecs.open": Reader(text, "import codecs\nwith codecs.open(place + '/a.txt', 'r', 'utf-8') as file: return file.read()"),
    "pathlib": Reader(text, "return (Path(place) / 'a.txt').read_text()"),
    "pathlib in binary": Reader(text, "return Path(place, 'a.txt').read_bytes()"),
    "Path.open": Reader(text, "with Path(place, 'a.txt').open() as file: return list(file)"),
    "an absolute path": Reader(text, "return Path(place).resolve().joinpath('a.txt').read_text()"),
    "opened to be changed": Reader(text, "with open(place + '/a.txt', 'r+') as file: return file.read()"),
    "json": Reader(as_json, "with open(place + '/a.json') as file: return json.load(file)"),
    "csv": Reader(table, "import csv\nwith open(place + '/a.csv') as file: return list(csv.reader(file))"),
    "sqlite3": Reader(database, "import sqlite3\nfile = sqlite3.connect(place + '/a.db')\n"
                      "found = file.execute('select x from t').fetchall()\nfile.close()\nreturn found"),
    "sqlite3, read only": Reader(database, "import sqlite3\nfile = sqlite3.connect(f'file:{place}/a.db?mode=ro', uri=True)\n"
                      "found = file.execute('select x from t').fetchall()\nfile.close()\nreturn found"),
    "zipfile": Reader(archive, "import zipfile\nwith zipfile.ZipFile(place + '/a.zip') as file: return file.read('a.txt')"),
    "mmap": Reader(text, "import mmap\nwith open(place + '/a.txt', 'rb') as file:\n"
                   "    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as seen: return seen[:]"),
    "configparser": Reader(lambda place, value: (place / "a.ini").write_text(f"[a]\nb={value}\n"),
                           "import configparser\nfound = configparser.ConfigParser()\n"
                           "found.read(place + '/a.ini')\nreturn dict(found['a'])"),
    "tomllib": Reader(lambda place, value: (place / "a.toml").write_text(f"a={value}\n"),
                      "import tomllib\nwith open(place + '/a.toml', 'rb') as file: return tomllib.load(file)"),
    "fileinput": Reader(text, "import fileinput\nwith fileinput.input([place + '/a.txt']) as file: return list(file)"),
    "shutil": Reader(text, "import shutil\nshutil.copy(place + '/a.txt', place + '/copy.txt')\n"
                     "with open(place + '/copy.txt') as file: return file.read()"),
    "a helper": Reader(text, "return helper(place)"),
    "a module": Reader(text, "import loading\nreturn loading.load(place)"),
    "a thread": Reader(text, "import threading\nfound = []\n"
                       "thread = threading.Thread(target=lambda: found.append(helper(place)))\n"
                       "thread.start()\nthread.join()\nreturn found"),
    "a pool of threads": Reader(text, "from concurrent.futures import ThreadPoolExecutor\n"
                                "with ThreadPoolExecutor(2) as pool: return list(pool.map(helper, [place, place]))"),
    "asyncio.to_thread": Reader(text, "import asyncio\n"
                                "async def main(): return await asyncio.to_thread(helper, place)\nreturn asyncio.run(main())"),
    "a link to a file": Reader(link, "with open(place + '/a.txt') as file: return file.read()"),
    "a link that leads elsewhere": Reader(another_target, "with open(place + '/latest') as file: return file.read()"),
    "inside a block": Reader(text, "with InlineCheckpoint(watch=['place'], produce=['found']):\n"
                             "    found = helper(place)\nreturn found"),
    "inside a checkpointed function": Reader(text, "return inner(place)"),
    "os.listdir": Reader(more_files, "return sorted(os.listdir(place))"),
    "os.scandir": Reader(more_files, "with os.scandir(place) as entries: return sorted(e.name for e in entries)"),
    "os.walk": Reader(more_files_below, "return sorted(file for _, _, files in os.walk(place) for file in files)"),
    "glob.glob": Reader(more_files, "import glob\nreturn sorted(glob.glob(place + '/*.txt'))"),
    "glob.glob below": Reader(more_files_below, "import glob\nreturn sorted(glob.glob(place + '/**/*.txt', recursive=True))"),
    "glob.glob without a wildcard": Reader(appears, "import glob\nreturn glob.glob(place + '/late.txt')"),
    "Path.iterdir": Reader(more_files, "return sorted(file.name for file in Path(place).iterdir())"),
    "Path.glob": Reader(more_files, "return sorted(file.name for file in Path(place).glob('*.txt'))"),
    "Path.rglob": Reader(more_files_below, "return sorted(file.name for file in Path(place).rglob('*.txt'))"),
    "pkgutil.iter_modules": Reader(more_modules, "import pkgutil\nreturn [module.name for module in pkgutil.iter_modules([place])]"),
    "a failed open": Reader(appears, "try:\n    with open(place + '/late.txt') as file: return file.read()\n"
                            "except FileNotFoundError: return 'default'"),
    "a failed listing": Reader(lambda place, value: (place / "late").mkdir(exist_ok=True) if value
                               else shutil.rmtree(place / "late", ignore_errors=True),
                               "try: return os.listdir(place + '/late')\nexcept FileNotFoundError: return 'default'"),
    "os.path.exists": Reader(appears, "return os.path.exists(place + '/late.txt')"),
    "os.path.isfile": Reader(appears, "return os.path.isfile(place + '/late.txt')"),
    "Path.exists": Reader(appears, "return Path(place, 'late.txt').exists()"),
    "Path.is_file": Reader(appears, "return Path(place, 'late.txt').is_file()"),
    "os.path.getsize": Reader(grows, "return os.path.getsize(place + '/a.txt')"),
    "Path.stat": Reader(grows, "return Path(place, 'a.txt').stat().st_size", touch=True),
    "os.path.getmtime": Reader(text, "return os.path.getmtime(place + '/a.txt') > 0", touch=True),
    "made where it is missing": Reader(appears, "if not os.path.exists(place + '/late.txt'): return 'would make it'\n"
                                       "with open(place + '/late.txt') as file: return file.read()"),
}  # fmt: skip

SCIENCE = {
    "numpy.load": Reader(array, "return np.load(place + '/a.npy').tolist()"),
    "numpy.load, mapped": Reader(array, "return np.load(place + '/a.npy', mmap_mode='r').tolist()"),
    "numpy.load of an archive": Reader(archive_of_arrays, "with np.load(place + '/a.npz') as file: return file['a'].tolist()"),
    "numpy.memmap": Reader(array, "return bytes(np.memmap(place + '/a.npy', dtype='u1', mode='r'))"),
    "numpy.fromfile": Reader(array, "return np.fromfile(place + '/a.npy', dtype='u1').tolist()"),
    "numpy.loadtxt": Reader(text, "return np.loadtxt(place + '/a.txt').tolist()"),
    "pandas.read_csv": Reader(table, "return pd.read_csv(place + '/a.csv').to_dict('list')"),
    "pandas.read_csv in chunks": Reader(table, "return [part.to_dict('list') for part in pd.read_csv(place + '/a.csv', chunksize=1)]"),
    "pandas.read_csv by the Python engine": Reader(table, "return pd.read_csv(place + '/a.csv', engine='python').to_dict('list')"),
    "pandas.read_csv of a path": Reader(table, "return pd.read_csv(Path(place) / 'a.csv').to_dict('list')"),
    "pandas.read_json": Reader(as_json, "return pd.read_json(place + '/a.json', typ='series').to_dict()"),
    "pandas.read_pickle": Reader(pickled, "return pd.read_pickle(place + '/a.pkl').to_dict('list')"),
    "joblib.load": Reader(dumped, "import joblib\nreturn joblib.load(place + '/a.joblib')"),
}  # fmt: skip

ARROW = {
    "pandas.read_parquet": Reader(parquet, "return pd.read_parquet(place + '/a.parquet').to_dict('list')"),
    "pandas.read_parquet of a path": Reader(parquet, "return pd.read_parquet(Path(place) / 'a.parquet').to_dict('list')"),
    "pandas.read_parquet of a folder": Reader(several_parquets, "return pd.read_parquet(place).to_dict('list')"),
    "pyarrow.parquet.read_table": Reader(parquet, "import pyarrow.parquet as pq\nreturn pq.read_table(place + '/a.parquet').to_pydict()"),
    "pyarrow.parquet.ParquetFile": Reader(parquet, "import pyarrow.parquet as pq\nreturn pq.ParquetFile(place + '/a.parquet').read().to_pydict()"),
    "pyarrow.dataset": Reader(several_parquets, "import pyarrow.dataset as ds\nreturn ds.dataset(place).to_table().to_pydict()"),
    "pyarrow.csv": Reader(table, "import pyarrow.csv as pc\nreturn pc.read_csv(place + '/a.csv').to_pydict()"),
    "pandas.read_csv by pyarrow": Reader(table, "return pd.read_csv(place + '/a.csv', engine='pyarrow').to_dict('list')"),
}  # fmt: skip

POLARS = {
    "polars.read_csv": Reader(table, "return pl.read_csv(place + '/a.csv').to_dict(as_series=False)"),
    "polars.read_parquet": Reader(parquet, "return pl.read_parquet(place + '/a.parquet').to_dict(as_series=False)"),
    "polars.read_parquet of a pattern": Reader(several_parquets, "return pl.read_parquet(place + '/*.parquet').to_dict(as_series=False)"),
    "polars.scan_csv": Reader(table, "return pl.scan_csv(place + '/a.csv').collect().to_dict(as_series=False)"),
    "polars.scan_parquet": Reader(parquet, "return pl.scan_parquet(place + '/a.parquet').collect().to_dict(as_series=False)"),
    "polars from that polars name": Reader(parquet, "from polars import read_parquet\nreturn read_parquet(place + '/a.parquet').to_dict(as_series=False)"),
}  # fmt: skip

GROUPS = {
    "plain": (PLAIN, ""),
    "science": (SCIENCE, "import numpy as np\nimport pandas as pd\n"),
    "arrow": (ARROW, "import pandas as pd\n"),
    "polars": (POLARS, "import polars as pl\n"),
}
NEEDS = {"arrow": ("pyarrow",), "polars": ("polars", "pyarrow")}
ALL = [(group, name) for group, (readers, _) in GROUPS.items() for name in readers]

HEAD = """
import json, os, sys
from pathlib import Path
from Lutil.checkpoints import InlineCheckpoint, checkpoint
ran = []
def helper(place):
    with open(place + "/a.txt") as file:
        return file.read()
@checkpoint
def inner(place):
    return helper(place)
readers = {}
"""
TAIL = """
found = {}
for number, (name, reader) in enumerate(readers.items()):
    ran.clear()
    result = reader(f"data/{number}")
    found[name] = bool(ran), result == reader.__wrapped__(f"data/{number}"), repr(result)
print(json.dumps(found))
"""
STEPS = ("cold", "touched", "odd", "even", "back")


def source(group: str) -> str:
    """Return a program that calls every reader of a group, and prints of each whether it ran and told the truth."""
    readers, imports = GROUPS[group]
    lines = [HEAD, imports]
    for number, (name, reader) in enumerate(readers.items()):
        lines.append(
            f"@checkpoint\ndef read{number}(place):\n    ran.append(1)\n{textwrap.indent(reader.body, '    ')}\n"
        )
        lines.append(f"readers[{name!r}] = read{number}\n")
    return "".join([*lines, TAIL])


def remake(folder: Path, group: str, step: str) -> None:
    """Make or change the places of a group, as a step of the story says."""
    for number, reader in enumerate(GROUPS[group][0].values()):
        place = folder / "data" / str(number)
        place.mkdir(parents=True, exist_ok=True)
        if step == "touched":
            for file in (path for path in place.rglob("*") if path.is_file()):
                os.utime(file, ns=(1_600_000_000_000_000_000 + number, 1_600_000_000_000_000_000 + number))
        elif step in {"cold", "back"} or (step == "odd" and number % 2) or (step == "even" and not number % 2):
            reader.make(place, int(step in {"odd", "even"}))


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """By group, what each step of its story printed; each is told once."""
    from running import Program

    told: dict[str, dict[str, dict[str, tuple[bool, bool, str]]]] = {}

    def tell(group):
        for package in NEEDS.get(group, ()):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{package} is not installed")
        if group not in told:
            program = Program(tmp_path_factory.mktemp(group))
            program.write(
                "def load(place):\n    with open(place + '/a.txt') as file:\n        return file.read()\n", "loading.py"
            )
            program.write(source(group))
            told[group] = {}
            for step in STEPS:
                remake(program.folder, group, step)
                told[group][step] = json.loads(program.run("-W", "error::UserWarning", "main.py").splitlines()[-1])
        return told[group]

    return tell


@pytest.mark.parametrize(("group", "name"), ALL, ids=[name for _, name in ALL])
def test_what_a_run_reads_is_an_input(stories, group, name):
    story = stories(group)
    number = list(GROUPS[group][0]).index(name)
    for step in STEPS:
        assert story[step][name][1], f"{step}: {story[step][name][2]} is stale"
    runs = [step for step in STEPS if story[step][name][0]]
    if GROUPS[group][0][name].touch:
        assert runs[:2] == ["cold", "touched"]
    else:
        assert runs == ["cold", "odd" if number % 2 else "even"]


def test_what_encloses_a_computation_that_expires_does_so_no_later(program):
    program.write("""
        import os, sys
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        @checkpoint(expires="1h")
        def quotes():
            print("quotes", end=" ")
            return 1
        @checkpoint
        def report():
            print("report", end=" ")
            return quotes() + 1
        @checkpoint
        def other(x):
            print("other", end=" ")
            return x
        @checkpoint
        def all_():
            print("all", end=" ")
            with InlineCheckpoint(watch=[], produce=["found"]):
                print("block", end=" ")
                found = report() + other(1)
            return found
        if "later" in os.environ:
            import time
            now = time.time
            time.time = lambda: now() + 3700
        if "inner" in os.environ:
            quotes()
        print(report() if "report" in os.environ else all_(), other(1))
    """)
    assert program.run() == "all block report quotes other 3 1\n"
    assert program.run() == "3 1\n"
    assert program.run(later="1", report="1") == "report quotes 2 1\n"
    assert program.run(later="1") == "all block 3 1\n", "its inner results are new by now"
    assert program.run(later="1") == "3 1\n"


def test_a_hit_that_was_renewed_long_ago_passes_its_age_on(program):
    program.write("""
        import os, time
        from Lutil.checkpoints import checkpoint
        now = time.time
        at = int(os.environ["at"])
        time.time = lambda: now() + at
        @checkpoint(expires="1h")
        def inner():
            print("inner", end=" ")
            return 1
        @checkpoint
        def outer():
            print("outer", end=" ")
            return inner()
        print(inner() if "inner" in os.environ else outer())
    """)
    assert program.run(at="0", inner="1") == "inner 1\n"
    assert program.run(at="1800") == "outer 1\n"
    assert program.run(at="3500") == "1\n"
    assert program.run(at="3700") == "outer inner 1\n"
