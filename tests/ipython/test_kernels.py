"""Kernels of several homes: what one of them has computed, the others and a script find."""

from __future__ import annotations

import os

import pytest

from running import SOURCE, Program

WORK = """
@checkpoint
def double(x):
    return ran(x) * 2

def unused():
    return 1
"""
BLOCK = """
with InlineCheckpoint() as cp:
    tripled = [ran(n) * 3 for n in range(4)]
"""
NESTED = """
def outer(k):
    with InlineCheckpoint() as cp:
        found = double(k) + ran(k)
    return found, cp.hit
"""
MAGIC = "%%checkpoint\nshown = ran(5)\nprint('shown', shown)\nshown + 1"
CELLS = ["from work import ran", WORK, "double(4)", f"{BLOCK}tripled, cp.hit", NESTED, "outer(6)"]

VSCODE = """
import os, sys
__vsc_ipynb_file__ = os.path.join(os.getcwd(), sys.argv[-1] + "other name.ipynb")
__DW_SCOPE__ = {}
os.environ["VSCODE_PID"] = "1"
"""
COLAB = """
import sys, types
sys.modules["google"], sys.modules["google.colab"] = types.ModuleType("google"), types.ModuleType("google.colab")
shell, numbers = get_ipython(), iter(range(1000))
type(shell.compile).get_code_name = lambda *_: f"<ipython-input-{next(numbers)}-0123456789ab>"
"""


def test_jupyter_vscode_and_colab_find_each_others_results(notebook):
    cells = [*CELLS, MAGIC]
    first = [cell.texts for cell in notebook.run(*cells)]
    assert notebook.log()
    assert first[3] == ["([0, 3, 6, 9], False)"]
    for home in (VSCODE, COLAB):
        again = notebook.run(home, *cells)
        assert not any(cell.error for cell in again), [cell.traceback for cell in again]
        assert notebook.log() == ""
        assert [cell.texts for cell in again[1:]][3] == ["([0, 3, 6, 9], True)"]
        assert again[7].stdout == "shown 5\n"


def test_a_script_finds_what_a_notebook_has_computed(notebook):
    notebook.run(*CELLS)
    assert notebook.log()
    program = Program(notebook.folder)
    lines = [line if line != "double(4)" else "print(double(4))" for line in CELLS]
    program.write("from Lutil.checkpoints import *\n" + "\n".join(lines[:-1]) + "\nprint(tripled, outer(6))\n")
    assert program.run(PYTHONPATH=os.pathsep.join((str(SOURCE), str(notebook.folder)))) == (
        "8\n[0, 3, 6, 9] (18, True)\n"
    )
    assert notebook.log() == ""


POOL = """
from concurrent.futures import ProcessPoolExecutor
from joblib import Parallel, delayed
with ProcessPoolExecutor(1) as pool:
    found = list(pool.map(double, [4, 5]))
print(found, Parallel(n_jobs=2)(delayed(double)(x) for x in (4, 5, 6, 6)), double(6))
"""


def test_workers_of_a_notebook_find_what_its_cells_have_computed(notebook):
    pytest.importorskip("joblib")
    *_, last = notebook.run(*CELLS[:3], POOL, PYTHONPATH=os.pathsep.join((str(SOURCE), str(notebook.folder))))
    assert last.stdout == "[8, 10] [8, 10, 12, 12] 12\n", last.traceback
    assert notebook.log() == "xxx"
