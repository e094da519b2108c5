"""A real kernel: cells go in, what each of them displayed comes out."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from running import SOURCE


class Cell:
    """What one cell displayed.

    Attributes:
        stdout, stderr: what it printed.
        shown: of each display and result in order, its kind and its data by type.
        line: the quiet line below it, empty where there is none.
        page: the same as HTML.
        error: the name of the exception that ended it.
    """

    def __init__(self, outputs) -> None:
        self.stdout = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")
        self.stderr = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")
        shown = [(o.output_type, o.data) for o in outputs if o.output_type in ("display_data", "execute_result")]
        lines = [data for _, data in shown if "opacity:.7" in data.get("text/html", "")]
        self.line = "\n".join(data["text/plain"] for data in lines)
        self.page = "".join(data["text/html"] for data in lines)
        self.shown = [(kind, data) for kind, data in shown if data not in lines]
        self.error = next((o.ename for o in outputs if o.output_type == "error"), "")
        self.traceback = "\n".join("\n".join(o.traceback) for o in outputs if o.output_type == "error")
        self.order = [o.name if o.output_type == "stream" else o.output_type for o in outputs]

    @property
    def texts(self):
        """What it displayed, as plain text."""
        return [data.get("text/plain") for _, data in self.shown]


class Notebook:
    """Runs cells in a new kernel each time, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *cells: str, load: bool = True, **environment: str) -> list[Cell]:
        """Return what each cell displayed; with `load`, a first cell loads the extension, and is left out."""
        texts = ["%load_ext Lutil\nfrom Lutil.checkpoints import *", *cells] if load else list(cells)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in texts])
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(self.folder)}},
        )
        client.execute(env={**os.environ, "PYTHONPATH": str(SOURCE), **environment})
        found = [Cell(cell.outputs) for cell in notebook.cells]
        return found[1:] if load else found

    def log(self) -> str:
        """Return what ran since the last time, and forget it."""
        file = self.folder / "ran.log"
        text = file.read_text() if file.exists() else ""
        file.write_text("")
        return text


@pytest.fixture
def notebook(own_folder):
    """A notebook in a folder of its own, with a module `work` that keeps count of what ran."""
    (own_folder / "work.py").write_text(
        "def ran(x):\n    with open('ran.log', 'a') as file:\n        file.write('x')\n    return x\n"
    )
    return Notebook(own_folder)
