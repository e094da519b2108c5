"""What can be observed, one class for each kind: a new kind is a class here, and a row of `OBSERVED_KINDS`.

A kind knows how the present state of such a thing is had, what a hit that depended on it means for the run around that
hit, and what people are told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..model._errors import UnfingerprintableError
from ..model._key import PartKind
from ..model._markers import Dir
from ..model.process._records import NamedTuple
from ._marker_digests import marker_digest
from ._trace import Mode, path_of
from .files._file_digests import (
    ABSENT,
    content,
    existence,
    link_digest,
    names_digest,
    present_stat,
    size_digest,
    stat_digest,
    stats_digest,
)
from .streams._stream_log import stream_digest
from .surroundings._variables import environment_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._active_runs import WatchedRun
    from ._trace import Observed
    from .files._file_digests import Many, Notes

    Elsewhere = Callable[[Observed, str], bytes | None]

__all__ = ["OBSERVED_KINDS", "ObservedKind", "Question"]


class Question(NamedTuple):
    """What is known to whoever asks for a present state.

    Attributes:
        notes: a memory of file digests, or None.
        many: the same for the files of one trace.
        ordinal: of the call.
        elsewhere: gives the digests of what no file, stream or variable holds, by name and path; None where it is
            not there, or nobody can tell.
    """

    notes: Notes | None
    many: Many
    ordinal: int
    elsewhere: Elsewhere | None


class ObservedKind:
    """One kind of things that a run is seen to read.

    Attributes:
        label: what a reason calls such a thing, before its name; by default what the kind is called.
        changed: what it says became of one that is another now, if not that it changed.
        way_out: what can be done about one that changes without need; `{}` stands for its name.
    """

    label: str = ""
    changed: str = ""
    way_out: str = 'ignore=["{}"] if it does not matter'

    def present(self, observed: Observed, path: str, asked: Question) -> bytes | None:
        """Return the digest of the present state; None where it cannot be had.

        Raises:
            OSError: something cannot be read.
        """
        raise NotImplementedError

    def inherit(self, run: WatchedRun, observed: Observed, digest: bytes) -> None:
        """Count for a run what a hit within it depended on, unless the run has made it itself."""
        path = path_of(observed.name, run.files.places.root)
        if not run.files.is_own(path) and run.added.setdefault(observed, digest) != digest:
            run.files.raced(path)


class _FileKind(ObservedKind):
    way_out = "keep what changes out of the files that it reads"

    def present(self, observed: Observed, path: str, asked: Question) -> bytes:
        mode = observed.mode
        if mode == Mode.CONTENT:
            return asked.many.content(path)
        if mode.startswith(Mode.MADE):
            found = content(path, asked.notes)[1]
            return bytes.fromhex(mode.removeprefix(Mode.MADE)) if found == ABSENT else found
        if mode == Mode.LINK:
            return link_digest(path)
        try:
            st = present_stat(path)
        except (OSError, ValueError):
            st = None
        return {Mode.EXISTING: existence, Mode.SIZE: size_digest, Mode.STAT: stat_digest}[mode](st)


class _ListingKind(ObservedKind):
    way_out = "keep what changes out of the folders that it reads"

    def present(self, observed: Observed, path: str, asked: Question) -> bytes:
        if observed.mode == Mode.TREE:
            try:
                return marker_digest(Dir(path), asked.notes)
            except UnfingerprintableError:
                return ABSENT
        word, _, rest = observed.mode.partition(" without ")
        without = frozenset(rest.split("/")) if rest else frozenset()
        return names_digest(path, without) if word == Mode.NAMES else stats_digest(path, without)


class _VariableKind(ObservedKind):
    def present(self, observed: Observed, path: str, asked: Question) -> bytes:  # noqa: ARG002
        return environment_digest(observed.name, observed.mode)

    def inherit(self, run: WatchedRun, observed: Observed, digest: bytes) -> None:
        if not run.environment.is_own(observed.name, digest):
            super().inherit(run, observed, digest)


class _StreamKind(ObservedKind):
    label = "random stream"
    changed = "stands elsewhere"
    way_out = 'pass random_state= or a Generator of its own, or say rng="ignore"'

    def present(self, observed: Observed, path: str, asked: Question) -> bytes:  # noqa: ARG002
        return stream_digest(observed.name, observed.mode, asked.ordinal)

    def inherit(self, run: WatchedRun, observed: Observed, digest: bytes) -> None:  # noqa: ARG002
        # A stream that moves by a hit is seen where it stands afterwards; one that nobody seeded does not move.
        if observed.mode == Mode.ORDINAL:
            run.streams.depends_on_ordinal(observed.name)


class _KindKnownElsewhere(ObservedKind):
    """What other rooms know the state of."""

    def present(self, observed: Observed, path: str, asked: Question) -> bytes | None:
        return None if asked.elsewhere is None else asked.elsewhere(observed, path)


class _CodeKind(_KindKnownElsewhere):
    label = "code of"


class _MemoKind(_KindKnownElsewhere):
    way_out = "call `{}` first inside a checkpoint, which then sees what it reads"

    def inherit(self, run: WatchedRun, observed: Observed, digest: bytes) -> None:  # noqa: ARG002
        run.kept.setdefault(observed.name)  # what it keeps for the inner one may not be all that it keeps for us


class _EarlierKind(_KindKnownElsewhere):
    label = "earlier value of"
    way_out = "the block binds `{}` on some ways only: bind it first, or on all of them"

    def inherit(self, run: WatchedRun, observed: Observed, digest: bytes) -> None:
        """Count nothing: it is a name of where the inner one stands."""


OBSERVED_KINDS: Final[dict[PartKind, ObservedKind]] = {
    PartKind.FILE: _FileKind(),
    PartKind.LISTING: _ListingKind(),
    PartKind.ENVIRONMENT: _VariableKind(),
    PartKind.STREAM: _StreamKind(),
    PartKind.CODE: _CodeKind(),
    PartKind.MEMO: _MemoKind(),
    PartKind.EARLIER: _EarlierKind(),
}
