"""What became of the random streams in one run."""

from __future__ import annotations

from typing import Final

from ...model._key import PartKind
from .._trace import Mode, Observed
from ..files._file_digests import marker
from ._streams import Sight, State, Watchable, canonical, loaded_streams, note_seeding, state_digest, stream

__all__ = ["StreamLog", "load_stream", "ordinal_digest", "put_stream", "stream_digest"]

_UNLOADED: Final = marker(b"stream not loaded")


class _Watched:
    """What became of one stream in one run.

    Attributes:
        before: canonical bytes of the state that the run started from; None where its library came later.
        start: where it stood then.
        drawn: whether the run depends on where it stood.
        reseeded: whether it stands where the run itself put it.
        kept: whether the run saved the state that it started from.
        met: whether it saved an equal state that came of its own seeding.
        entropy: whether the run had the operating system seed it: such numbers recur as little as unseeded ones.
    """

    __slots__ = ("before", "drawn", "entropy", "kept", "met", "reseeded", "start")

    def __init__(self, before: bytes | None, start: Sight) -> None:
        self.before = before
        self.start = start
        self.drawn = False
        self.reseeded = False
        self.entropy = False
        self.kept = False
        self.met = False

    @property
    def unseeded(self) -> bool:
        """Whether nobody had seeded it before the run."""
        return not self.start.seeded()

    def pass_over(self, now: bytes) -> None:
        """Take note that what moved the stream just now makes no difference, as long as nobody had seeded it."""
        if self.unseeded:
            self.before = now

    def save(self, now: bytes) -> None:
        """Take note that the run saves the state, maybe to come back to it."""
        if now == self.before:
            self.met |= self.reseeded
            self.kept |= not self.reseeded

    def look(self, now: bytes) -> None:
        """Take note that the stream stands here now, before anything else is done to it."""
        if not self.reseeded and now != self.before:
            self.drawn = True

    def put(self, now: bytes, *, by_value: bool, maybe_back: bool) -> None:
        """Take note that the run put the stream here.

        Back to a state that the run itself had saved when it started is as if nothing had been done. Where that
        state may be another that is only equal, the run is taken to depend on it: true in either case.
        """
        is_back = maybe_back and now == self.before
        self.reseeded = by_value and not is_back
        if is_back and (self.met or not self.kept):
            self.drawn = True
        if not by_value:
            self.entropy = self.drawn = True


