"""Programs that run as another user of this machine: only root can do that."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from running import SOURCE

ALICE, BOB, GROUP = 12001, 12002, 12100

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as several users"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX")

_CALL = """
import contextlib, importlib, json, os, pkgutil, sys, warnings
import grp, pwd
import Lutil.checkpoints
from Lutil.checkpoints import checkpoint, configure
for found in pkgutil.walk_packages(Lutil.checkpoints.__path__, "Lutil.checkpoints."):
    with contextlib.suppress(ImportError):
        importlib.import_module(found.name)
job = json.loads(sys.argv[1])
ran = []

@checkpoint
def f(x):
    ran.append(x)
    return [x]

@checkpoint
def g(path):
    ran.append(path)
    with open(path) as file:
        return file.read()

# All that a call loads is loaded while it may be read: other users cannot look into the home of root.
configure(store=job["warm"], min_free=0)
f(0); f(0); g(os.devnull); g(os.devnull)
ran.clear()
os.umask(int(job["umask"], 8))
os.setgroups([job["group"]]); os.setgid(job["group"]); os.setuid(job["user"])
os.chdir(job["folder"])
configure(store=job["store"], trust=job["trust"])
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    values = [f(x) for x in job["calls"]] + [g(path) for path in job["reads"]]
print(json.dumps({"ran": ran, "values": values, "said": [str(item.message) for item in said]}))
"""


_COMMAND = """
import codecs, contextlib, importlib, json, os, pkgutil, sys
import Lutil.checkpoints
from click.testing import CliRunner
for found in pkgutil.walk_packages(Lutil.checkpoints.__path__, "Lutil.checkpoints."):
    with contextlib.suppress(ImportError):
        importlib.import_module(found.name)
from Lutil.checkpoints.cli._group import lutil
user, group, *commands = json.loads(sys.argv[1])
codecs.lookup("unicode_escape")
for words in ("ls", "--json"), ("copy", "warm", "warm"), ("show", "f"), ("where",):
    CliRunner().invoke(lutil, words)
os.setgroups([group]); os.setgid(group); os.setuid(user)
os.environ["HOME"] = os.getcwd()
done = [CliRunner().invoke(lutil, words) for words in commands]
for one in done:
    assert isinstance(one.exception, (SystemExit, type(None))), one.exception
print(json.dumps([[one.exit_code, one.output] for one in done]))
"""


class Machine:
    """A folder that all users of the machine can look into, and calls of checkpoints by any of them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir="/tmp"))
        self.folder.chmod(0o755)
        (self.folder / "program.py").write_text(_CALL)
        (self.folder / "command.py").write_text(_COMMAND)
        (self.folder / "warm").mkdir(mode=0o700)

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def shared(self, name: str, mode: int, owner: int = ALICE) -> Path:
        """Make a folder of this mode, for the group of all users."""
        folder = self.folder / name
        folder.mkdir()
        os.chown(folder, owner, GROUP)
        folder.chmod(mode)
        return folder

    def call(self, user, store, calls=(), *, reads=(), umask="022", trust=()):
        """Let a user call `f` and `g` in a fresh process; return which ran, the values, and what was said."""
        job = {
            "user": user,
            "group": GROUP,
            "umask": umask,
            "store": str(store),
            "trust": [str(one) for one in trust],
            "calls": list(calls),
            "reads": [str(path) for path in reads],
            "warm": str(self.folder / "warm"),
            "folder": str(self.folder),
        }
        return self._told("program.py", job)

    def lutil(self, user, *commands, **environment):
        """Let a user give commands in a fresh process; return the exit code of each and what it wrote."""
        words = [[str(word) for word in command] for command in commands]
        return self._told("command.py", [user, GROUP, *words], **environment)

    def _told(self, program, job, **environment):
        done = subprocess.run(
            [sys.executable, str(self.folder / program), json.dumps(job)],
            env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def owned(folder):
    """Return owner and inode of each file, and see that nobody but its owner can write to it."""
    found = {path: path.lstat() for path in sorted(folder.rglob("*"))}
    assert [str(path) for path, one in found.items() if one.st_mode & 0o022] == []
    return {path: (one.st_uid, one.st_ino) for path, one in found.items() if stat.S_ISREG(one.st_mode)}
