"""What is used up by being read is never answered from a run that used it up."""

from __future__ import annotations

import pytest

from Lutil.checkpoints import UnfingerprintableError, checkpoint

HEAD = """
import collections, csv, itertools, re, sys, warnings
from types import SimpleNamespace
from Lutil.checkpoints import checkpoint, NotSavedWarning
warnings.simplefilter("ignore")
ran = 0
def count():
    global ran
    ran += 1
"""

TAIL = """
print(*[f(0) for _ in range(3)], sep="|")
print(ran)
"""

MOVED = {
    "a list iterator": "it = iter(['a', 'b', 'c'])\ndef take(): return next(it)",
    "a tuple iterator": "it = iter(('a', 'b', 'c'))\ndef take(): return next(it)",
    "a text iterator": "it = iter('abc')\ndef take(): return next(it)",
    "a dict iterator": "it = iter({'a': 1, 'b': 2, 'c': 3})\ndef take(): return next(it)",
    "a reversed list": "it = reversed(['c', 'b', 'a'])\ndef take(): return next(it)",
    "a map": "it = map(str.lower, ['A', 'B', 'C'])\ndef take(): return next(it)",
    "a map over a generator": "it = map(str.lower, (x for x in 'ABC'))\ndef take(): return next(it)",
    "a zip": "it = zip('abc')\ndef take(): return next(it)[0]",
    "a filter": "it = filter(None, ['a', '', 'b', 'c'])\ndef take(): return next(it)",
    "an enumeration": "it = enumerate('abc')\ndef take(): return next(it)[1]",
    "a deque iterator": "it = iter(collections.deque('abc'))\ndef take(): return next(it)",
    "a count": "it = itertools.count(0)\ndef take(): return 'abc'[next(it)]",
    "a chain": "it = itertools.chain('a', 'bc')\ndef take(): return next(it)",
    "a cycle": "it = itertools.cycle('abc')\ndef take(): return next(it)",
    "a generator": "it = (x for x in 'abc')\ndef take(): return next(it)",
    "matches": "it = re.finditer('.', 'abc')\ndef take(): return next(it).group()",
    "a csv reader": "it = csv.reader(['a', 'b', 'c'])\ndef take(): return next(it)[0]",
    "lines of a file": "fh = open('lines.txt')\ndef take(): return fh.readline().strip()",
    "a file as iterator": "fh = open('lines.txt')\ndef take(): return next(fh).strip()",
    "a file of bytes": "fh = open('lines.txt', 'rb')\ndef take(): return fh.readline().strip().decode()",
    "a bound readline": "read = open('lines.txt').readline\ndef take(): return read().strip()",
    "a bound next": "draw = iter('abc').__next__\ndef take(): return draw()",
    "a dict reader": "it = csv.DictReader(['k', 'a', 'b', 'c'])\ndef take(): return next(it)['k']",
    "a slice": "it = itertools.islice('abc', 3)\ndef take(): return next(it)",
    "an unpacking": "it = struct.iter_unpack('c', b'abc')\ndef take(): return next(it)[0].decode()",
    "elements while they are parsed": "it = iterparse('t.xml')\ndef take(): return next(it)[1].tag",
    "a compressed file": "it = gzip.open('t.gz', 'rt')\ndef take(): return it.readline().strip()",
    "a member of a zip": "it = zipfile.ZipFile('t.zip').open('lines.txt')\ndef take(): return it.readline().strip().decode()",
    "a member of a tar": "it = tarfile.open('t.tar').extractfile('lines.txt')\ndef take(): return it.readline().strip().decode()",
    "a mapped file": "it = mmap.mmap(os.open('lines.txt', os.O_RDONLY), 0, access=mmap.ACCESS_READ)\ndef take(): return it.readline().strip().decode()",
    "a cursor": "it = sqlite3.connect('t.db').execute('select x from t')\ndef take(): return it.fetchone()[0]",
    "a queue": "it = queue.Queue()\n[it.put(c) for c in 'abc']\ndef take(): return it.get()",
    "a simple queue": "it = queue.SimpleQueue()\n[it.put(c) for c in 'abc']\ndef take(): return it.get()",
    "a context variable": "it = contextvars.ContextVar('it')\nit.set(-1)\ndef take():\n    it.set(it.get() + 1)\n    return 'abc'[it.get()]",
    "chunks of pandas": "it = pandas.read_csv('lines.txt', header=None, chunksize=1)\ndef take(): return next(it)[0].iloc[0]",
    "batches of arrow": "it = ParquetFile('t.parquet').iter_batches(batch_size=1)\ndef take(): return next(it).to_pydict()['x'][0]",
    "rows of a frame": "it = pandas.DataFrame({'x': [*'abc']}).itertuples()\ndef take(): return next(it).x",
    "elements of an array": "it = numpy.array([*'abc']).flat\ndef take(): return str(next(it))",
    "a progress bar": "it = tqdm.tqdm(iter('abc'), disable=True)\ndef take():\n    for c in it: return c",
    "an iterator of one's own": "class It:\n    n = -1\n    def __next__(self):\n        self.n += 1\n        return 'abc'[self.n]\nit = It()\ndef take(): return next(it)",
    "a text in memory": "it = io.StringIO('a\\nb\\nc\\n')\ndef take(): return it.readline().strip()",
    "an attribute": "box = SimpleNamespace(it=iter('abc'))\ndef take(): return next(box.it)",
    "an item": "box = {'it': [iter('abc')]}\ndef take(): return next(box['it'][0])",
    "a cell": "def made(it):\n    def take(): return next(it)\n    return take\ntake = made(iter('abc'))",
    "a default": "def take(it=iter('abc')): return next(it)",
}  # fmt: skip


