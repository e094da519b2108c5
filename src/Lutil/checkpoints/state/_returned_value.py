"""What comes back is checked: pickles of libraries can lose something, and then a hit would give another value.

Classes that pickle as Python has it, and those with an exact rule of ours, come back as they were. Where a value
holds any other class, its bytes are decoded once and compared with it. A difference that stays the same in a
second round trip was lost: the result is not kept. Where a second round trip differs from the first, the class
is another each time and nobody can tell: the result is kept, and `explain` says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ..code import is_project
from ..codec import Encoded, decode, encode, offender
from ..fingerprint import comes_back, digest, preview
from ..integrations import known_of_bases
from ..model._errors import NotSavableError
from ..model._key import Note, NoteKind, Part, Resolver
from ..model.process._interrupts import let_pass
from ..model.process._records import NamedTuple
from ..model.secrets._redaction import names_secret
from ._payload import CHANGES

__all__ = ["Returned", "check_returned", "is_project_module", "is_shown_by_pickle", "previews_of"]

_LARGEST: Final = 200_000_000
_SHARE: Final = 0.1
"""Of what the run took: more is not spent on looking at its result."""
_ALWAYS: Final = 0.05
"""Seconds that a look may cost in any case."""
_STREAM_RATE: Final = 50e6
_BUFFER_RATE: Final = 2e9
"""Bytes per second that are decoded and compared, about."""


class Returned(NamedTuple):
    """How a value is written and read back.

    Attributes:
        given: the objects that it may refer to.
        is_project: tells whether a module is the project's own.
        resolve: finds classes and functions of the project.
        resolver: makes what answers for the code in values.
    """

    given: Sequence[object]
    is_project: Callable[[str], bool]
    resolve: Callable[[str, str], object]
    resolver: Callable[[], Resolver]

    def again(self, encoded: Encoded) -> object:
        """Return what a hit would return; raises what stands in the way."""
        given = self.given if encoded.given else ()
        return decode(encoded.stream, encoded.buffers, given=given, resolve=self.resolve, plain=encoded.plain)

    def encoded(self, value: object) -> Encoded:
        return encode(value, given=self.given, is_project=self.is_project)

    def digest(self, value: object) -> bytes:
        return digest(value, self.resolver(), lenient=True)

    def lost(self, value: object, encoded: Encoded) -> bool | None:
        """Tell whether a value is another one when it comes back; None where nobody can tell."""
        back = self.again(encoded)
        then = self.digest(back)
        if then == self.digest(value):
            return False
        return True if self.digest(self.again(self.encoded(back))) == then else None


def is_shown_by_pickle(encoded: Encoded) -> bool:
    """Tell whether a value shows itself to the user when it is decoded, as a figure in pyplot does."""
    return any(next(known_of_bases(cls, "SHOWN_BY_PICKLE"), False) for cls in encoded.classes)


def check_returned(
    value: object, encoded: Encoded, named: Mapping[str, object], cost: float, way: Returned
) -> tuple[Note, ...]:
    """Decode a value once and compare it, where its classes give reason to; return what nobody can tell.

    Args:
        value: what was encoded.
        encoded: its bytes.
        named: its parts by what a person calls them.
        cost: seconds that the run took.
        way: how it is written and read.

    Raises:
        NotSavableError: it would come back as another one, or not at all; the error names the part.
    """
    own = [cls for cls in encoded.classes if not comes_back(cls)]
    if not own or not _affordable(encoded, cost) or is_shown_by_pickle(encoded):
        return ()
    try:
        lost = way.lost(value, encoded)
    except Exception as error:
        raise _lost(named, way, error) from error
    if lost:
        raise _lost(named, way, _LostError("it comes back from the store as another value"))
    if lost is False:
        return ()
    classes = ", ".join(sorted(cls.__qualname__ for cls in own))
    what = f"not compared with what a hit returns: pickles of {classes} differ each time"
    return (Note(NoteKind.BLIND_SPOT, next(iter(named)), what),)


class _LostError(TypeError):
    """Something that a value held is not in its pickle."""


def _affordable(encoded: Encoded, cost: float) -> bool:
    large = sum(len(buffer) for buffer in encoded.buffers)
    seconds = len(encoded.stream) / _STREAM_RATE + large / _BUFFER_RATE
    return large + len(encoded.stream) <= _LARGEST and seconds <= max(_ALWAYS, _SHARE * cost)


def _lost(named: Mapping[str, object], way: Returned, error: Exception) -> NotSavableError:
    """Return the error that names the smallest part which does not come back."""

    def attempt(part: object) -> Exception | None:
        try:
            encoded = way.encoded(part)
        except NotSavableError:
            return None  # its owner leaves it out, so it is not what was lost
        try:
            return _LostError(str(error)) if way.lost(part, encoded) else None
        except Exception as failure:  # noqa: BLE001 - whatever the pickles of a class raise when they are read
            let_pass(failure)
            return failure

    path, cause = offender(named, attempt, error)
    return NotSavableError(path, str(cause))


def previews_of(named: Mapping[str, object], parts: Iterable[Part]) -> tuple[tuple[str, str], ...]:
    """Return what a run produced as short texts; nothing where an input hides a secret, which it may have returned."""
    if any(part.hidden for part in parts):
        return ()
    shown = ((name, value) for name, value in named.items() if name != CHANGES and not names_secret(name))
    return tuple((name, preview(value)) for name, value in shown)


def is_project_module(module: str) -> bool:
    """Tell whether the classes of a module are the project's own; one that is not loaded says nothing else."""
    return (found := sys.modules.get(module)) is None or is_project(found)
