"""Files and folders as digests: streamed, remembered by stat, trusted only when the stat can be.

A stat stands for a content only if nothing could have changed the file since without showing: clocks of file
systems tick in milliseconds to seconds, so a file changed less than `SETTLED_NS` before it was digested is
digested again next time. Network file systems answer `stat` from a cache for up to a minute and promise
fresh attributes to `open` only, so there a file is opened to be asked.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import stat as stat_bits
import struct
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from xxhash import xxh3_128

from ...model.process._records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ABSENT",
    "DIRECTORY",
    "PLAIN",
    "UNREADABLE",
    "Identity",
    "Many",
    "Notes",
    "content",
    "content_digest",
    "digest_of_names",
    "existence",
    "identity",
    "link_digest",
    "look",
    "marker",
    "names",
    "names_digest",
    "remembered",
    "size_digest",
    "stat_digest",
    "stats_digest",
]

SETTLED_NS: Final = 2_000_000_000
NOTED_FROM: Final = 256 * 1024  # bytes; below it, reading the note costs what reading the file costs
_MANY: Final = 64  # files from which they are worth a note that they share
_ITEM: Final = struct.Struct("<qqqqq16s")
_WIDEST: Final = 1 << 63
CHUNK: Final = 1 << 20
_FILE_SEED: Final = 1  # a content never has the digest of a marker, which is made without a seed
_MOST_REMEMBERED: Final = 200_000
_MOST_LISTINGS: Final = 10_000

_stat = os.stat  # bound here: while a run is on, `os.stat` is one that takes note of it
_scandir = os.scandir
_listdir = os.listdir
_readlink = os.readlink


class Notes(Protocol):
    """A memory of digests that outlives the process. Advisory: it may forget, and fails silently."""

    def get_note(self, kind: str, key: str, /) -> bytes | None:
        """Return what was put, or None."""

    def put_note(self, kind: str, key: str, value: bytes, /) -> None:
        """Remember a value, if possible."""


class Identity(NamedTuple):
    """What a stat tells of a file; an equal one stands for an equal content, once it has settled."""

    device: int
    inode: int
    size: int
    mtime: int
    ctime: int

    @classmethod
    def of(cls, st: os.stat_result) -> Identity:
        """Return the identity in a stat."""
        return cls(st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns)


def marker(text: bytes) -> bytes:
    """Return the digest of a state that has no content."""
    return xxh3_128(b"observed\0" + text).digest()


ABSENT: Final = marker(b"missing")
UNREADABLE: Final = marker(b"unreadable")
DIRECTORY: Final = marker(b"directory")
PLAIN: Final = marker(b"file")

remembered: dict[tuple[int, int, int, int, int], bytes] = {}
"""Digests of contents by identity, of settled files only. Keyed by plain tuples or identities alike."""

_listings: dict[tuple[Identity, frozenset[str]], bytes] = {}
_remote: dict[int, bool] = {}

_NETWORK: Final = frozenset(
    """
    nfs nfs4 cifs smb3 smbfs lustre gpfs beegfs beegfs_nodev ceph glusterfs afs 9p panfs
    pvfs2 orangefs ocfs2 gfs2 coda ncpfs wekafs virtiofs
    """.split()  # noqa: SIM905  # names read best as words in lines
)


def _mounts() -> dict[int, str]:
    """Return the type of the file system behind each device number, where the system tells."""
    found: dict[int, str] = {}
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                left, _, right = line.partition(" - ")
                major, _, minor = left.split()[2].partition(":")
                found[os.makedev(int(major), int(minor))] = right.split()[0]
    except (OSError, ValueError, IndexError, AttributeError):
        return {}
    return found


def is_remote(device: int) -> bool:
    """Return whether a device is a network file system, as far as the system tells."""
    answer = _remote.get(device)
    if answer is None:
        kind = _mounts().get(device, "") if sys.platform == "linux" else ""
        answer = _remote[device] = kind in _NETWORK or kind.startswith("fuse")
    return answer


def present_stat(path: str) -> os.stat_result:
    """Return the stat of a path as it is now, also on a network file system; raises like `os.stat`."""
    st = _stat(path)
    if is_remote(st.st_dev) and stat_bits.S_ISREG(st.st_mode):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            st = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    return st


def identity(path: str) -> Identity | None:
    """Return the identity of what a path leads to, or None where there is nothing to be seen."""
    try:
        return Identity.of(present_stat(path))
    except (OSError, ValueError):
        return None


def content(path: str, notes: Notes | None) -> tuple[Identity | None, bytes]:
    """Return the digest of a file's content and the identity it was read under.

    A missing file and one that must not be read have digests of their own, and no identity.

    Raises:
        OSError: the file cannot be read for a reason that says nothing of the file: an I/O error.
    """
    try:
        st = present_stat(path)
        if not stat_bits.S_ISREG(st.st_mode):
            return None, DIRECTORY if stat_bits.S_ISDIR(st.st_mode) else UNREADABLE
        found = Identity.of(st)
        digest = remembered.get(found) or _noted(found, notes)
        return (found, digest) if digest is not None else _read(path, notes)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None, ABSENT
    except PermissionError:
        return None, UNREADABLE


def content_digest(data: Any) -> bytes:
    """Return the digest that a file with this content has."""
    return xxh3_128(data, seed=_FILE_SEED).digest()


def look(path: str) -> tuple[Identity | None, bool]:
    """Return the identity of what a path leads to, if anything, and whether that can be read like a file."""
    try:
        st = present_stat(path)
    except (OSError, ValueError):
        return None, True
    return Identity.of(st), stat_bits.S_ISREG(st.st_mode)


def _note_key(found: Identity) -> str:
    return "-".join([f"{number:x}" for number in found])


def _noted(found: Identity, notes: Notes | None) -> bytes | None:
    if notes is None or found.size < NOTED_FROM:
        return None
    digest = notes.get_note("files", _note_key(found))
    if digest is None or len(digest) != 16:
        return None
    _remember(found, digest)
    return digest


def _remember(found: Identity, digest: bytes) -> None:
    if len(remembered) >= _MOST_REMEMBERED:
        remembered.clear()
    remembered[found] = digest


def _read(path: str, notes: Notes | None) -> tuple[Identity, bytes]:
    """Digest a file in bounded memory; twice at most while somebody is writing it."""
    with open(path, "rb", buffering=0) as file:  # Path.open costs 5 microseconds more
        before = Identity.of(os.fstat(file.fileno()))
        for _attempt in range(2):
            started = time.time_ns()
            hasher = xxh3_128(seed=_FILE_SEED)
            file.seek(0)
            if before.size < CHUNK:
                hasher.update(file.read(CHUNK))
            else:
                buffer = memoryview(bytearray(CHUNK))
                while count := file.readinto(buffer):
                    hasher.update(buffer[:count])
            after = Identity.of(os.fstat(file.fileno()))
            if after == before:
                break
            before = after
        digest = hasher.digest()
        if after == before and max(after.mtime, after.ctime) <= started - SETTLED_NS:
            _remember(after, digest)
            if notes is not None and after.size >= NOTED_FROM:
                notes.put_note("files", _note_key(after), digest)
        return after, digest


class Many:
    """The digests of many small files in one note: for each by itself, reading a note costs what reading the file does.

    Args:
        notes: a memory of digests that outlives the process.
        of: what the files belong to: the bytes of a trace, the path of a folder.
        count: how many files there are about; it takes many to be worth a note.
    """

    __slots__ = ("_notes", "_of", "_read", "_recalled", "_worth")

    def __init__(self, notes: Notes | None, of: bytes, count: int) -> None:
        self._notes = notes
        self._of = of
        self._worth = count >= _MANY and notes is not None
        self._recalled = False
        self._read = 0

    def content(self, path: str) -> bytes:
        """Return the digest of a file's content, like `content`."""
        if self._worth:
            self._recall()
            self._read += identity(path) not in remembered
        return content(path, self._notes)[1]

    def _recall(self) -> None:
        if self._recalled or self._notes is None:
            return
        self._recalled = True
        note = self._notes.get_note("many", self._key()) or b""
        if len(note) % _ITEM.size == 0:
            for *numbers, digest in _ITEM.iter_unpack(note):
                remembered.setdefault(Identity(*numbers), digest)

    def keep(self, paths: Iterable[str], *, anew: bool = False) -> None:
        """Take the note, if much of what is in these files had to be read, or anew."""
        if not self._worth or self._notes is None or not (anew or self._read >= _MANY):
            return
        found = filter(None, map(identity, paths))
        small = [one for one in found if one.size < NOTED_FROM and one in remembered and max(one) < _WIDEST]
        if len(small) >= _MANY:
            self._notes.put_note("many", self._key(), b"".join([_ITEM.pack(*one, remembered[one]) for one in small]))

    def _key(self) -> str:
        return xxh3_128(self._of).hexdigest()