COMES_BACK = {"an iterator of one's own", "a text in memory", "a context variable", "a queue"}
FILES = r"""
import gzip, sqlite3, tarfile, zipfile
import pandas
text = "a\nb\nc\n"
open("lines.txt", "w").write(text)
open("t.xml", "w").write("<d><a/><b/><c/></d>")
gzip.open("t.gz", "wt").write(text)
with zipfile.ZipFile("t.zip", "w") as made, tarfile.open("t.tar", "w") as other:
    made.write("lines.txt")
    other.add("lines.txt")
made = sqlite3.connect("t.db")
made.execute("create table t (x)")
made.executemany("insert into t values (?)", [*"abc"])
made.commit()
pandas.DataFrame({"x": [*"abc"]}).to_parquet("t.parquet")
"""
LIBRARIES = """
import contextvars, gzip, io, mmap, os, queue, sqlite3, struct, tarfile, zipfile
from xml.etree.ElementTree import iterparse
import numpy, pandas, tqdm
from pyarrow.parquet import ParquetFile
"""


def test_a_run_that_used_something_up_is_never_repeated_by_a_hit(program):
    """All kinds in one program, each in a module of its own: what a hit cannot bring to where a run left it, runs."""
    for library in ("pandas", "pyarrow", "tqdm"):
        pytest.importorskip(library)
    program.write(FILES, "files.py")
    program.run("files.py")
    for number, text in enumerate(MOVED.values()):
        body = f"@checkpoint(name='kind{number}')\ndef f(x):\n    count()\n    return take()\n"
        program.write(f"{HEAD}{LIBRARIES}{text}\n{body}", f"kind{number}.py")
    program.write(
        f"""
        import importlib
        for number in range({len(MOVED)}):
            made = importlib.import_module(f"kind{{number}}")
            print(*[made.f(0) for _ in range(3)], made.ran, sep="|")
        """
    )
    for ran in (3, 0):
        expected = {kind: f"a|b|c|{ran if kind in COMES_BACK else 3}" for kind in MOVED}
        assert dict(zip(MOVED, program.run().splitlines(), strict=True)) == expected


OPENED = {
    "HDF5": "opened = h5py.File('t.h5')\ndef read(): return int(opened['a'][0])",
    "an HDF5 dataset": "opened = h5py.File('t.h5')['a']\ndef read(): return int(opened[0])",
    "a lazy frame": "opened = polars.scan_csv('t.csv')\ndef read(): return opened.collect()['x'][0]",
    "a dataset of arrow": "opened = dataset('t.parquet')\ndef read(): return opened.to_table().to_pydict()['x'][0]",
    "a zip": "opened = zipfile.ZipFile('t.zip')\ndef read(): return int(opened.read('t.csv').split()[1])",
    "arrays of numpy": "opened = numpy.load('t.npz')\ndef read(): return int(opened['a'][0])",
    "a mapped array": "opened = numpy.load('t.npy', mmap_mode='r')\ndef read(): return int(opened[0])",
}


