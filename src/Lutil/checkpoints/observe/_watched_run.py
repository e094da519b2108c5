"""A run that is watched: what it was seen to do, in this process and in those that it has work done by.

What a worker reads counts as read by the run that it works for. In the worker a `Deputy` stands for that run: what it
learns is appended at once to a file of its process, in a folder that the run has made and reads when it ends. At once,
and not when the work is done: workers are killed, and may live longer than the run. A process made by fork has a
deputy from its start; to others one is sent along with the function that they are to call.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH118, PTH123, PTH208

from __future__ import annotations

import contextlib
import itertools
import math
import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

from ..model._identity import place_of
from ..model.process._late import loading
from ._active_runs import Asked, WatchedRun, current, enclosing, enter
from ._audit_hook import recording
from ._observed_kinds import OBSERVED_KINDS
from ._trace import Observed, Trace
from ._watching import only, unwatch, watch
from .files._file_log import FileLog
from .files._path_names import places
from .streams._stream_log import StreamLog
from .surroundings._variables import EnvironmentLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import CodeType, FrameType

__all__ = ["Watched", "running"]

_Tables = tuple[dict[Any, Any], ...]


class Watched:
    """What a run was seen to do.

    Attributes:
        asked: questions for files that are counted already.
        files: what it did to files.
        environment: what it read and set of the environment.
        streams: what became of the random streams; from `start` on.
        unnamed: code that it got at though none names it: by mode a class (`module:Class`), module or place; with the
            place of the code that had a file executed.
        unseen: by what it did, what was done out of sight, for the notes.
        kept: the memos on whose results an inner hit depended.
        until: when a result expires that it took from another computation, seconds since the epoch.
        readers: what was being run when something of a name was first read, as far as that is known.
        forked: whether this is but a copy of the run, in a process made by fork.
    """

    def __init__(self, root: str, exclude: str) -> None:
        self.parent: WatchedRun | None = None
        self.on = self.active = False
        self.asked: dict[str, Asked] = {}
        self.files = FileLog(places(root, exclude))
        self.environment = EnvironmentLog()
        self.streams: StreamLog
        self.unnamed: dict[tuple[str, str], str] = {}
        self.unseen: dict[tuple[str, str], None] = {}
        self.added: dict[Observed, bytes] = {}
        self.kept: dict[str, None] = {}
        self.readers: dict[str, frozenset[int | str]] = {}
        self.until = math.inf
        self.forked = False
        self._reports = ""

    def tables(self) -> _Tables:
        """Return all that is known but for the streams: tables that only grow."""
        return (*self.files.tables(), *self.environment.tables(), self.unnamed, self.unseen, self.added)

    def absorb(self, tables: _Tables) -> None:
        """Count all that another run did as done by this one, from its `tables`."""
        *of_files, read, set_, unnamed, unseen, added = tables
        self.files.merge(FileLog.of(self.files.places, tuple(of_files)))
        self.environment.merge(read, set_)
        self.unnamed |= unnamed
        self.unseen |= unseen
        for observed, digest in added.items():
            self.take(observed, digest)
        self.tell()

    def texts(self) -> Iterable[str]:
        """Return texts that may name folders from which it reads. Of a worker's, none is known."""
        return ()

    def tell(self) -> None:
        """Make known what was learnt: to be called after each step. Here there is nobody to be told."""

    def blind(self, path: str, what: str) -> None:
        """Take note, once, of something that was done and cannot be seen."""
        self.unseen.setdefault((path, what))

    def got(self, mode: str, name: str, by: str = "") -> None:
        """Take note of code that no code names, and of the code that had it executed."""
        self.unnamed.setdefault((mode, name), by)

    def add(self, trace: Trace, digests: Sequence[bytes]) -> None:
        """Count an inner hit as a run of what it stands for, in this run and all that enclose it.

        Args:
            trace: of the hit.
            digests: of what it names, just checked, in its order.
        """
        run: WatchedRun | None = self
        while run is not None:
            for observed, digest in zip(trace.names, digests, strict=True):
                run.take(observed, digest)
            run.tell()
            run = run.parent

    def expire(self, until: float) -> None:
        """Let what this run and all that enclose it give expire no later than this."""
        run: WatchedRun | None = self
        while run is not None:
            run.until = min(run.until, until)
            run = run.parent

    def take(self, observed: Observed, digest: bytes) -> None:
        """Count one input of an inner hit."""
        OBSERVED_KINDS[observed.kind].inherit(self, observed, digest)

    def readable(self) -> _Tables:
        """Return the tables of what was read."""
        files = self.files
        return files.opened, files.listed, files.tested, self.environment.read, self.added

    def named(self, key: str | tuple[str, str] | Observed) -> str:
        """Return the name that an item of these tables has in a trace."""
        if isinstance(key, Observed):
            return key.name
        name = key if isinstance(key, str) else key[0]
        return self.files.places.name(name) if os.path.isabs(name) else name  # noqa: PTH117 - text

    @property
    def has_workers(self) -> bool:
        """Whether other processes work for this run."""
        return bool(self._reports)

    def reports(self) -> str:
        """Return the folder for what other processes learn; made when it is first needed."""
        if not self._reports:
            with loading:
                import tempfile  # noqa: PLC0415  # slow, and few runs have others work for them

            known = tempfile.tempdir
            self._reports = tempfile.mkdtemp()
            tempfile.tempdir = known  # whoever asks later gets an answer of that time
            self.blind("process", "has processes work for it: what they draw at random is not seen")
        return self._reports

    def works_for(self, reports: str) -> bool:
        """Return whether this is the run that owns a folder of reports, or a deputy of it."""
        return self._reports == reports

    def carry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same in another process, and can be sent there: as a part of this run."""
        return Carried(function, self.files.places.root, self.files.places.exclude, self.reports())

    def deputy(self) -> Deputy:
        """Return what stands for this run in a process made by fork, where all is known that was known before."""
        places_ = self.files.places
        return Deputy(places_.root, places_.exclude, self._reports, self)

    def collect(self) -> None:
        """Count what other processes did for this run as done by it. None is listened to from then on."""
        folder, self._reports = self._reports, ""
        if folder:
            with loading:
                import shutil  # noqa: PLC0415  # slow, and few runs have others work for them

            for *tables, readers in _told_in(folder):
                self.absorb(tuple(tables))
                for name, code in readers.items():
                    self.readers[name] = self.readers.get(name, frozenset()) | code
            shutil.rmtree(folder, ignore_errors=True)


def _told_in(folder: str) -> Iterator[_Tables]:
    """Yield what each process has told, but for what it was about to tell when it was killed."""
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as report, contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                yield pickle.load(report)  # noqa: S301  # written by ourselves into a folder of this user only


def _last(table: dict[Any, Any], count: int) -> dict[Any, Any]:
    """Return the last few items of a table, in their order."""
    return dict(reversed(list(itertools.islice(reversed(table.items()), count))))


class Deputy(Watched):
    """A run as its workers know it: it tells what it learns to the run that they work for.

    Args:
        run: that run, where all is known that it has done already.
    """

    def __init__(self, root: str, exclude: str, reports: str, run: Watched | None = None) -> None:
        super().__init__(root, exclude)
        if run is not None:
            self.files, self.environment = run.files, run.environment
        self.streams = StreamLog()
        self._reports = reports
        self._told = [len(table) for table in self.tables()]
        self._told_of = [len(table) for table in self.readable()]

    def tell(self) -> None:
        """Append what is new to this process's report; where nobody listens any more, do nothing."""
        tables = self.tables()
        sizes = [len(table) for table in tables]
        if sizes == self._told or not self.active:
            return
        news = tuple(_last(table, size - told) for table, told, size in zip(tables, self._told, sizes, strict=True))
        self._told = sizes
        told, self._told_of = self._told_of, [len(table) for table in self.readable()]
        read = [_last(table, len(table) - before) for table, before in zip(self.readable(), told, strict=True)]
        code = running(place_of) if any(read) else frozenset()
        news = (*news, {self.named(key): code for table in read for key in table})
        path = os.path.join(self._reports, f"{os.getpid()}")
        with contextlib.suppress(OSError):
            report = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.write(report, pickle.dumps(news))  # in one piece: threads do not mix
            finally:
                os.close(report)

    def blind(self, path: str, what: str) -> None:
        """Take note and tell."""
        super().blind(path, what)
        self.tell()