def existence(st: os.stat_result | None) -> bytes:
    """Return the digest of whether there is something, and whether it is a directory."""
    if st is None:
        return ABSENT
    return DIRECTORY if stat_bits.S_ISDIR(st.st_mode) else PLAIN


def size_digest(st: os.stat_result | Identity | None) -> bytes:
    """Return the digest of a file's size."""
    if st is None:
        return ABSENT
    return marker(b"size %d" % (st.size if isinstance(st, Identity) else st.st_size))


def stat_digest(st: os.stat_result | Identity | None) -> bytes:
    """Return the digest of a file's size and time of change; its inode says nothing of a copy."""
    if st is None:
        return ABSENT
    size, mtime = (st.size, st.mtime) if isinstance(st, Identity) else (st.st_size, st.st_mtime_ns)
    return marker(b"stat %d %d" % (size, mtime))


def link_digest(path: str) -> bytes:
    """Return the digest of where a link leads to."""
    try:
        return marker(b"link " + os.fsencode(_readlink(path)))
    except (OSError, ValueError):
        return ABSENT


NEVER_LISTED: Final = frozenset(("__pycache__", ".ipynb_checkpoints", ".Lutil-checkpoint"))
"""What Python, Jupyter and we put beside the user's files by ourselves."""


def names(path: str) -> frozenset[str] | bytes:
    """Return the names in a folder that count, or the marker of why there are none.

    Raises:
        OSError: an I/O error.
    """
    try:
        return frozenset(_listdir(path)) - NEVER_LISTED
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return ABSENT
    except PermissionError:
        return UNREADABLE


