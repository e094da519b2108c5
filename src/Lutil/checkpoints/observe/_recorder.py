"""One run, observed from its start to its end."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Literal, NamedTuple

from .._key import Note, NoteKind, Part, PartKind
from . import _hook
from ._current import Run, chain, current, enter, leave
from ._filelog import FileLog
from ._places import places
from ._present import EMPTY_DIGEST, combined
from ._seeding import put_up_seeding
from ._standins import put_up, take_down
from ._streamlog import StreamLog, ordinal_digest
from ._trace import EMPTY, Mode, Observed, Trace, path_of
from ._turns import turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._files import Notes
    from ._streams import State

__all__ = ["Observation", "Recorder", "enclosing"]

_starting = threading.Lock()


class Observation(NamedTuple):
    """What a run read and moved.

    Attributes:
        trace: the names of what it read.
        digest: of the states that it read, as `present` gives it while nothing has changed.
        parts: one for each name of the trace, in its order.
        unstable: the name of an input that changed while the run read it, so that the result must not be
            saved; else None.
        written: paths that it wrote, as they are called in a trace.
        notes: what could not be seen, and what was written.
        streams_after: by name, where the random streams stand that it moved or seeded; for `restore_streams`.
    """

    trace: Trace
    digest: bytes
    parts: tuple[Part, ...] = ()
    unstable: str | None = None
    written: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    streams_after: dict[str, State] = {}  # noqa: RUF012  # nobody fills the default  # a default of an immutable tuple; nobody fills it


class Recorder:
    """Watches what one run reads. Not to be started twice.

    Runs may be nested, and may be on in many threads and tasks at once; what an inner run does is told to those
    that enclose it when it stops.

    Args:
        root: the project folder, absolute; names inside of it are relative.
        notes: a memory of file digests, or None.
        rng: "ignore" leaves random streams alone.
        exclude: the store's folder, absolute, or empty.
        computation: what ordinals are counted by, where nobody seeded a stream: the key.
        ordinal: of this call, where `turn` was asked for it already.

    Example:
        >>> recorder = Recorder(root="/home/me/project")
        >>> recorder.start()
        >>> total = 1 + 1
        >>> recorder.stop().trace
        Trace([])
    """

    def __init__(  # noqa: PLR0913  # all by keyword
        self,
        *,
        root: str,
        notes: Notes | None = None,
        rng: Literal["auto", "ignore"] = "auto",
        exclude: str = "",
        computation: str = "",
        ordinal: int | None = None,
    ) -> None:
        self.parent: Run | None = None
        self.active = False
        self.files = FileLog(places(root, exclude))
        self._notes = notes
        self._rng = rng
        self._computation = computation
        self._ordinal = ordinal
        self._forked = False
        self._blind: dict[tuple[str, str], None] = {}
        self._added: dict[Observed, bytes] = {}

    def start(self) -> None:
        """From here on, what this context does belongs to the run."""
        _hook.install()
        put_up_seeding()
        self.streams = StreamLog()
        self.parent = current()
        with _starting:
            if _hook.recording[0] == 0:
                put_up()
            _hook.recording[0] += 1
        self.active = True
        enter(self)

    def stop(self) -> Observation:
        """End the run and return what it read, digested as it is now."""
        self.drop()
        settled = self.files.settle(self._notes, self._added)
        if self._forked:
            settled.unstable = settled.unstable or "fork"
        inputs: dict[Observed, bytes] = settled.inputs
        after: dict[str, State] = {}
        if self._rng == "auto":
            streams, after = self.streams.settle()
            for observed, digest in streams.items():
                inputs[observed] = ordinal_digest(observed.name, self._turn()) if digest is None else digest
        notes = [Note(NoteKind.BLIND_SPOT, path, what) for path, what in self._blind]
        if settled.crowded:
            notes.append(
                Note(NoteKind.BLIND_SPOT, "files", f"reads {settled.crowded} files: compared by listing, size and time")
            )
        written = tuple(self.files.places.name(path) for path in self.files.written)
        notes += [Note(NoteKind.WRITTEN, name, "written by the run; a hit does not write it") for name in written]
        if not inputs:
            return Observation(EMPTY, EMPTY_DIGEST, (), settled.unstable, written, tuple(notes), after)
        trace = Trace(inputs)
        digests = [inputs[observed] for observed in trace.names]
        parts = tuple(Part(o.kind, o.name, d) for o, d in zip(trace.names, digests, strict=True))
        digest = combined(trace, digests)
        return Observation(trace, digest, parts, settled.unstable, written, tuple(notes), after)

    def drop(self) -> None:
        """End the run without asking what it read: it has failed. Harmless when called twice."""
        if not self.active:
            return
        self.active = False
        leave(self)
        with _starting:
            _hook.recording[0] -= 1
            if _hook.recording[0] == 0:
                take_down()
        outer = self.parent
        while outer is not None and not outer.active:
            outer = outer.parent
        if outer is not None:
            outer.absorb(self.files, self._blind, self._added)

    def absorb(self, files: FileLog, blind: dict[tuple[str, str], None], added: dict[Observed, bytes]) -> None:
        """Count all that an inner run did as done by this one."""
        self.files.merge(files)
        self._blind.update(blind)
        for observed, digest in added.items():
            self.take(observed, digest)

    def _turn(self) -> int:
        if self._ordinal is None:
            self._ordinal = turn(self._computation)
        return self._ordinal

    def blind(self, path: str, what: str) -> None:
        """Take note, once, of something that was done and cannot be seen."""
        self._blind.setdefault((path, what))

    def add(self, trace: Trace, digests: Sequence[bytes]) -> None:
        """Count an inner hit as a run of what it stands for, in this run and all that enclose it.

        Args:
            trace: of the hit.
            digests: of what it names, just checked, in its order.
        """
        run: Run | None = self
        while run is not None:
            for observed, digest in zip(trace.names, digests, strict=True):
                run.take(observed, digest)
            run = run.parent

    def take(self, observed: Observed, digest: bytes) -> None:
        """Count one input of an inner hit."""
        if observed.kind is PartKind.STREAM:
            # A stream that moves by a hit is seen where it stands afterwards; one that nobody seeded does not move.
            if observed.mode == Mode.ORDINAL:
                self.streams.depends_on_ordinal(observed.name)
            return
        if self.files.is_own(path_of(observed.name, self.files.places.root)):
            return  # made by this run: an input of the inner one only
        if self._added.setdefault(observed, digest) != digest:
            self._added[observed] = b""  # seen in two states: settled as changed in between


def _forget_in_child() -> None:
    """In a process made by fork no run is on: what it does from here on is seen by nobody."""
    global _starting  # noqa: PLW0603  # the lock may have been held by a thread that is not here
    _starting = threading.Lock()
    for run in chain():
        run.active = False
        if isinstance(run, Recorder):
            run._forked = True  # noqa: SLF001  # of this module
    _hook.recording[0] = 0
    take_down()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


def enclosing() -> Run | None:
    """Return the run that is on here, to which a hit adds its trace; None, in 50 ns, where there is none."""
    if not _hook.recording[0]:
        return None
    return current()
