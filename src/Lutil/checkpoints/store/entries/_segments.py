"""How the segments of an open entry become memory: private, writable, checked.

Large ones are mapped copy-on-write, so that a second load costs no reading; the rest is read. A mapping
keeps no file descriptor, or a thousand live results would leave a program without any.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import Any

from xxhash import xxh3_128_digest

from ...model._entry import Buffer
from ...model.process._late import loading
from ._format import DamagedError, Layout, parse

__all__ = ["MAPPED_FROM", "fetch", "fetch_contents", "file_system_of", "is_local", "mapped", "read_at", "whole_layout"]

MAPPED_FROM = 1 << 20
"""Bytes from which a segment is mapped instead of read: 1 MB."""
_CHUNK = 1 << 26
_REMEMBERED = 100_000
_LOCAL = frozenset(
    {
        *("apfs", "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "jfs"),
        *("overlay", "ramfs", "reiserfs", "tmpfs", "ufs", "xfs", "zfs"),
    }
)
_verified: set[tuple[int, int, int, int]] = set()

Place = tuple[int, int, bytes]


def fetch(fd: int, layout: Layout, head: bytes, stat: os.stat_result, *, local: bool) -> tuple[Buffer, list[Buffer]]:
    """Return the stream and the buffers of an entry, every one of them equal to its digest.

    Large segments are verified once per process and (device, inode, size, time of change): what is mapped
    afterwards is the same file. Small ones are verified each time.

    Raises:
        DamagedError: a segment is not what was written.
        OSError: the file could not be read.
    """
    buffers = layout.buffers
    if layout.header.files > 1:  # what is in files is read only where one has to be put back
        buffers = buffers[: len(buffers) - layout.header.files + 1]
    places = (layout.stream, *buffers)
    # The first question answers the second for most entries, at a tenth of the time.
    if not local or layout.size < MAPPED_FROM or max(length for _, length, _ in places) < MAPPED_FROM:
        segments = [_checked(_take(fd, head, place, index), place) for index, place in enumerate(places)]
        return segments[0], segments[1:]
    whole = mapped(fd, layout.size)
    if whole is None:
        return fetch(fd, layout, head, stat, local=False)
    mark = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    known = mark in _verified
    segments = []
    for start, length, digest in places:
        part: Buffer = whole[start : start + length]
        if length < MAPPED_FROM:
            part = bytearray(part)
        segments.append(part if known and length >= MAPPED_FROM else _checked(part, (start, length, digest)))
    if len(_verified) >= _REMEMBERED:
        _verified.clear()
    _verified.add(mark)
    return segments[0], segments[1:]


def fetch_contents(fd: int, layout: Layout, *, local: bool) -> list[Buffer]:
    """Return what is in the files that the run wrote, every content equal to its digest.

    Raises:
        DamagedError: a content is not what was written.
        OSError: the file could not be read.
    """
    places = layout.buffers[len(layout.buffers) - layout.header.files + 1 :] if layout.header.files > 1 else ()
    whole = mapped(fd, layout.size) if local and any(length >= MAPPED_FROM for _, length, _ in places) else None
    if whole is not None:
        return [_checked(whole[place[0] : place[0] + place[1]], place) for place in places]
    return [_checked(read_at(fd, start, length), (start, length, digest)) for start, length, digest in places]


def whole_layout(fd: int, head: bytes, size: int, label: bytes) -> tuple[Layout, bytes]:
    """Return where the segments are, and the head, which is read on if the table of buffers is a long one.

    Raises:
        DamagedError: these are not the bytes of an entry, or not of the one in question.
        ForeignFormatError: another version wrote them.
        OSError: the file could not be read.
    """
    layout = parse(head, size, label)
    if isinstance(layout, int):
        head = bytes(read_at(fd, 0, layout))
        layout = parse(head, size, label)
    if isinstance(layout, int):
        raise DamagedError("its head is cut short")
    return layout, head


def read_at(fd: int, start: int, length: int) -> bytearray:
    """Return bytes of a file; fewer where it ends before.

    Raises:
        OSError: the file could not be read.
    """
    data = bytearray(length)
    view = memoryview(data)
    done = 0
    os.lseek(fd, start, os.SEEK_SET)
    while done < length:
        count = _read_into(fd, view[done : done + _CHUNK])
        if not count:
            break
        done += count
    view.release()
    del data[done:]
    return data


def is_local(folder: str) -> bool:
    """Tell whether a folder is on a file system whose files stay as they are while they are mapped.

    A mapped file that vanishes on a network file system kills the process by a signal that nothing can
    catch, and a mapped file cannot be deleted on Windows: there, and where we do not know, we read.
    """
    if sys.platform == "win32":
        return False
    if not sys.platform.startswith("linux"):
        return not os.path.realpath(folder).startswith(("/Volumes/", "/Network/", "/net/"))
    return file_system_of(folder) in _LOCAL


def file_system_of(folder: str) -> str:
    """Return the kind of file system that a folder is on, as Linux names it; empty where it cannot be told."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123  # no pathlib on the way to a hit
            mounts = [line.split(" ") for line in lines]
    except OSError:
        return ""
    place = os.path.realpath(folder) + "/"
    found = ("", "")
    for fields in mounts:
        point = fields[4].encode("latin-1", "surrogateescape").decode("unicode_escape", "replace").rstrip("/") + "/"
        if place.startswith(point) and len(point) >= len(found[0]):
            found = (point, fields[fields.index("-") + 1])
    return found[1]


