"""What all tests share: a folder of their own, a whole noise budget, programs in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from Lutil.checkpoints import _notices, _settings

SOURCE = Path(__file__).parent.parent / "src"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Each test works in an empty folder, with default settings and nothing said yet."""
    for name in list(os.environ):
        if name.startswith("LUTIL_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    _settings.forget()
    _notices.reset()
    yield tmp_path
    _settings.forget()
    _notices.reset()


class Program:
    """Python files in a folder, run in fresh processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "main.py") -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def run(self, *arguments: str, seed: int | None = None, check: bool = True, name="main.py", input=None, **environment):
        """Return what the program printed, in a fresh process; `arguments` replace the file's name."""
        found = subprocess.run(
            [sys.executable, *(arguments or (name,))],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(SOURCE),
                "PYTHONHASHSEED": "random" if seed is None else str(seed),
                "PYTHONDONTWRITEBYTECODE": "1",
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


@pytest.fixture
def program(tmp_path):
    """A program in a folder of its own."""
    return Program(tmp_path)