def digest_of_names(found: frozenset[str] | bytes, without: frozenset[str] = frozenset()) -> bytes:
    """Return the digest of what `names` gave, but for some of it."""
    if isinstance(found, bytes):
        return found
    return marker(b"names\0" + "\0".join(sorted(found - without)).encode("utf-8", "surrogateescape"))


def names_digest(path: str, without: frozenset[str] = frozenset()) -> bytes:
    """Return the digest of the names in a folder; remembered while the folder's own stat stands.

    Raises:
        OSError: an I/O error.
    """
    found = identity(path)
    digest = _listings.get((found, without)) if found is not None else None
    if digest is not None and found is not None and not is_remote(found.device):
        return digest
    started = time.time_ns()
    digest = digest_of_names(names(path), without)
    if found is not None and max(found.mtime, found.ctime) <= started - SETTLED_NS:
        if len(_listings) > _MOST_LISTINGS:
            _listings.clear()
        _listings[(found, without)] = digest
    return digest


def stats_digest(path: str, without: frozenset[str] = frozenset()) -> bytes:
    """Return the digest of names, sizes and times of change of a folder's files.

    Raises:
        OSError: an I/O error.
    """
    left_out = NEVER_LISTED | without
    try:
        with _scandir(path) as entries:
            lines = [
                f"{entry.name}\0{st.st_size}\0{st.st_mtime_ns}"
                for entry in entries
                if entry.name not in left_out and entry.is_file() and (st := entry.stat())
            ]
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return ABSENT
    except PermissionError:
        return UNREADABLE
    return marker(b"stats\0" + "\0".join(sorted(lines)).encode("utf-8", "surrogateescape"))
