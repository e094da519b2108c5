"""The sessions of the command line in docs/ print what the pages say, but for keys, sizes, times and widths."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from running import SOURCE

PAGE = Path(__file__).parent.parent / "docs" / "steering.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
VARYING = [
    (r"audit hook: .*", ""),  # whether a compiler was there when this was installed
    (r"\x1b\[[0-9;]*m|\r", ""),
    (r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", "DATE"),
    (r"\b\d+(\.\d+)? (B|kB|ms|s)\b", "N"),
    (r"\b(just now|\d+ \w+ ago)\b", "AGO"),
    (r"\b[0-9a-f]{8}([0-9a-f]{24})?\b", "KEY"),
    (r"\b3\.\d+\.\d+\b", "PYTHON"),
    (r"[ \t]+", " "),
]


def commands(page):
    """Yield the commands of a page, each with what it prints."""
    for block in CONSOLE.findall(page):
        for piece in block.split("$ ")[1:]:
            command, _, printed = piece.partition("\n")
            yield command, printed


def normal(text, folder):
    text = text.replace(str(folder), "/home/me/work")
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def on_a_terminal(command, folder):
    """Return what a command prints on a terminal of 240 columns."""
    import pty

    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {name: value for name, value in os.environ.items() if not name.startswith("LUTIL_")}
    given = {**own, "PATH": path, "PYTHONPATH": str(SOURCE), "COLUMNS": "240", "TERM": "xterm", "NO_COLOR": "1"}
    controller, terminal = pty.openpty()
    process = subprocess.Popen(["/bin/sh", "-c", command], cwd=folder, env=given, stdout=terminal, stderr=terminal)
    os.close(terminal)
    found = b""
    while True:
        try:
            data = os.read(controller, 1 << 16)
        except OSError:  # Linux says so that nobody writes any more
            break
        if not data:
            break
        found += data
    process.wait()
    os.close(controller)
    return found.decode()


def keys_in(text):
    return re.findall(r"\b[0-9a-f]{8}\b", text)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_the_sessions_of_the_page_print_what_it_says(own_folder):
    page = PAGE.read_text(encoding="utf-8")
    (own_folder / "pipeline.py").write_text(PROGRAM.findall(page)[0], encoding="utf-8")
    here: list[str] = []
    shown: list[str] = []
    for command, printed in commands(page):
        keys = dict(zip(shown, here, strict=True))  # those of the page are of another version of Python, or of Lutil
        found = on_a_terminal(re.sub(r"\b[0-9a-f]{8}\b", lambda key: keys[key[0]], command), own_folder)
        assert normal(found, own_folder) == normal(printed, own_folder), command
        here += keys_in(found)
        shown += keys_in(printed)
