"""A context manager that skips its block, and what the tests of this room share."""

from __future__ import annotations

import itertools
import linecache
import os
import sys
import textwrap
from pathlib import Path

from Lutil.checkpoints.frame import Skip, check_writable, find_block, write

RAN: list = []
_numbers = itertools.count()


def ran(value=None):
    """Note that a body ran."""
    RAN.append(value)
    return value


class Skipped:
    """Skips its block always, and binds `values` and its `as` name."""

    def __init__(self, *_, values=None, unbind=()):
        self.values = values or {}
        self.unbind = unbind

    def __enter__(self):
        frame = self.frame = sys._getframe(1)
        self.block = find_block(frame)
        check_writable(frame, self.block, self.values, self.unbind)
        self.skip = Skip()
        try:
            self.skip.arm(frame, self.block)
            return self  # noqa: TRY300 - an interrupt may strike up to the return
        except BaseException:
            self.skip.restore()
            raise

    def __exit__(self, exc_type, exc, traceback):
        try:
            if self.skip.fired(exc_type):
                values = dict(self.values)
                if self.block.target is not None:
                    values[self.block.target] = self
                write(self.frame, values, self.unbind)
                return True
            return False
        finally:
            self.skip.restore()


class Found:
    """Runs its block, after having found it."""

    last = None

    def __init__(self, *_):
        pass

    def __enter__(self):
        self.frame = sys._getframe(1)
        self.block = Found.last = find_block(self.frame)
        return self

    def __exit__(self, *exc):
        return False


class Plain:
    """A context manager that has nothing to do with us."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


def environment(**more):
    """Return an environment in which a fresh process imports what this one does, wherever it works."""
    path = os.pathsep.join([str(Path(part).absolute()) for part in (Path(__file__).parent, *sys.path)])
    return {**os.environ, "PYTHONPATH": path, **more}


def define(source, *, filename=None, known_to_linecache=True, **names):
    """Run a source text as a module of its own and return its namespace."""
    source = textwrap.dedent(source)
    filename = filename or f"<frame test {next(_numbers)}>"
    if known_to_linecache:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"S": Skipped, "F": Found, "A": Plain, "ran": ran, "__name__": "defined", **names}
    exec(compile(source, filename, "exec"), namespace)
    return namespace
