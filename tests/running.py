"""Programs in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import Lutil

SOURCE = Path(Lutil.__file__).parents[1]
"""Where what is tested lies: this repository, or where a wheel of it was installed."""


class Program:
    """Python files in a folder, run in fresh processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "main.py") -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def run(
        self, *arguments: str, seed: int | None = None, check: bool = True, name="main.py", input=None, **environment
    ):
        """Return what the program printed, in a fresh process; `arguments` replace the file's name."""
        found = subprocess.run(
            [sys.executable, *(arguments or (name,))],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PORTABLE")])]),
                "PYTHONHASHSEED": "random" if seed is None else str(seed),
                "PYTHONDONTWRITEBYTECODE": "1",
                "COLUMNS": "",  # libraries set it for their own tests
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=240,
            input=input,
            check=False,
        )
        if check and found.returncode:
            raise AssertionError(f"exit {found.returncode}\n{found.stdout}\n{found.stderr}")
        self.errors = found.stderr
        return found.stdout
