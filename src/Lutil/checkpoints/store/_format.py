"""The bytes of an entry: a fixed head, a table of buffers, then checked segments.

    0    magic, version                        what it is; a newer version is left alone
    10   digest of the head                    covers all that follows, to the end of the table
    26   flags, count, given, created, cost, until, stream length and digest, provenance length and digest
         count x (length, digest)              the out-of-band buffers
         stream | buffer | ... | provenance    each at the next multiple of 64

The places of the segments follow from their lengths, so no offset can disagree with the file. The head is
read by one `struct`, because a hit of a small value is only a few microseconds long.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xxhash import xxh3_128_digest

from .._entry import Buffer, Header

__all__ = [
    "FIXED",
    "DamagedError",
    "ForeignFormatError",
    "Layout",
    "pack",
    "parse",
    "sealed",
    "unsealed",
]

MAGIC = b"\x89Lutil\r\n"
VERSION = 1
ALIGNMENT = 64
FIXED = struct.Struct("<8sH16sHIIdddQ16sQ16s")
ROW = struct.Struct("<Q16s")
COVERED = 26
"""Where the part that the head's digest covers begins."""
_PLAIN = 1
_FILES = 4
"""How far the number of buffers that belong to files is shifted among the flags."""
_ZEROS = bytes(ALIGNMENT)


class DamagedError(Exception):
    """The bytes of an entry are not those that were written."""


class ForeignFormatError(Exception):
    """An entry was written by another version of this package, and is none of our business."""


class Layout(NamedTuple):
    """Where the segments of an entry are, from a head whose digest agrees.

    Attributes:
        header: the fields that a hit needs.
        stream: start, length and digest of the pickle stream.
        buffers: the same of each out-of-band buffer.
        provenance: the same of the readable segment.
        size: of the whole file, in bytes.
    """

    header: Header
    stream: tuple[int, int, bytes]
    buffers: tuple[tuple[int, int, bytes], ...]
    provenance: tuple[int, int, bytes]
    size: int


def pack(header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: Buffer) -> Iterator[Buffer]:
    """Yield the bytes of an entry, piece by piece, without copying a segment."""
    table = b"".join(ROW.pack(_size(buffer), xxh3_128_digest(buffer)) for buffer in buffers)
    covered = FIXED.pack(
        MAGIC,
        VERSION,
        b"",
        (_PLAIN if header.plain else 0) | header.files << _FILES,
        len(buffers),
        header.given,
        header.created,
        header.cost,
        header.until,
        _size(stream),
        xxh3_128_digest(stream),
        _size(provenance),
        xxh3_128_digest(provenance),
    )[COVERED:]
    head = covered + table
    start = struct.pack("<8sH", MAGIC, VERSION) + xxh3_128_digest(head) + head
    yield start
    position = len(start)
    for segment in (stream, *buffers, provenance):
        gap = -position % ALIGNMENT
        if gap:
            yield _ZEROS[:gap]
        yield segment
        position += gap + _size(segment)


def parse(head: bytes, size: int) -> Layout | int:
    """Return where the segments are, or how many bytes of the file are needed to say so.

    Args:
        head: the first bytes of the file.
        size: of the whole file.

    Raises:
        DamagedError: these are not the bytes of an entry.
        ForeignFormatError: another version wrote them.
    """
    if len(head) < FIXED.size:
        raise DamagedError(f"it ends after {len(head)} bytes")
    magic, version, digest, flags, count, given, created, cost, until, length, stream, extra, provenance = (
        FIXED.unpack_from(head)
    )
    if magic != MAGIC:
        raise DamagedError("it does not begin like an entry")
    if version != VERSION:
        raise ForeignFormatError(f"format {version}; this version reads format {VERSION}")
    end = FIXED.size + ROW.size * count
    if end > size:
        raise DamagedError("its head is cut short")
    if end > len(head):
        return int(end)
    if xxh3_128_digest(head[COVERED:end]) != digest:
        raise DamagedError("its head does not agree with its digest")
    start = end + -end % ALIGNMENT
    position = start + length
    buffers: tuple[tuple[int, int, bytes], ...] = ()
    if count:
        rows = []
        for row_length, row_digest in ROW.iter_unpack(head[FIXED.size : end]):
            position += -position % ALIGNMENT
            rows.append((position, row_length, row_digest))
            position += row_length
        buffers = tuple(rows)
    last = position + -position % ALIGNMENT
    if last + extra != size:
        raise DamagedError(f"it has {size} bytes and should have {last + extra}")
    return Layout(
        Header(created, cost, given, bool(flags & _PLAIN), until, flags >> _FILES),
        (start, length, stream),
        buffers,
        (last, extra, provenance),
        size,
    )


def sealed(payload: bytes) -> bytes:
    """Return the bytes of a side file: its digest, then its payload."""
    return xxh3_128_digest(payload) + payload


def unsealed(data: bytes) -> bytes | None:
    """Return the payload of a side file, or None where it is not what was written."""
    payload = data[16:]
    return payload if len(data) >= 16 and xxh3_128_digest(payload) == data[:16] else None


def _size(buffer: Buffer) -> int:
    return buffer.nbytes if isinstance(buffer, memoryview) else len(buffer)
