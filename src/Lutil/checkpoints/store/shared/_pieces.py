"""How an entry is cut into pieces: large segments by themselves, so that equal ones are stored once, and the rest.

What shrinks by more than half is stored compressed, as a sample tells. A piece is checked before it is unpacked, and
unpacked to no more bytes than were signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from ...model._entry import Buffer
from ..entries._format import Layout
from ._extra import extra
from ._signed_objects import ForgedError, Piece

__all__ = ["SMALL", "cut", "digest_of", "packed", "unpacked"]

SMALL: Final = 1 << 16
"""Bytes up to which a piece stands in the small object itself."""
_LARGE: Final = 1 << 20
"""Bytes from which a segment is a piece of its own."""
_SAMPLE: Final = 1 << 16
_LEVEL: Final = 3


def cut(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield where the pieces of an entry begin, and how long they are; they cover it without a gap."""
    done = 0
    for start, length, _ in (layout.stream, *layout.buffers, layout.provenance):
        if length >= _LARGE:
            if start > done:
                yield done, start - done
            yield start, length
            done = start + length
    if done < layout.size:
        yield done, layout.size - done


def packed(data: Buffer) -> tuple[Piece, Buffer]:
    """Return a piece, and its bytes as they are to be stored."""
    size, stored = len(data), _compressed(data)
    piece = Piece(size, len(stored), packed=stored is not data)
    return (piece if len(stored) <= SMALL else piece._replace(digest=digest_of(stored))), stored


def unpacked(piece: Piece, stored: Buffer) -> Buffer:
    """Return the bytes of a piece whose stored ones were found to be what was signed.

    Raises:
        ForgedError: there are more or fewer than the piece says.
    """
    if len(stored) != piece.stored:
        raise ForgedError(f"a piece has {len(stored)} bytes and should have {piece.stored}")
    if not piece.packed:
        return stored
    zstd = extra("zstandard")
    try:
        size = zstd.frame_content_size(stored)
        data: bytes = zstd.ZstdDecompressor().decompress(stored) if size == piece.size else b""
    except zstd.ZstdError as error:
        raise ForgedError(f"a piece cannot be unpacked: {error}") from error
    if len(data) != piece.size:
        raise ForgedError(f"a piece unpacks to {size} bytes and should have {piece.size}")
    return data


def digest_of(data: Buffer) -> str:
    """Return the SHA-256 of bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _compressed(data: Buffer) -> Buffer:
    """Return bytes compressed, or the very same where that would not save half of them."""
    middle = max(0, len(data) // 2 - _SAMPLE // 2)
    compressor = extra("zstandard").ZstdCompressor(level=_LEVEL)
    sample = bytes(memoryview(data)[middle : middle + _SAMPLE])
    shrunk = compressor.compress(sample)
    if 2 * len(shrunk) > len(sample):
        return data
    whole: bytes = shrunk if len(sample) == len(data) else compressor.compress(data)
    return whole if 2 * len(whole) <= len(data) else data
