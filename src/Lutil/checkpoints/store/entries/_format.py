"""The bytes of an entry: a fixed head, a table of buffers, then checked segments.

    0    magic, version                        what it is; another version is left alone
    10   digest of the head                    covers all that follows, to the end of the label
    26   flags, count, label length, rules, given, created, cost, until, stream length and digest, provenance
         length and digest
         count x (length, digest)              the out-of-band buffers
         label                                 name and key: an entry in another's place is damaged
         stream | buffer | ... | provenance    each at the next multiple of 64

The places of the segments follow from their lengths, so no offset can disagree with the file. The head is
read by one `struct`, because a hit of a small value is only a few microseconds long.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from xxhash import xxh3_128_digest

from ...model._entry import Buffer, Header
from ...model.process._records import NamedTuple

__all__ = [
    "FIXED",
    "DamagedError",
    "ForeignFormatError",
    "Layout",
    "label_of",
    "older",
    "pack",
    "parse",
    "sealed",
    "unsealed",
]

MAGIC = b"\x89Lutil\r\n"
VERSION = 2
ALIGNMENT = 64
START = struct.Struct("<8sH")
FIXED = struct.Struct("<8sH16sHIIHIdddQ16sQ16s")
_OLDER = struct.Struct("<8sH16sHIIdddQ16sQ16s")
"""The head of format 1. Its entries are never hits, but they tell that there are earlier results."""
ROW = struct.Struct("<Q16s")
COVERED = 26
"""Where the part that the head's digest covers begins."""
_BEGIN = START.pack(MAGIC, VERSION)
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


def label_of(name: str, key: str) -> bytes:
    """Return what stands in the checked bytes of an entry and is checked with those of a trace: whose it is."""
    return f"{name}\0{key}".encode("utf-8", "surrogatepass")


def pack(
    label: bytes, header: Header, stream: Buffer, buffers: Sequence[Buffer], provenance: Buffer
) -> Iterator[Buffer]:
    """Yield the bytes of an entry, piece by piece, without copying a segment."""
    table = b"".join(ROW.pack(_size(buffer), xxh3_128_digest(buffer)) for buffer in buffers)
    covered = FIXED.pack(
        MAGIC,
        VERSION,
        b"",
        (_PLAIN if header.plain else 0) | header.files << _FILES,
        len(buffers),
        len(label),
        header.rules,
        header.given,
        header.created,
        header.cost,
        header.until,
        _size(stream),
        xxh3_128_digest(stream),
        _size(provenance),
        xxh3_128_digest(provenance),
    )[COVERED:]
    head = covered + table + label
    start = _BEGIN + xxh3_128_digest(head) + head
    yield start
    position = len(start)
    for segment in (stream, *buffers, provenance):
        gap = -position % ALIGNMENT
        if gap:
            yield _ZEROS[:gap]
        yield segment
        position += gap + _size(segment)


def parse(head: bytes, size: int, label: bytes) -> Layout | int:
    """Return where the segments are, or how many bytes of the file are needed to say so.

    Args:
        head: the first bytes of the file.
        size: of the whole file.
        label: whose entry it has to be.

    Raises:
        DamagedError: these are not the bytes of an entry, or they are those of another.
        ForeignFormatError: another version wrote them.
    """
    if len(head) < FIXED.size:
        raise _not_ours(head)
    (
        magic,
        version,
        digest,
        flags,
        count,
        named,
        rules,
        given,
        created,
        cost,
        until,
        length,
        stream,
        extra,
        provenance,
    ) = FIXED.unpack_from(head)
    if magic != MAGIC or version != VERSION:
        raise _not_ours(head)
    rows_end = FIXED.size + ROW.size * count
    end = rows_end + named
    if end > size:
        raise DamagedError("its head is cut short")
    if end > len(head):
        return int(end)
    if xxh3_128_digest(head[COVERED:end]) != digest:
        raise DamagedError("its head does not agree with its digest")
    if named != len(label) or not head.startswith(label, rows_end):
        raise DamagedError("it is the entry of another name or key")
    start = end + -end % ALIGNMENT
    position = start + length
    buffers: tuple[tuple[int, int, bytes], ...] = ()
    if count:
        rows = []
        for row_length, row_digest in ROW.iter_unpack(head[FIXED.size : rows_end]):
            position += -position % ALIGNMENT
            rows.append((position, row_length, row_digest))
            position += row_length
        buffers = tuple(rows)
    last = position + -position % ALIGNMENT
    if last + extra != size:
        raise DamagedError(f"it has {size} bytes and should have {last + extra}")
    return Layout(
        Header(created, cost, given, bool(flags & _PLAIN), until, rules, flags >> _FILES),
        (start, length, stream),
        buffers,
        (last, extra, provenance),
        size,
    )


def _not_ours(head: bytes) -> DamagedError | ForeignFormatError:
    """Return what is wrong with a file that does not begin as those of this format do."""
    if len(head) >= START.size:
        magic, version = START.unpack_from(head)
        if magic != MAGIC:
            return DamagedError("it does not begin like an entry")
        if version != VERSION:
            return ForeignFormatError(f"format {version}; this version reads format {VERSION}")
    return DamagedError(f"it ends after {len(head)} bytes")


def older(head: bytes, size: int) -> Layout | None:
    """Return what can be told of an entry of format 1, which is no hit any more; None where it is no such entry."""
    if len(head) < _OLDER.size or START.unpack_from(head) != (MAGIC, 1):
        return None
    *_, given, created, cost, until, _, _, length, digest = _OLDER.unpack_from(head)
    if length > size:
        return None
    header = Header(created, cost, given, plain=False, until=until, rules=1)
    return Layout(header, (0, 0, b""), (), (size - length, length, digest), size)


def sealed(payload: bytes, label: bytes = b"") -> bytes:
    """Return the bytes of a side file: a digest of whose it is and of its payload, then the payload."""
    return _seal(payload, label) + payload


def unsealed(data: bytes, label: bytes = b"") -> bytes | None:
    """Return the payload of a side file, or None where it is not what was written, or was written for another."""
    payload = data[16:]
    return payload if len(data) >= 16 and _seal(payload, label) == data[:16] else None


def _seal(payload: bytes, label: bytes) -> bytes:
    return xxh3_128_digest(len(label).to_bytes(8, "little") + label + payload if label else payload)


def _size(buffer: Buffer) -> int:
    return buffer.nbytes if isinstance(buffer, memoryview) else len(buffer)
