"""What the tests of this room share: a project folder, a run in it, programs in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from Lutil.checkpoints.observe import Recorder, present
from running import SOURCE


class Project:
    """A project folder, which is the working directory, and runs in it."""

    def __init__(self, root):
        self.root = str(root)
        self.path = root

    def write(self, name, data="a,b\n1,2\n", *, age=0.0):
        """Write a file, as if that had been `age` seconds ago."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        if age:
            then = path.stat().st_mtime - age
            os.utime(path, (then, then))
        return path

    def observe(self, body, **options):
        """Return what `body` was seen to read."""
        recorder = Recorder(root=self.root, **options)
        recorder.start()
        try:
            body()
        finally:
            seen = recorder.stop()
        return seen

    def present(self, seen, ordinal=0):
        """Return the digest of what a run has read, as it is now."""
        return present(seen.trace, None, self.root, ordinal)


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)


@pytest.fixture
def program(tmp_path):
    """Run a program in a fresh process and return what it printed."""

    def run(text, *args, cwd=None, hash_seed="random", python=sys.executable):
        env = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": hash_seed}
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(text))
        done = subprocess.run(
            [python, str(script), *args], cwd=cwd or tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