def test_files_that_the_program_opened_before_count_by_their_present_state(program):
    """They are read when a run asks for it, though no run was seen opening them."""
    for library in ("h5py", "polars", "pyarrow"):
        pytest.importorskip(library)
    program.write(
        """
        import sys, zipfile
        import h5py, numpy, polars
        number = int(sys.argv[1])
        open("t.csv", "w").write(f"x\\n{number}\\n")
        polars.DataFrame({"x": [number]}).write_parquet("t.parquet")
        with h5py.File("t.h5", "w") as made, zipfile.ZipFile("t.zip", "w") as other:
            made["a"] = [number]
            other.write("t.csv")
        numpy.savez("t.npz", a=[number])
        numpy.save("t.npy", [number])
        """,
        "files.py",
    )
    libraries = "import h5py, numpy, polars, zipfile\nfrom pyarrow.dataset import dataset\n"
    for number, text in enumerate(OPENED.values()):
        body = f"@checkpoint(name='kind{number}')\ndef f(x):\n    count()\n    return read()\n"
        program.write(f"{HEAD}{libraries}{text}\n{body}", f"kind{number}.py")
    program.write(
        f"""
        import importlib
        for number in range({len(OPENED)}):
            made = importlib.import_module(f"kind{{number}}")
            print(made.f(0), made.f(0), made.ran)
        """
    )
    for value, ran in ((1, 1), (1, 0), (7, 1)):
        program.run("files.py", str(value)) if ran else None
        expected = dict.fromkeys(OPENED, f"{value} {value} {ran}")
        assert dict(zip(OPENED, program.run().splitlines(), strict=True)) == expected


def test_a_progress_bar_counts_as_what_it_goes_through():
    tqdm = pytest.importorskip("tqdm").tqdm
    ran = []

    @checkpoint
    def total(items):
        ran.append(1)
        return sum(items)

    assert [total(tqdm(items, disable=True)) for items in ([1, 2], [3, 4], [1, 2])] == [3, 7, 3]
    assert len(ran) == 2
    with pytest.raises(UnfingerprintableError, match="iterable"):
        total(tqdm(iter([1, 2]), disable=True))


def test_what_is_ignored_may_be_used_up(program):
    body = "@checkpoint(ignore=['box.it'])\ndef f(x, box):\n    count()\n    return next(box.it)\n"
    program.write(f"{HEAD}{body}\nprint(*[f(0, SimpleNamespace(it=(c for c in 'abc'))) for _ in range(3)], ran)\n")
    assert program.run() == "a a a 1\n"


NAMED = {
    "a list iterator": "it = iter(['a', 'b'])",
    "a map": "it = map(str.lower, ['A'])",
    "a count": "it = itertools.count(0)",
    "an open file": "it = open('lines.txt')",
    "a file to be written": "it = open('out.txt', 'w')",
    "standard output": "it = sys.stdout",
    "a queue": "it = queue.Queue()\nit.put(1)",
    "a context variable": "it = contextvars.ContextVar('it', default=1)",
    "a progress bar": "it = tqdm.tqdm(total=3, disable=True)",
    "an archive": "it = zipfile.ZipFile('t.zip', 'w')",
}


def test_what_is_named_and_not_used_up_costs_no_hit(program):
    (program.folder / "lines.txt").write_text("a\nb\nc\n")
    for number, text in enumerate(NAMED.values()):
        body = f"@checkpoint(name='kind{number}')\ndef f(x):\n    count()\n    return it if x else 'same'\n"
        program.write(f"{HEAD}{LIBRARIES}{text}\n{body}", f"kind{number}.py")
    program.write(
        f"""
        import importlib
        for number in range({len(NAMED)}):
            made = importlib.import_module(f"kind{{number}}")
            print(made.f(0), made.f(0), made.ran)
        """
    )
    for ran in (1, 0):
        expected = dict.fromkeys(NAMED, f"same same {ran}")
        assert dict(zip(NAMED, program.run().splitlines(), strict=True)) == expected


def test_the_warning_names_what_was_used_up(program):
    text = HEAD.replace('simplefilter("ignore")', 'simplefilter("always")')
    body = "@checkpoint\ndef f(x):\n    return next(it)\n"
    for made in ("iter('abc')", "(x for x in 'abc')"):
        program.write(f"{text}\nit = {made}\n{body}f(0)\n")
        program.run()
        assert "NotSavedWarning" in program.errors
        assert "`it`" in program.errors


def test_position_of_a_file_counts(program):
    (program.folder / "lines.txt").write_text("a\nb\nc\n")
    body = "@checkpoint\ndef f(x):\n    count()\n    return fh.tell()\n"
    program.write(
        f"{HEAD}fh = open('lines.txt')\n{body}\nprint(f(0), f(0), ran)\nfh.readline()\nprint(f(0), f(0), ran)\n"
    )
    assert program.run().splitlines() == ["0 0 1", "2 2 2"]
