"""Whether one process may be waiting for an answer from another: a socket or a pipe of the one ends at the other.

Linux only. Everything is read from /proc, and from the kernel's list of unix sockets, which has each one's peer
(sock_diag(7)). What cannot be read, such as the files of other users' processes, counts as not connected.

Processes that one parent has started hold each other's pipes and pairs of sockets, by inheritance and for good. Those
count only for a holder that sleeps in the read of one, as one does that asks a sibling by a queue.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from ...model.process._records import NamedTuple

__all__ = ["connected"]

_ESTABLISHED: Final = "01"
_LISTENING: Final = "0A"
_MAPPED: Final = "0000000000000000FFFF0000"
"""How /proc/net/tcp6 begins an address of IPv4."""
_STDIO: Final = 3

# From linux/sock_diag.h and linux/unix_diag.h.
_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_REQUEST_DUMP: Final = 0x301
_SHOW_NAME_PEER_QUEUE: Final = 0x1 | 0x4 | 0x8
_NAME, _PEER, _QUEUE = 0, 2, 3
_HEADER: Final = struct.Struct("=IHHII")
_QUESTION: Final = struct.Struct("=BBHIIIII")
_FOUND: Final = struct.Struct("=BBBBIII")
_FIELD: Final = struct.Struct("=HH")


class _Ends(NamedTuple):
    """Numbers of what some processes have open: sockets, and the two ends of pipes."""

    sockets: set[int]
    reads: set[int]
    writes: set[int]


def connected(mine: Iterable[int], theirs: Iterable[int], *, blocked: bool = False) -> bool:
    """Tell whether one of their processes may wait for what one of mine sends.

    Args:
        mine: process ids.
        theirs: process ids; may be the same, then connections of a process with itself count.
        blocked: whether their process sleeps in the read of a pipe or of a unix socket: then pipes count, and sockets
            without a name, inherited or not.
    """
    mine, theirs = set(mine), set(theirs)
    itself = mine == theirs
    here, there = _ends(mine), _ends(theirs)
    shared = set() if itself or blocked else here.sockets & there.sockets
    for one, other in (*_internet(here.sockets), *_unix(named_only=itself or not blocked)):
        if one in there.sockets and other in here.sockets and not {one, other} & shared:
            return True
    return blocked and not itself and bool(there.reads & here.writes)


def _ends(pids: Iterable[int]) -> _Ends:
    found = _Ends(set(), set(), set())
    for pid in pids:
        folder = f"/proc/{pid}/fd"
        try:
            names = os.listdir(folder)  # noqa: PTH208  # paths are strings in this room
        except OSError:
            continue
        for name in names:
            # Closed since, or not ours to see.
            with contextlib.suppress(OSError):
                _note(f"{folder}/{name}", found, inherited=int(name) < _STDIO)
    return found


def _note(path: str, found: _Ends, *, inherited: bool) -> None:
    what = os.stat(path)  # noqa: PTH116  # the same
    if stat.S_ISSOCK(what.st_mode):
        found.sockets.add(what.st_ino)
    elif stat.S_ISFIFO(what.st_mode) and not inherited:
        mode = os.lstat(path).st_mode
        if mode & stat.S_IRUSR:
            found.reads.add(what.st_ino)
        if mode & stat.S_IWUSR:
            found.writes.add(what.st_ino)


def _internet(mine: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the two ends of each connection within this machine; one that waits to be accepted ends at its listener."""
    ends: dict[tuple[str, str], int] = {}
    listeners: dict[str, int] = {}
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError), open(f"/proc/self/net/{kind}", encoding="utf-8") as file:  # noqa: PTH123
            next(file, None)
            for line in file:
                fields = line.split(maxsplit=10)
                number = int(fields[9])
                if fields[3] == _LISTENING and number in mine:
                    listeners[fields[1].rpartition(":")[2]] = number
                elif fields[3] == _ESTABLISHED:
                    ends[_plain(fields[1]), _plain(fields[2])] = number
    for (local, remote), number in ends.items():
        other = ends.get((remote, local))
        if other == 0:
            other = listeners.get(remote.rpartition(":")[2])
        if number and other:
            yield number, other


def _plain(address: str) -> str:
    return address.removeprefix(_MAPPED)


def _unix(*, named_only: bool) -> Iterator[tuple[int, int]]:
    """Yield the two ends of each unix socket; one that waits to be accepted ends at its listener.

    Args:
        named_only: leave out pairs without a name, which an event loop has to wake itself.
    """
    named: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for number, fields in _unix_sockets():
        if _NAME in fields:
            named.add(number)
        if _PEER in fields:
            pairs.append((number, struct.unpack("=I", fields[_PEER][:4])[0]))
        waiting = fields.get(_QUEUE, b"")
        pairs += [(client, number) for (client,) in struct.iter_unpack("=I", waiting[: len(waiting) // 4 * 4])]
    for one, other in pairs:
        if not named_only or one in named or other in named:
            yield one, other


def _unix_sockets() -> Iterator[tuple[int, dict[int, bytes]]]:
    question = _QUESTION.pack(socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_NAME_PEER_QUEUE, 0, 0)
    # A system without it, or a container that forbids it: then unix sockets are not seen.
    with contextlib.suppress(OSError, AttributeError, struct.error):
        kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)
        try:
            kernel.settimeout(1.0)
            head = _HEADER.pack(_HEADER.size + len(question), _BY_FAMILY, _REQUEST_DUMP, 1, 0)
            kernel.send(head + question)
            while True:
                data = kernel.recv(1 << 16)
                at = 0
                while at < len(data):
                    length, kind, *_ = _HEADER.unpack_from(data, at)
                    if kind != _BY_FAMILY or length < _HEADER.size:
                        return
                    yield _socket(data[at + _HEADER.size : at + length])
                    at += (length + 3) & ~3
        finally:
            kernel.close()


def _socket(message: bytes) -> tuple[int, dict[int, bytes]]:
    number = _FOUND.unpack_from(message)[4]
    fields: dict[int, bytes] = {}
    at = _FOUND.size
    while at + _FIELD.size <= len(message):
        length, kind = _FIELD.unpack_from(message, at)
        if length < _FIELD.size:
            break
        fields[kind] = message[at + _FIELD.size : at + length]
        at += (length + 3) & ~3
    return number, fields
