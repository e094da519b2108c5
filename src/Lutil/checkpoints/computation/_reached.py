"""Values that a computation reaches by names of its code, and what each of them counts as."""

from __future__ import annotations

from typing import Final

import xxhash

from ..code import Slot
from ..fingerprint import digest
from ..model._errors import SettingError, UnfingerprintableError
from ..model._key import Absent, NoteKind, tagged
from ..model.process._interrupts import let_pass
from ..model.process._records import NamedTuple
from ._recipe import fetch
from ._resolver import Walking, narrowed

__all__ = ["NOT_THERE", "Reached", "digest_by_type", "digest_of_reached"]

NOT_THERE: Final = b"\0" * 16
"""What a reached name without a value counts as."""


class Reached(NamedTuple):
    """One reached value that counts, as it was when the key was made.

    Attributes:
        slot: where it is.
        without: what below it does not count.
        value: `Absent.ABSENT` where the name has none.
        now: its digest.
        digest: the digest that counts: of the value before our own runs filled it.
        codes: the functions and classes that were met in the value that counts.
    """

    slot: Slot
    without: tuple[str, ...]
    value: object
    now: bytes
    digest: bytes
    codes: tuple[object, ...]

    def present(self) -> object:
        """Return the value that the place has by now."""
        return fetch(self.slot)

    def paths(self) -> list[str]:
        """Return what of it counts, as a person would write it."""
        if narrowed(self.value, self.slot) is self.value:
            return [self.slot.path]
        return [f"{self.slot.path}.{name}" for name in self.slot.only]


def digest_of_reached(
    slot: Slot, without: tuple[str, ...], value: object, resolver: Walking, *, strict: bool = False
) -> bytes:
    """Return what a value counts as in its place; where it raises when it is looked at, as one of its type."""
    if value is Absent.ABSENT:
        return NOT_THERE
    try:
        value = value if without else narrowed(value, slot)
        return digest(value, resolver, path=slot.path, lenient=not strict, without=without)
    except (UnfingerprintableError, SettingError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (proxies and broken classes raise what they like when they are looked at)
        let_pass(error)
        resolver.note(NoteKind.BLIND_SPOT, slot.path, "raises when it is looked at: counts by its type only")
        return digest_by_type(value)


def digest_by_type(value: object) -> bytes:
    """Return what a value counts as that can be told by its type only."""
    cls = type(value)
    return xxhash.xxh3_128_digest(tagged(b"t", f"{getattr(cls, '__module__', '')}.{cls.__qualname__}".encode()))