def _take(fd: int, head: bytes, place: Place, index: int) -> Buffer:
    start, length, _ = place
    if start + length <= len(head):
        # A buffer becomes the memory of an array, which has to be writable; a stream does not.
        return bytearray(head[start : start + length]) if index else head[start : start + length]
    return read_at(fd, start, length)


def _checked(part: Buffer, place: Place) -> Buffer:
    start, length, digest = place
    if len(part) != length or xxh3_128_digest(part) != digest:
        raise DamagedError(f"its {length} bytes at {start} do not agree with their digest")
    return part


def _read_into(fd: int, view: memoryview) -> int:
    if hasattr(os, "readv"):
        return os.readv(fd, [view])
    data = os.read(fd, len(view))
    view[: len(data)] = data
    return len(data)


def mapped(fd: int, size: int) -> memoryview | None:
    """Return the file as private writable memory, or None where there is no room for one more mapping."""
    try:
        if sys.version_info >= (3, 13):
            return memoryview(mmap.mmap(fd, size, access=mmap.ACCESS_COPY, trackfd=False))
        return _map_without_descriptor(fd, size)
    except (OSError, ValueError, ImportError, AttributeError):
        return None


_libc: list[Any] = []
_MAP_FIXED = 0x10
"""Of Linux, macOS and the BSDs alike; `mmap` has no name for it."""


def _map_without_descriptor(fd: int, size: int) -> memoryview:
    """Map over memory of nobody's, because before 3.13 `mmap` keeps a duplicate of the descriptor for good.

    That memory is given back by its object, in C: a signal whose handler raises while a function of Python does that
    as the last reference goes is printed, and lost.
    """
    with loading:
        import ctypes  # noqa: PLC0415  # 20 ms, and only for the first large value of a process

    if not _libc:
        library = ctypes.CDLL(None, use_errno=True)
        library.mmap.restype = ctypes.c_void_p
        library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_ssize_t]
        _libc.append(library)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0))
    place = ctypes.addressof(ctypes.c_ubyte.from_buffer(memory))
    flags = mmap.MAP_PRIVATE | _MAP_FIXED
    if _libc[0].mmap(place, size, mmap.PROT_READ | mmap.PROT_WRITE, flags, fd, 0) != place:
        raise OSError(ctypes.get_errno(), "no room for one more mapping")
    return memoryview(memory)
