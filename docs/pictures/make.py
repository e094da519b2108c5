"""Make the pictures of the pages from real runs: `make pictures`.

Terminals are run under a pseudo-terminal and drawn by rich; the notebook is run in a kernel and photographed by a
headless Chromium, which has to be on the PATH. Nothing is drawn by hand, so a picture shows what is printed today.
"""

from __future__ import annotations

import html
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
DIGITS = HERE.parent.parent / "examples" / "digits"
WIDTH = 100
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}


class Terminal:
    """A terminal in a folder, of which a picture can be taken.

    Args:
        folder: where commands run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: PTH123, SIM115

    def run(self, command: str, *, shown: str | None = None, **environment: str) -> None:
        """Run a command of a shell; what it prints, colours included, gets into the picture."""
        self.console.print(Text(f"$ {shown or command}", style="bold"))
        ours, theirs = pty.openpty()
        settings = {**_environment(), **environment}
        process = subprocess.Popen(  # noqa: S602  (a command of ours)
            command, shell=True, cwd=self.folder, env=settings, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        printed = b""
        while True:
            try:
                more = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed: the command has ended
                break
            if not more:
                break
            printed += more
        os.close(ours)
        if process.wait():
            raise SystemExit(f"{command}: {printed.decode()}")
        self.console.print(Text.from_ansi(printed.decode().replace("\r\n", "\n").rstrip("\n")))

    def note(self, text: str) -> None:
        """Say in grey what was done between two commands."""
        self.console.print(Text(f"\n# {text}", style="dim"))

    def save(self, name: str, title: str) -> None:
        """Write the picture, with fonts of the reader's: a picture asks no network."""
        drawn = FONT.sub("", self.console.export_svg(title=title, unique_id=name))
        drawn = drawn.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
        lines = [line.rstrip() for line in drawn.splitlines()]
        (HERE / f"{name}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


def pipeline(folder: Path) -> None:
    """Take the pictures of the pipeline: run, rerun, edited; then what is kept, and why it ran."""
    shutil.copytree(DIGITS, folder, ignore=shutil.ignore_patterns("__pycache__", ".Lutil-checkpoint"))
    said = {"LUTIL_EXPLAIN": "1"}
    terminal = Terminal(folder)
    command = "python pipeline.py"
    terminal.run(command, **said)
    terminal.note("again")
    terminal.run(command, **said)
    cleaning = folder / "cleaning.py"
    text = cleaning.read_text(encoding="utf-8")
    old, new = "scaled = images / 16.0", "scaled = images / 15.0"
    if old not in text:
        raise SystemExit(f"this script is out of step with {cleaning}")
    cleaning.write_text(text.replace(old, new, 1), encoding="utf-8")
    terminal.note(f"in cleaning.py: {old} -> {new}")
    terminal.run(command, **said)
    terminal.save("story", "LUTIL_EXPLAIN=1")

    terminal = Terminal(folder)
    terminal.run("lutil ls")
    terminal.run("lutil ls features")
    terminal.save("ls", "lutil ls")

    terminal = Terminal(folder)
    terminal.run("lutil why")
    listed = subprocess.check_output(["lutil", "ls", "features", "--json"], cwd=folder, env=_environment())  # noqa: S607
    one, other = (entry["key"][:8] for entry in json.loads(listed)["entries"])
    terminal.run(f"lutil diff {other} {one}")
    terminal.save("reason", "lutil why")


CELLS = """\
from Lutil.checkpoints import InlineCheckpoint
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

images, labels = load_digits(return_X_y=True)
---
with InlineCheckpoint():
    forest = RandomForestClassifier(300, random_state=0)
    scores = cross_val_score(forest, images, labels, cv=5)

scores.mean().round(4)"""
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; margin: 16px; width: 720px }}
body {{ background: #fff; color: #222 }}
.cell {{ display: grid; grid-template-columns: 52px 1fr; margin-bottom: 6px }}
.prompt {{ color: #1976d2; font: 13px ui-monospace, "DejaVu Sans Mono", monospace; padding-top: 8px }}
.code {{ background: #f5f5f5; border: 1px solid #ddd; padding: 4px 10px }}
.out {{ padding: 4px 10px }}
pre {{ font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; margin: 2px 0 }}
{style}
</style>{body}"""


def notebook(folder: Path) -> None:
    """Run two cells in two kernels, one after the other, and take a picture of the second run."""
    folder.mkdir()
    for _ in range(2):
        run = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.split("\n---\n")])
        NotebookClient(run, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    style = HtmlFormatter(style="friendly", nobackground=True)
    body = "".join(
        f'<div class="cell"><div class="prompt">[{cell.execution_count}]:</div>'
        f'<div class="code">{highlight(cell.source, PythonLexer(), style)}</div>'
        f'<div></div><div class="out">{"".join(map(_output, cell.outputs))}</div></div>'
        for cell in run.cells
    )
    page = folder / "page.html"
    page.write_text(PAGE.format(style=style.get_style_defs(), body=body), encoding="utf-8")
    photograph(page.as_uri(), HERE / "notebook.png", 760, 330)


def _output(output: nbformat.NotebookNode) -> str:
    data = output.get("data", {})
    return data.get("text/html") or f"<pre>{html.escape(output.get('text') or data.get('text/plain', ''))}</pre>"


def photograph(address: str, file: Path, width: int, height: int) -> None:
    """Save what a headless Chromium shows of a page, at twice the resolution."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={file}"]
    command += [f"--window-size={width},{height}", "--force-device-scale-factor=2", address]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory(prefix="lutil-pictures-") as place:
        pipeline(Path(place) / "digits")
        notebook(Path(place) / "notebook")


if __name__ == "__main__":
    main()
