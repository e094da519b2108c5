"""marimo in its kernel: cells and functions hit, and elements of the user interface count by their value."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("marimo")

IMPORTS = """
    import marimo as mo
    from Lutil.checkpoints import InlineCheckpoint, checkpoint

    def log(what):
        with open("ran.log", "a") as file:
            print(what, file=file)
"""
SLIDER = """
    start = int(mo.cli_args().get("start", 3))
    slider = mo.ui.slider(0, 10, value=start)
    moving = mo.ui.slider(0, 10, value=3)
    slider
"""
FUNCTION = """
    @checkpoint
    def double(x):
        log(f"double {x}")
        return 2 * x
"""
CALL = """
    doubled = double(slider.value)
"""
BLOCK = """
    with InlineCheckpoint() as cp:
        log("block")
        more = doubled + 1
"""
ELEMENT = """
    @checkpoint
    def squared(element):
        log(f"squared {element.value}")
        return element.value**2
"""
MOVED = """
    found = []
    for value in (3, 4, 3):  # as somebody moves it
        moving._update(value)
        found.append(squared(moving))
    assert found == [9, 16, 9]
"""
WATCHED = """
    with InlineCheckpoint(watch=["slider"], produce=["cubed"]):
        log("cubed")
        cubed = slider.value**3
"""
NEW = """
    unrelated = 1
"""


class Notebook:
    """A notebook of these cells, run by marimo or as a script."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def write(self, *cells: str) -> None:
        bodies = "".join(f"@app.cell\ndef _():{cell}    return\n\n\n" for cell in cells)
        self.folder.joinpath("notebook.py").write_text(
            f"import marimo\n\napp = marimo.App()\n\n\n{bodies}if __name__ == '__main__':\n    app.run()\n"
        )

    def run(self, *command: str) -> list[str]:
        """Return what ran."""
        log = self.folder / "ran.log"
        log.write_text("")
        found = subprocess.run(
            [sys.executable, *command], cwd=self.folder, env={**os.environ}, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stdout + found.stderr
        return sorted(log.read_text().splitlines())

    def export(self, start: int) -> list[str]:
        """Return what ran in a kernel, in which the slider begins here."""
        command = ["-m", "marimo", "-q", "export", "html", "notebook.py", "-o", "page.html", "-f", "--no-sandbox"]
        return self.run(*command, "--", "--start", str(start))


def test_cells_and_functions_hit_in_marimos_kernel_and_elements_count_by_their_value(own_folder):
    notebook = Notebook(own_folder)
    cells = [IMPORTS, SLIDER, FUNCTION, CALL, BLOCK, ELEMENT, MOVED, WATCHED]
    notebook.write(*cells)
    assert notebook.export(3) == ["block", "cubed", "double 3", "squared 3", "squared 4"]
    notebook.write(NEW, *reversed(cells))  # marimo runs cells in the order of their names
    assert notebook.export(3) == []
    assert notebook.export(5) == ["block", "cubed", "double 5"]
    assert notebook.export(3) == []
    assert notebook.run("notebook.py", "--start", "5") == []
