"""One run, observed from its start to its end."""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from ..model._identity import identity
from ..model._key import Note, NoteKind, Part, PartKind
from ..model.process._records import NamedTuple
from ._active_runs import enclosing
from ._audit_hook import PROGRAM, TOOL, TYPED
from ._present_state import EMPTY_DIGEST, combined
from ._stand_ins import unwatchable
from ._trace import EMPTY, Observed, Trace
from ._watched_run import Watched, running
from ._watching import begin, end, unwatch, watch
from .files._file_digests import Many
from .files._left_files import Left, changed_by, left_by
from .streams._stream_log import StreamLog, ordinal_digest
from .surroundings._turns import turn

if TYPE_CHECKING:
    from .files._file_digests import Notes
    from .streams._streams import State

__all__ = ["Observation", "Recorder"]


class Observation(NamedTuple):
    """What a run read and moved.

    Attributes:
        trace: the names of what it read.
        digest: of the states that it read, as `present` gives it while nothing has changed.
        parts: one for each name of the trace, in its order.
        unstable: the name of an input that changed while the run read it, so that the result must not be
            saved; else None.
        written: all paths that it wrote, as they are called in a trace.
        aside: paths of files that are effects: appended to, or logs.
        notes: what could not be seen.
        streams_after: by name, where the random streams stand that it moved or seeded; for `restore_streams`.
        used_up: what it read that cannot be read again, so that the result must not be saved; else nothing.
        until: when a result expires that the run took from another computation, seconds since the epoch.
        readers: what was being run when something of a name was first read, as far as that is known: identities of
            code objects, or places of those in other processes, and the names of modules that were being imported.
    """

    trace: Trace
    digest: bytes
    parts: tuple[Part, ...] = ()
    unstable: str | None = None
    written: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    streams_after: dict[str, State] = {}  # noqa: RUF012  # nobody fills the default
    used_up: str = ""
    until: float = math.inf
    readers: Mapping[str, frozenset[int | str]] = {}

    @property
    def why_unstable(self) -> str:
        """What happened to the input that changed."""
        own = self.unstable in self.written
        return "the computation reads it, then changes it" if own else "it changed while the computation read it"

    @property
    def programs(self) -> tuple[str, ...]:
        """What the project itself had the run start, of whose reads nothing is known."""
        return tuple(note.what for note in self.notes if note.path == PROGRAM)


