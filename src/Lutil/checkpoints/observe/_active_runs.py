"""Which run is on here: a context variable, so that threads and tasks do not mix, and who is told of events."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._trace import Observed, Trace
    from .files._file_log import FileLog
    from .streams._stream_log import StreamLog
    from .surroundings._variables import EnvironmentLog

__all__ = ["Asked", "Current", "WatchedRun", "chain", "current", "enclosing", "enter", "innermost", "leave"]


Asked = tuple[str, bool, tuple[CodeType, ...]]
"""The function that was called, whether it found nothing, and the code that called it, the innermost first."""


class WatchedRun(Protocol):
    """A run, as the hook and the stand-ins see it; `_watched_run` says what each of these does.

    Attributes:
        on: whether it is on: inner computations report to it.
        active: whether the hook and the stand-ins report to it as well.
        asked: by path, a question that is counted already: asked in the same way, it need not be looked at again.
        added: what hits within it depended on, with the digest of each.
        kept: the memos on whose results such a hit depended.
    """

    parent: WatchedRun | None
    on: bool
    active: bool
    forked: bool
    until: float
    asked: dict[str, Asked]
    added: dict[Observed, bytes]
    kept: dict[str, None]
    files: FileLog
    environment: EnvironmentLog
    streams: StreamLog

    def add(self, trace: Trace, digests: Sequence[bytes]) -> None:
        """Count an inner hit as a run of what it stands for, in this run and all that enclose it."""

    def expire(self, until: float) -> None:
        """Let what this run and all that enclose it give expire no later than this."""

    def take(self, observed: Observed, digest: bytes) -> None:
        """Count one input of an inner hit."""

    def absorb(self, tables: tuple[dict[Any, Any], ...]) -> None:
        """Count all that another run did as done by this one."""

    def texts(self) -> Iterable[str]:
        """Return texts that may name folders from which it reads."""

    def tell(self) -> None:
        """Make known what was learnt: to be called after each step."""

    def blind(self, path: str, what: str) -> None:
        """Take note of something that was done and cannot be seen."""

    def got(self, mode: str, name: str, by: str = ...) -> None:
        """Take note of code that no code names."""

    def carry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same in another process, as a part of this run."""

    def reports(self) -> str:
        """Return the folder for what other processes learn."""

    def deputy(self) -> WatchedRun:
        """Return what stands for this run in a process made by fork."""


Current = Callable[[], "WatchedRun | None"]
"""Returns the run that a stand-in has to tell, or None."""

_run: ContextVar[WatchedRun | None] = ContextVar("Lutil.checkpoints.observe", default=None)

innermost: Final = _run.get
"""Returns the innermost run, be it on or not, or None; a call of C, for what is done very often."""


def current() -> WatchedRun | None:
    """Return the innermost run that is watched in this context, or None."""
    run = _run.get()
    while run is not None and not run.active:  # a thread may outlive the run that started it
        run = run.parent
    return run


def enclosing() -> WatchedRun | None:
    """Return the innermost run that is on here, watched or not: a hit adds its trace to it. None, in 50 ns, if none."""
    run = _run.get()
    while run is not None and not run.on:
        run = run.parent
    return run


def chain() -> list[WatchedRun]:
    """Return the runs that are watched in this context, innermost first."""
    found = []
    run = current()
    while run is not None:
        if run.active:
            found.append(run)
        run = run.parent
    return found


def enter(run: WatchedRun | None) -> None:
    """Make this context belong to a run, or to none."""
    _run.set(run)


def leave(run: WatchedRun) -> None:
    """Make this context belong to the enclosing run again.

    Not by a token: the end of a run may come in another context than its start (an asynchronous generator).
    """
    if _run.get() is run:
        _run.set(run.parent)
