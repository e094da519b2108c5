"""Provenance: the readable segment of an entry, written with the first entry on and never read by a hit."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterable
from typing import Any, Final

from ._key import FORMAT_VERSION, Note, NoteKind, Part, PartKind
from .process._records import NamedTuple
from .secrets._redaction import names_secret, path_names_secret, redacted, without_shapes

__all__ = ["UNSEEN", "Made", "Provenance", "met_secret"]

UNSEEN: Final = frozenset({PartKind.ENVIRONMENT, PartKind.EARLIER, PartKind.MEMO})
"""Kinds whose values nobody looks into: any of them may be a secret."""


class Made(NamedTuple):
    """Something that a run made, by which a later run that takes it as an input is told where it came from.

    Attributes:
        path: what it produced (`result`, `X`, `result[0]`), an input that it changed, or a file that it wrote.
        digest: that which it has as an input; a mark where something is not to be seen.
        telling: whether a value that is equal to it is hardly met by chance.
    """

    path: str
    digest: bytes
    telling: bool = True


class Provenance(NamedTuple):
    """How an entry came about, for people and for `explain`.

    Attributes:
        name: of the computation.
        where: file and line, or notebook cell, of the code that ran.
        created: seconds since the epoch.
        cost: seconds that the run took.
        python: version of the interpreter.
        parts: all inputs, each with a digest of its own.
        salt: of the recipe, hexadecimal; by it `bless` finds earlier versions.
        notes: what did not count: effects, memos, handles, blind spots, files written.
        rules: the version of the rules by which the digests were made: those of another one cannot be compared.
        produced: what the run produced, each by its name and as a short text.
        made: what it produced, changed and wrote, each by its digest.
        key: before the run, under which its trace lies; empty in entries of earlier versions.
        trace: the digest of that trace as it is kept, hexadecimal; empty where the run observed nothing.
    """

    name: str
    where: str
    created: float
    cost: float
    python: str
    parts: tuple[Part, ...]
    notes: tuple[Note, ...] = ()
    salt: str = ""
    rules: int = FORMAT_VERSION
    produced: tuple[tuple[str, str], ...] = ()
    made: tuple[Made, ...] = ()
    key: str = ""
    trace: str = ""

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        table: dict[str, Any] = self._asdict()
        table["parts"] = [_from_code(part) if part.kind is PartKind.CODE else _from_part(part) for part in self.parts]
        notes = [[str(note.kind), without_shapes(note.path), redacted(note.what)] for note in self.notes]
        table["notes"] = notes
        table["made"] = [[without_shapes(one.path), one.digest.hex(), int(one.telling)] for one in self.made]
        return _to_json(table).encode("utf-8", "backslashreplace")

    @classmethod
    def from_bytes(cls, data: bytes) -> Provenance:
        """Return what `to_bytes` wrote.

        Raises:
            ValueError: it is no provenance, or one of a later version.
        """
        try:
            table = {"rules": 1, **json.loads(data)}  # the first version did not say so
            table["parts"] = tuple(_to_part(item) for item in table["parts"])
            table["notes"] = tuple(Note(NoteKind(kind), path, what) for kind, path, what in table["notes"])
            table["produced"] = tuple((name, shown) for name, shown in table.get("produced", ()))
            made = table.get("made", ())
            table["made"] = tuple(Made(path, bytes.fromhex(value), bool(telling)) for path, value, telling in made)
            return cls(**{name: value for name, value in table.items() if name in cls._fields})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no provenance: {error}") from error


_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@functools.lru_cache(4096)  # each entry of a computation holds the same
def _from_code(part: Part) -> list[Any]:
    return _row(part, part.kept.decode("utf-8", "replace"))


def _from_part(part: Part) -> list[Any]:
    return _row(part, base64.b85encode(part.kept).decode() if part.kept else "")


def _row(part: Part, kept: str) -> list[Any]:
    """Leave out trailing empty fields: most parts are small, and there are many."""
    row: list[Any] = [part.kind.value, part.path, part.digest.hex(), part.preview, kept]
    row += ([_from_part(child) for child in part.parts], int(part.hidden))
    while not row[-1]:
        row.pop()
    return row


def _to_part(row: list[Any]) -> Part:
    empty: list[Any] = ["", "", [], 0]
    kind, path, digest, preview, kept, parts, hidden = row + empty[len(row) - 3 :]
    kind = PartKind(kind)
    return Part(
        kind,
        path,
        bytes.fromhex(digest),
        preview,
        kept.encode() if kind is PartKind.CODE else base64.b85decode(kept),
        tuple(_to_part(child) for child in parts),
        bool(hidden),
    )


def met_secret(parts: Iterable[Part]) -> bool:
    """Tell whether a secret is among the inputs: whoever has their key could try guesses at it."""
    return any(_is_secret(part) for part in parts if part.hidden)


def _is_secret(part: Part) -> bool:
    """Tell whether a part is hidden for what it is, and not only because nobody looks into its kind."""
    return part.kind not in UNSEEN or names_secret(part.path) or path_names_secret(part.path)