def running(name: Callable[[CodeType], int | str]) -> frozenset[int | str]:
    """Return what is being run here: code by what it is called, and the names of modules that are being imported."""
    found: set[int | str] = set()
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # who reads, and for whom
    while frame is not None:
        found.add(name(frame.f_code))
        if frame.f_code.co_name == "<module>":
            found.add(frame.f_globals.get("__name__") or "")
        frame = frame.f_back
    return frozenset(found)


class Carried:
    """A function to be called in another process as a part of a run. Can be pickled if the function can."""

    def __init__(self, function: Callable[..., Any], root: str, exclude: str, reports: str) -> None:
        self._function = function
        self._for = (root, exclude, reports)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; what it reads is told to the run."""
        before = current()
        if isinstance(before, Watched) and before.works_for(self._for[-1]):
            return self._function(*args, **kwargs)
        deputy = Deputy(*self._for)
        watch(deputy)
        try:
            return self._function(*args, **kwargs)
        finally:
            unwatch(deputy)
            enter(before)


def _before_fork() -> None:
    run = current() if recording[0] else None
    if run is not None:
        with contextlib.suppress(OSError):  # without a folder the child tells nothing
            run.reports()


def _after_fork_in_child() -> None:
    """Go on by a deputy: the runs that were on belong to the process that forked."""
    run = current() if recording[0] else None
    copy = enclosing()
    while copy is not None:
        copy.on = copy.active = False
        copy.forked = True
        copy = copy.parent
    only(run.deputy() if run is not None else None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
