"""What keys are made of: canonical bytes, parts, notes.

Canonical bytes: whatever is fed to a hash goes through `tagged`, so that two different things never
give the same bytes by running together. A digest is xxh3-128 over canonical bytes, 16 bytes long.

Values hold functions and code holds values, and the two rooms that know them do not import each other:
the story hands each what it needs of the other as a parameter, typed here.
"""

from __future__ import annotations

import enum
from typing import Protocol

from .process._records import NamedTuple

__all__ = [
    "FORMAT_VERSION",
    "MARK",
    "SCOPE",
    "Absent",
    "Note",
    "NoteKind",
    "Part",
    "PartKind",
    "Resolver",
    "tagged",
]

MARK, SCOPE = 24, 8
"""Bytes of the mark that is kept in place of a hidden digest, and those at its head that stand for its key."""

FORMAT_VERSION = 2
"""Counts in every key; raised when the canonical bytes of any value or code change."""


def tagged(tag: bytes, payload: bytes) -> bytes:
    """Return canonical bytes: the tag, the length of the payload as 8 bytes, the payload.

    Example:
        >>> tagged(b"s", b"ab") + tagged(b"s", b"c") == tagged(b"s", b"a") + tagged(b"s", b"bc")
        False
    """
    return tag + len(payload).to_bytes(8, "little") + payload


class Absent(enum.Enum):
    """Stands for the value of a name that has none; a state like any other."""

    ABSENT = "absent"


class PartKind(enum.StrEnum):
    """What an input is, as `explain` calls it."""

    ARGUMENT = "argument"
    WATCHED = "watched"
    CODE = "code"
    GLOBAL = "global"
    CELL = "cell"
    DEFAULT = "default"
    ATTRIBUTE = "attribute"
    ENVIRONMENT = "environment"
    LIBRARY = "library"
    FILE = "file"
    MEMO = "memo"
    LISTING = "listing"
    STREAM = "stream"
    EARLIER = "earlier"
    VERSION = "version"


class Part(NamedTuple):
    """One readable part of a fingerprint, with a digest of its own.

    Attributes:
        kind: what sort of input it is.
        path: how a person would write it: `df['price']`, `helpers.clean`, `cfg['optim']['lr']`.
        digest: 16 bytes; equal parts of two computations have equal digests, in every process.
        preview: a short text of the value, at most 80 characters; empty where there is none to show.
        kept: what a difference is shown from, where it is small enough: the source text of code, or the
            content of an array in the form that `fingerprint.differences` reads. Opaque to all others.
        parts: what it is made of, deep enough to name what changed.
        hidden: whether there is something in it that must not be seen. Nobody may try guesses at that: where it is kept
            a mark of 24 bytes stands for the digest (`_veil.readable`).
    """

    kind: PartKind
    path: str
    digest: bytes
    preview: str = ""
    kept: bytes = b""
    parts: tuple[Part, ...] = ()
    hidden: bool = False

    def equals(self, other: Part) -> bool:
        """Tell whether two parts are of equal values, as far as what is kept of them tells."""
        if self.hidden != other.hidden:
            return False
        if not self.hidden:
            return self.digest == other.digest
        # Marks that were made with another key tell nothing.
        other_key = len(self.digest) == len(other.digest) == MARK and self.digest[:SCOPE] != other.digest[:SCOPE]
        if self.digest != other.digest and not other_key:
            return False
        return (self.preview, self.kept, len(self.parts)) == (other.preview, other.kept, len(other.parts)) and all(
            one.path == another.path and one.equals(another)
            for one, another in zip(self.parts, other.parts, strict=True)
        )


class NoteKind(enum.StrEnum):
    """What was met on the way and does not count, or counts by less than its content."""

    EFFECT = "effect"
    MEMO = "memo"
    HANDLE = "handle"
    SECRET = "secret"  # noqa: S105  (a kind of note that entries of earlier versions have)
    BLIND_SPOT = "blind spot"
    COMPLEX_ATTRIBUTE = "complex attribute"
    WRITTEN = "written file"


class Note(NamedTuple):
    """One thing that `explain` lists: where it is and what it was taken for."""

    kind: NoteKind
    path: str
    what: str


class Resolver(Protocol):
    """What `fingerprint/` asks while it walks a value; the story answers."""

    def code(self, value: object, /) -> bytes:
        """Return canonical bytes that stand for a function, class or module found in a value."""

    def library(self, module: str, /) -> None:
        """Take note that a type of this top-level module was met, so that its version counts."""

    def note(self, kind: NoteKind, path: str, what: str, /) -> None:
        """Take note of a handle, blind spot or complex attribute."""
