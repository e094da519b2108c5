"""In a real kernel: cells are skipped in a new kernel, with a cell inserted above, under magics and top-level await."""

from __future__ import annotations

import contextlib
import os

import nbformat
import pytest
from nbclient import NotebookClient

from Lutil.checkpoints import InlineCheckpoint
from running import SOURCE

SETUP = """
import sys
sys.path.insert(0, {source!r})
from Lutil.checkpoints import InlineCheckpoint, checkpoint
def ran(x):
    with open("ran.log", "a") as file:
        file.write("x")
    return x
"""

CELLS = {
    "plain": 'a = 2\nwith InlineCheckpoint(watch=["a"], produce=["b"]):\n    b = ran(a) + 1\nprint(b)',
    "one line": 'with InlineCheckpoint(watch=[], produce=["b"]): b = ran(7)\nprint(b)',
    "%%time": '%%time\nwith InlineCheckpoint(watch=[], produce=["b"]):\n    b = ran(5)\n',
    "%%capture": '%%capture out\nwith InlineCheckpoint(watch=[], produce=["b"]):\n    b = ran(6)\n',
    "top-level await": (
        "import asyncio\n"
        'with InlineCheckpoint(watch=[], produce=["b"]):\n    await asyncio.sleep(0)\n    b = ran(8)\nprint(b)'
    ),
    "a function": (
        "def f(k):\n"
        '    with InlineCheckpoint(watch=["k"], produce=["v"]):\n        v = ran(k) * 2\n    return v\nprint(f(3))'
    ),
    "a decorated function": "@checkpoint\ndef g(k):\n    return ran(k) * 3\nprint(g(3))",
    "%run": "%run script.py",
    "%run -i": "%run -i script.py",
}

SCRIPT = """
from Lutil.checkpoints import InlineCheckpoint
with open("ran.log", "a"): pass
with InlineCheckpoint(watch=[], produce=["s"]):
    with open("ran.log", "a") as file: file.write("x")
    s = 4
print(s)
"""


def run(folder, cells):
    """Run cells in a new kernel; return what each printed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()
    return [
        "".join(output.get("text", "") for output in cell.outputs if output.output_type == "stream")
        for cell in notebook.cells
    ], notebook


@pytest.mark.parametrize(
    "group",
    [
        ["plain", "one line", "%%time"],
        ["%%capture", "top-level await", "a function"],
        ["a decorated function", "%run", "%run -i"],
    ],
    ids=lambda group: group[0],
)
def test_cells_are_skipped_in_a_new_kernel_with_a_cell_inserted_above(own_folder, group):
    (own_folder / "script.py").write_text(SCRIPT)
    setup = SETUP.format(source=os.fspath(SOURCE))
    cells = [CELLS[name] for name in group]
    first, _ = run(own_folder, [setup, *cells])
    log = own_folder / "ran.log"
    assert log.read_text()
    log.write_text("")
    second, _ = run(own_folder, [setup, "# a new cell\nz = 1", *reversed(cells)])
    assert log.read_text() == ""
    printed = [text for text, cell in zip(first[1:], cells, strict=True) if not cell.startswith("%%time")]
    again = [text for text, cell in zip(reversed(second[2:]), cells, strict=True) if not cell.startswith("%%time")]
    assert again == printed


def cell_of(text, names):
    """Run a cell as a kernel does: its code is new each time, its names are those of the cells before."""
    exec(compile(text, "<cell>", "exec"), names)
    return names["cp"].hit


READS = """
with InlineCheckpoint() as cp:
    with open(path) as f:
        text = f.read()
    n = len(text)
"""
SWALLOWS = """
with InlineCheckpoint() as cp:
    with contextlib.suppress(ZeroDivisionError):
        v = 1 / d
    w = v + 1
"""
LOOPS = """
with InlineCheckpoint() as cp:
    out = []
    for d in ds:
        with contextlib.suppress(ZeroDivisionError):
            v = 1 / d
        out.append(v)
"""


def test_a_cell_that_binds_under_an_inner_with_hits_at_once(own_folder):
    path = own_folder / "a.txt"
    path.write_text("hello")
    names = {"InlineCheckpoint": InlineCheckpoint, "path": str(path)}
    assert [cell_of(READS, names) for _ in range(3)] == [False, True, True]
    assert names["cp"].watch == ("path",)
    names["text"] = "something else"
    assert cell_of(READS, names)
    assert (names["text"], names["n"]) == ("hello", 5)


def test_what_a_swallowed_exception_leaves_as_it_was_counts(own_folder):
    names = {"InlineCheckpoint": InlineCheckpoint, "contextlib": contextlib, "d": 0, "ds": [0, 1]}
    found = []
    for v in (1, 1, 2, 2, 1):
        names["v"] = v
        hit = cell_of(SWALLOWS, names)
        found.append((hit, names["w"]))
    assert found == [(False, 2), (True, 2), (False, 3), (True, 3), (True, 2)]
    found = []
    for v in (5, 5, 6):
        names["v"] = v
        hit = cell_of(LOOPS, names)
        found.append((hit, names["out"]))
    assert found == [(False, [5, 1.0]), (True, [5, 1.0]), (False, [6, 1.0])]
