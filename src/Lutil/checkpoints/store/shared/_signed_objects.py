"""The layout of a shared store: what its objects are called, and what the small ones say.

    v1/<name>/<k2>/<key>/<signer8>      one small object per key and signer, signed
    v1/_payloads/<d2>/<digest>          large parts of entries under the SHA-256 of what is stored, put if absent
    v1/_signers/<signer8>               the public key of somebody who writes here

A small object says how the entry of its key is put together, and holds its small parts; and, where runs with that key
observed something, their traces, each with the final keys to which it led. So a hit asks for one object where nothing
was observed and for two where something was, and nothing is ever listed.

    magic | 32 bytes public key | 64 bytes signature | 4 bytes length | JSON | small parts, one after another
                                                       `-------- what is signed --------'

Nothing of it is looked at before the signature was found to be that of a key which this user trusts, and the name and
key in it those that were asked for: what was signed for one key cannot be shown under another. Nobody can lock a name:
each signer has a place of its own, and replaces what is there.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any, Final

from ...model.process._records import NamedTuple
from ...model.secrets._shown_text import shown
from ..entries._file_names import folder_of
from ._signing_keys import PublicKey, Signer

__all__ = [
    "LARGEST",
    "SIGNERS",
    "VERSION",
    "ForgedError",
    "Manifest",
    "Piece",
    "introduced",
    "named_in",
    "object_name",
    "payload_name",
    "require",
    "seal",
    "signer_name",
    "unseal",
]

VERSION: Final = "v1"
SIGNERS: Final = f"{VERSION}/_signers"
LARGEST: Final = 64 << 20
"""Bytes of a small object beyond which it is none of ours."""
_MAGIC: Final = b"\x89LutilS1"
_CONTEXT: Final = b"Lutil shared object 1\0"
"""What else this key may sign one day begins in another way."""
_HEAD: Final = struct.Struct("<8s32s64s")
_LENGTH: Final = struct.Struct("<I")
_LONGEST_NAME: Final = 80
_MOST_TRACES: Final = 16
_MOST_KEYS: Final = 64


class ForgedError(OSError):
    """The bytes of an object are not those that somebody whom this user trusts has signed."""


class Piece(NamedTuple):
    """A run of bytes of an entry.

    Attributes:
        size: of the run.
        stored: bytes that it takes as it is stored.
        packed: whether it is stored compressed.
        digest: the SHA-256 of what is stored, hexadecimal; empty where that stands in the small object itself.
    """

    size: int
    stored: int
    packed: bool = False
    digest: str = ""


class Manifest(NamedTuple):
    """What a small object says.

    Attributes:
        name, key: of the computation; whether the final one, or the one under which traces lie.
        made: when it was signed, seconds since the epoch.
        pieces: of the entry, in order; empty where no entry lies under this key.
        traces: of the runs with this key, newest first, each with the final keys to which it led.
        small: the small pieces, as they are stored, one after another.
    """

    name: str
    key: str
    made: float
    pieces: tuple[Piece, ...] = ()
    traces: tuple[tuple[bytes, tuple[str, ...]], ...] = ()
    small: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of the entry."""
        return sum(piece.size for piece in self.pieces)

    def with_trace(self, trace: bytes, final: str) -> Manifest:
        """Return it with one more final key of a trace, both the newest; the oldest beyond a limit go."""
        known = dict(self.traces)
        keys = (final, *(key for key in known.pop(trace, ()) if key != final))[:_MOST_KEYS]
        return self._replace(traces=((trace, keys), *known.items())[:_MOST_TRACES])


def object_name(name: str, key: str, short: str) -> str:
    """Return where the object of a key and a signer lies."""
    return f"{VERSION}/{folder_of(name)}/{key[:2]}/{key}/{short}"


def payload_name(digest: str) -> str:
    """Return where a large part of an entry lies."""
    return f"{VERSION}/_payloads/{digest[:2]}/{digest}"


def signer_name(short: str) -> str:
    """Return where the public key of somebody who writes here lies."""
    return f"{SIGNERS}/{short}"


def introduced(data: bytes, short: str) -> PublicKey:
    """Return the key of somebody who writes here, with the name by which they introduce themselves.

    Raises:
        ForgedError: it is no such object, or lies in the place of another.
    """
    name, key, claimed = named_in(data)
    found = PublicKey(_HEAD.unpack_from(data)[1])
    if key or claimed != short:
        raise ForgedError("it introduces somebody else")
    unseal(data, found, name, key)
    return found._replace(name=shown(name)[:_LONGEST_NAME])  # anybody may have chosen it


def seal(manifest: Manifest, signer: Signer) -> bytes:
    """Return the bytes of a small object."""
    traces = [[base64.b85encode(trace).decode(), list(keys)] for trace, keys in manifest.traces]
    table = {**manifest._asdict(), "pieces": manifest.pieces, "traces": traces}
    del table["small"]
    head = json.dumps(table, separators=(",", ":")).encode("utf-8", "surrogatepass")
    body = _LENGTH.pack(len(head)) + head + manifest.small
    return _HEAD.pack(_MAGIC, signer.public.raw, signer.sign(_CONTEXT + body)) + body


def unseal(data: bytes, signer: PublicKey, name: str, key: str) -> Manifest:
    """Return what a small object says that somebody has signed for a name and key.

    Raises:
        ForgedError: it is none, it is cut short, somebody else has signed it, or it was signed for another key.
    """
    if len(data) < _HEAD.size + _LENGTH.size:
        raise ForgedError("it is cut short")
    magic, raw, signature = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        raise ForgedError("it does not begin like an object of ours")
    if raw != signer.raw:
        raise ForgedError(f"it is signed by {PublicKey(raw).text}")
    body = data[_HEAD.size :]
    if not signer.verifies(signature, _CONTEXT + body):
        raise ForgedError("its bytes are not those that were signed")
    try:
        found = _parsed(body)
    except (ValueError, KeyError, TypeError, struct.error) as error:  # signed by whom we trust, in another version
        raise ForgedError(f"it cannot be read: {error}") from error
    if (found.name, found.key) != (name, key):
        raise ForgedError(f"it was signed for {found.name!r} and the key {found.key or 'of nothing'}")
    return found


def named_in(data: bytes) -> tuple[str, str, str]:
    """Return the name, key and short signer that an object claims, nothing of which is proven.

    Raises:
        ForgedError: it is no object of ours.
    """
    try:
        magic, raw, _ = _HEAD.unpack_from(data)
        found = _parsed(data[_HEAD.size :])
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise ForgedError(f"it cannot be read: {error}") from error
    if magic != _MAGIC:
        raise ForgedError("it does not begin like an object of ours")
    return found.name, found.key, PublicKey(raw).short


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001  (a condition)
    """Raise ForgedError unless something holds."""
    if not holds:
        raise ForgedError(otherwise)


def _parsed(body: bytes) -> Manifest:
    (length,) = _LENGTH.unpack_from(body)
    start = _LENGTH.size + length
    table: dict[str, Any] = json.loads(body[_LENGTH.size : start].decode("utf-8", "surrogatepass"))
    pieces = tuple(Piece(int(a), int(b), bool(c), str(d)) for a, b, c, d in table["pieces"])
    if any(piece.size < 0 or piece.stored < 0 for piece in pieces):
        raise ValueError("a piece of less than nothing")
    traces = tuple((base64.b85decode(text), tuple(map(str, keys))) for text, keys in table["traces"])
    return Manifest(str(table["name"]), str(table["key"]), float(table["made"]), pieces, traces, body[start:])