class StreamLog:
    """Follows the streams from the start of a run to its end."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watched] = {}
        self._ordinals: set[str] = set()
        self.seeded_at: dict[str, int] = {}
        """By name, what was learnt of a stream by then, where all runs that are on know that it was seeded by a value:
        seeded so once more, it is no news."""

    def start(self) -> None:
        """Take note of where the streams stand. What draws for itself has to draw from elsewhere by now."""
        self._watched = {found.name: _watch(found) for found in loaded_streams()}

    def _all(self, name: str) -> list[tuple[_Watched, Watchable]]:
        """Return what a seeder of this name may move: seeding torch seeds its every device."""
        torch = name.startswith("torch")
        return [
            (self._follow(found), found)
            for found in loaded_streams()
            if found.name == name or (torch and found.name.startswith("torch"))
        ]

    def _follow(self, found: Watchable) -> _Watched:
        watched = self._watched.get(found.name)
        if watched is None:
            watched = self._watched[found.name] = _late(found)
        return watched

    def before_seeding(self, name: str) -> None:
        """Settle whether the run drew from a stream that is about to be put elsewhere."""
        for watched, found in self._all(name):
            if not watched.reseeded:
                watched.look(canonical(found.get()))

    def after_seeding(self, name: str, *, by_value: bool, maybe_back: bool = False) -> None:
        """Take note of where the run has put a stream: by a value or by entropy, by a seed or a saved state."""
        for watched, found in self._all(name):
            now = canonical(found.get()) if maybe_back else b""  # to read it takes three times as long as to seed
            watched.put(now, by_value=by_value, maybe_back=maybe_back)
            if by_value and watched.reseeded:
                self.seeded_at[name] = found.learnt
            else:
                self.seeded_at.pop(name, None)

    def before_loading(self) -> None:
        """Settle what the run drew before a module is loaded that draws for itself."""
        for found in loaded_streams():
            self._follow(found).look(canonical(found.get()))

    def after_loading(self) -> None:
        """Take note that such a module is loaded."""
        for found in loaded_streams():
            self._follow(found).pass_over(canonical(found.get()))

    def saving(self, name: str) -> None:
        """Take note that the run saves where a stream stands."""
        for watched, found in self._all(name):
            watched.save(canonical(found.get()))

    def depends_on_ordinal(self, name: str) -> None:
        """Take note that an inner hit stands for draws from a stream that nobody seeded."""
        watched = self._watched.get(name)
        if watched is None or not watched.reseeded:
            self._ordinals.add(name)

    def settle(self) -> tuple[dict[Observed, bytes | None], dict[str, State]]:
        """Return the streams that are inputs, with digests (None: its ordinal's), and where those that moved stand."""
        inputs: dict[Observed, bytes | None] = {_ordinal(name): None for name in self._ordinals}
        after: dict[str, State] = {}
        for found in loaded_streams():
            watched = self._follow(found)
            state = found.get()
            found.stands(state)
            now = canonical(state)
            watched.look(now)
            by_ordinal = watched.drawn and (watched.unseeded or watched.entropy)
            if by_ordinal and not watched.entropy and not watched.reseeded:
                watched.reseeded = found.is_put(watched.start)  # by a seeder that no stand-in stands for
                found.note(seeded=watched.reseeded)
            if by_ordinal:
                inputs[_ordinal(found.name)] = None
            elif watched.drawn and watched.before is not None:
                inputs[Observed(PartKind.STREAM, found.name, Mode.STATE)] = state_digest(found.name, watched.before)
            if watched.reseeded or (watched.drawn and not by_ordinal):
                after[found.name] = (watched.reseeded, state)
        return inputs, after


def _ordinal(name: str) -> Observed:
    return Observed(PartKind.STREAM, name, Mode.ORDINAL)


def _watch(found: Watchable) -> _Watched:
    start = found.look()
    return _Watched(canonical(start.state), start)


def _late(found: Watchable) -> _Watched:
    """Return a stream whose library was loaded by the run: where it stood then is worked out from where it stands."""
    if found.untouched():
        return _watch(found)
    watched = _Watched(None, found.look())
    watched.reseeded = not watched.unseeded  # nobody else can have seeded it
    watched.drawn = watched.unseeded
    return watched


def ordinal_digest(name: str, ordinal: int) -> bytes:
    """Return the digest of a stream that nobody seeded, in the call with this ordinal."""
    return marker(b"ordinal\0" + name.encode() + b"\0%d" % ordinal)


def stream_digest(name: str, mode: str, ordinal: int) -> bytes:
    """Return the digest of where a stream stands; of a stream that nobody seeded, by the ordinal."""
    found = stream(name)
    if mode == Mode.ORDINAL and (found is None or not found.seeded()):
        return ordinal_digest(name, ordinal)
    return _UNLOADED if found is None else state_digest(name, canonical(found.get()))


def put_stream(name: str, state: State) -> bool:
    """Make a stream stand at an after-state; return whether the run had put it there by seeding."""
    reseeded, inner = state
    found = load_stream(name)
    if found is not None:
        found.put(inner)
        note_seeding("torch" if name.startswith("torch") else name, by_value=True)
        found.stands(inner)
    return bool(reseeded)


def load_stream(name: str) -> Watchable | None:
    """Return a stream; load its library first where it is not loaded, as the run had done that a hit stands for."""
    found = stream(name)
    if found is not None:
        return found
    # Imported here only because a stored state says that the run had moved it; else these are never imported.
    if name == "random":
        import random  # noqa: F401, PLC0415  # loaded for the sake of being loaded
    elif name == "numpy":
        import numpy.random  # noqa: F401, PLC0415
    elif name == "torch.cpu":
        import torch  # noqa: F401, PLC0415
    return stream(name)