class Recorder(Watched):
    """Watches what one run reads. Not to be started twice.

    Runs may be nested, and may be on in many threads and tasks at once; what an inner run does is told to those
    that enclose it when it stops.

    Args:
        root: the project folder, absolute; names inside of it are relative.
        notes: a memory of file digests, or None.
        rng: "ignore" leaves random streams alone.
        observe: "declared" watches nothing: all it learns is what inner computations report.
        exclude: the store's folder, absolute, or empty.
        computation: what ordinals are counted by, where nobody seeded a stream: the key.
        ordinal: of this call, where `turn` was asked for it already.
        known: what of the environment is part of the key already or to be left out: `os.environ['A']`, `sys.argv`.
        produced: files and folders that are its outputs by the user's word, absolute.
        texts: gives those that may name folders from which the run reads.

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
        observe: Literal["auto", "declared"] = "auto",
        exclude: str = "",
        computation: str = "",
        ordinal: int | None = None,
        known: frozenset[str] = frozenset(),
        produced: tuple[str, ...] = (),
        texts: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        super().__init__(root, exclude)
        self._notes = notes
        self._watches = observe == "auto"
        self._rng = rng if self._watches else "ignore"
        self._computation = computation
        self._ordinal = ordinal
        self._known = known
        self._produced = produced
        self._texts = texts
        self._told = [0] * 5
        self._thread = threading.get_ident()

    def start(self) -> None:
        """From here on, what this context does belongs to the run."""
        self.streams = StreamLog()
        self.parent = enclosing()
        if self._watches:
            watch(self)
            self.streams.start()
        else:
            begin(self)

    def stop(self) -> Observation:
        """End the run and return what it read, digested as it is now."""
        streams, after = self.streams.settle() if self._rng == "auto" else ({}, {})
        self.drop()
        settled = self.files.settle(self._notes, self.added)
        self.environment.settle(settled)
        if self.forked:
            settled.unstable = settled.unstable or "fork"
        inputs = {o: d for o, d in settled.inputs.items() if not self._is_known(o)}
        for observed, digest in streams.items():
            inputs[observed] = ordinal_digest(observed.name, self._turn()) if digest is None else digest
        base = Observation(
            EMPTY,
            EMPTY_DIGEST,
            unstable=settled.unstable,
            written=tuple(self.files.places.name(path) for path in self.files.written if os.path.lexists(path)),
            aside=tuple(self.files.aside),
            notes=self._what_is_to_be_said(settled.crowded),
            streams_after=after,
            used_up=next((path for path, _ in self.unseen if path == TYPED), ""),
            until=self.until,
        )
        if not inputs:
            return base
        trace = Trace(inputs)
        many = Many(self._notes, trace.to_bytes(), len(trace.names))
        many.keep(trace.paths(self.files.places.root), anew=True)
        digests = [inputs[observed] for observed in trace.names]
        parts = tuple(Part(o.kind, o.shown, d) for o, d in zip(trace.names, digests, strict=True))
        return base._replace(trace=trace, digest=combined(trace, digests), parts=parts, readers=self.readers)

    def left(self, most: int | None = None) -> tuple[Left, ...]:
        """Return what the run left that is an output, as it is now; no file that is larger than `most` bytes."""
        if not self.files.left and not self._produced:
            return ()
        return left_by(self.files, self._produced, self._notes, most)

    def changed(self, most: int) -> dict[str, bytes]:
        """Return by path the digests of the files that the run changed in place, of up to `most` bytes."""
        return changed_by(self.files, most)

    def texts(self) -> Iterable[str]:
        """Return texts that may name folders from which it reads."""
        return self._texts()

    def count(self, observed: Observed, digest: bytes) -> None:
        """Count one more input of this run only."""
        self.added.setdefault(observed, digest)

    def borrow(self, other: Recorder, codes: frozenset[int | str]) -> None:
        """Count what a run that is on has read so far while one of these was being run, as far as that is known.

        Without any code, all of it counts.
        """
        mine, theirs = self.readable(), other.readable()
        for table, given in zip(mine, theirs, strict=True):
            for key, found in list(given.items()):
                if not codes or not other.readers.get(other.named(key), codes).isdisjoint(codes):
                    table.setdefault(key, found)
        self._told = [len(table) for table in mine]

    def tell(self) -> None:
        """Take note of what is being run while something is read. Of other threads and processes nothing is known."""
        tables = self.readable()
        sizes = [len(table) for table in tables]
        if sizes == self._told:
            return
        before, self._told = self._told, sizes
        if not self.active or threading.get_ident() != self._thread:
            return
        code = running(identity)
        for table, told, size in zip(tables, before, sizes, strict=True):
            for key in itertools.islice(reversed(table), size - told):
                self.readers.setdefault(self.named(key), code)

    def _is_known(self, observed: Observed) -> bool:
        return observed.kind is PartKind.ENVIRONMENT and observed.shown in self._known

    def _what_is_to_be_said(self, crowded: int) -> tuple[Note, ...]:
        notes = [Note(NoteKind.BLIND_SPOT, path, what) for path, what in self.unseen]
        if self._watches:
            notes += [
                Note(NoteKind.BLIND_SPOT, name, f"cannot be watched: {why}") for name, why in unwatchable().items()
            ]
        if crowded:
            what = f"reads {crowded} files: compared by listing, size and time"
            notes.append(Note(NoteKind.BLIND_SPOT, "files", what))
        notes += self.environment.notes()
        return tuple(notes)

    def drop(self) -> None:
        """End the run without asking what it read: it has failed. Harmless when called twice."""
        if not self.on:
            return
        if self._watches:
            unwatch(self)
        else:
            end(self)
        self.collect()
        outer = self.parent
        while outer is not None and not outer.on:
            outer = outer.parent
        if outer is not None:
            *others, unseen, added = self.tables()
            # Of the programs that it starts, the inner computation is told by itself.
            told = {(TOOL if path == PROGRAM else path, what): None for path, what in unseen}
            outer.absorb((*others, told, added))

    def _turn(self) -> int:
        if self._ordinal is None:
            self._ordinal = turn(self._computation)
        return self._ordinal
