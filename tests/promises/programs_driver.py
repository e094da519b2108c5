"""Runs programs one after another, each in a fork of this process, which has Lutil loaded and has used none of it.

Standard input: a list of {folder, files, env}. Standard output: a list of {status, out, errors}. Arguments: modules
to load beforehand, because they take long.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import shutil
import signal
import sys
import tempfile
import traceback
import types
import warnings
from pathlib import Path

import Lutil.checkpoints

SECONDS = 60  # for one program
ELSEWHERE = ("cli", "integrations", "ipython", "store.shared", "testing")
"""What no program needs, or loads by itself."""


def main():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("cloudpickle", "importlib.metadata", "inspect", "json", "logging", *sys.argv[1:]):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    load_rooms()
    jobs = json.load(sys.stdin)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page
    print(json.dumps([run(**job) for job in jobs]))


def load_rooms():
    """Load once what each program would load late, in its fork."""
    home = f"{Lutil.checkpoints.__name__}."
    for found in pkgutil.walk_packages(Lutil.checkpoints.__path__, home):
        if not found.name.startswith(tuple(home + name for name in ELSEWHERE)):
            with contextlib.suppress(ImportError):  # that of another Python: skipping by `sys.monitoring`
                importlib.import_module(found.name)


def run(folder, files, env):
    folder = Path(folder)
    lay_out(folder, files)
    script = folder / next(iter(files))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            become(folder, script, env, out, errors)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return {"status": status, "out": texts[0], "errors": texts[1]}


def lay_out(folder, files):
    """Leave these files in the folder, and of all others only the cache."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in folder.iterdir():
        if item.name != ".Lutil-checkpoint":
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("!compiled"):
            origin = importlib.util.find_spec("xxhash._xxhash").origin
            file.write_bytes(Path(origin).read_bytes() + text.encode())
        else:
            file.write_text(text, encoding="utf-8")


def become(folder, script, env, out, errors):
    """Be a process that runs this script; does not return."""
    status = 1
    signal.alarm(SECONDS)
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        os.chdir(folder)
        os.environ.update(env)
        sys.argv = [str(script)]
        sys.path[0] = str(script.parent)
        module = types.ModuleType("__main__")
        module.__file__ = str(script)
        sys.modules["__main__"] = module
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec", dont_inherit=True), module.__dict__)
        status = 0
    except BaseException:  # noqa: BLE001  (it is the end of the process in any case)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
