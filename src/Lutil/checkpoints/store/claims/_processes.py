"""What a process of this machine is doing: gone, stopped, how much CPU it has used, whom it is connected with.

Linux tells by /proc. Elsewhere psutil does where it is installed, and else nobody: then time alone bounds a wait.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import Final

from ...model.process._late import loading
from ...model.process._records import NamedTuple

__all__ = ["LINUX", "NOWHERE", "Machine", "Status", "ancestors", "host", "place", "this_machine"]

_STOPPED: Final = "T"
"""By SIGSTOP or Ctrl-Z. A debugger's stop is another letter: it is for moments, or somebody sits there."""


class Status(NamedTuple):
    """What one process is doing.

    Attributes:
        stopped: whether it was stopped, by SIGSTOP or Ctrl-Z.
        cpu: seconds of CPU that it has used, with its children that have ended.
    """

    stopped: bool
    cpu: float


class Machine(NamedTuple):
    """What can be seen of the processes of this machine.

    Attributes:
        sees: whether anything can be.
        status: what a process is doing; None if there is none with this number.
        used: seconds of CPU of a process and of each of its descendants, by their numbers.
        thread_used: seconds of CPU of one thread of a process; None if there is none with this number.
        connected: whether a process, by one of its threads, may be waiting for an answer from this process.
    """

    sees: bool
    status: Callable[[int], Status | None]
    used: Callable[[int], dict[int, float]]
    thread_used: Callable[[int, int], float | None]
    connected: Callable[[int, int], bool]


def _status(pid: int) -> Status | None:
    fields = _stat(f"/proc/{pid}/stat")
    return None if fields is None else Status(fields[0] == _STOPPED, _cpu(fields[11:15]))


def _used(pid: int) -> dict[int, float]:
    found: dict[int, float] = {}
    ahead = [pid]
    while ahead:
        at = ahead.pop()
        status = None if at in found else _status(at)
        if status is not None:
            found[at] = status.cpu
            ahead += _children(at)
    return found


def _thread_used(pid: int, thread: int) -> float | None:
    fields = _stat(f"/proc/{pid}/task/{thread}/stat")
    return None if fields is None else _cpu(fields[11:13])


def _connected(pid: int, thread: int) -> bool:
    with loading:
        from ._channels import connected  # noqa: PLC0415  # only who waits for somebody idle needs it

    me, above = os.getpid(), ancestors(pid)
    if pid == me:
        return connected({me}, {me})
    # Workers of one parent are all connected with that: no sign that one of them waits for another.
    mine = {me, *(parent for parent in _served() if parent != pid and parent not in above)}
    return connected(mine, _used(pid), blocked=_sleeps_in_read(pid, thread))


LINUX: Final = Machine(True, _status, _used, _thread_used, _connected)  # noqa: FBT003  # by position, as a table
NOWHERE: Final = Machine(False, lambda _: None, lambda _: {}, lambda *_: None, lambda *_: False)  # noqa: FBT003


@functools.cache
def this_machine() -> Machine:
    """Return what can be seen of the processes of this machine."""
    if sys.platform == "linux" and _stat("/proc/self/stat") is not None:
        return LINUX
    with loading:
        from ...integrations import psutil  # noqa: PLC0415  # only who waits, and only elsewhere, needs it

    if not psutil.is_there():
        return NOWHERE

    def status(pid: int) -> Status | None:
        found = psutil.status(pid)
        return None if found is None else Status(*found)

    return Machine(True, status, psutil.used, psutil.thread_used, psutil.connected)  # noqa: FBT003  # as above


def ancestors(pid: int = 0) -> set[int]:
    """Return the processes that one descends from, this one if none is named; the nearest where no more can be seen."""
    found: set[int] = set()
    fields = _stat(f"/proc/{pid}/stat") if pid else None
    pid = int(fields[1]) if fields else 0 if pid else os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        fields = _stat(f"/proc/{pid}/stat")
        if fields is None:
            break
        pid = int(fields[1])
    return found


@functools.cache
def host() -> str:
    """Return the name of this machine."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


@functools.cache
def place() -> str:
    """Return where process numbers mean the same as here: this machine since it started, and this container."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:  # noqa: PTH123  # strings, in this room
            return file.read(8) + os.readlink("/proc/self/ns/pid").strip("pid:[]")  # noqa: PTH115  # the same
    except OSError:
        return host()


def _served() -> Iterator[int]:
    """Yield the process whose worker this one is: what it is asked, we may have to answer."""
    process = sys.modules.get("multiprocessing.process")
    parent = None if process is None else process.parent_process()
    if parent is not None and parent.pid:
        yield parent.pid


def _sleeps_in_read(pid: int, thread: int) -> bool:
    """Tell whether a thread sleeps in the kernel's read of a pipe or of a unix socket."""
    try:
        with open(f"/proc/{pid}/task/{thread or pid}/wchan", encoding="utf-8") as file:  # noqa: PTH123  # the same
            where = file.read()
    except OSError:
        return False
    return "pipe_read" in where or "unix_stream" in where


def _stat(path: str) -> list[str] | None:
    """Return the fields of a stat file of /proc that stand behind the program's name."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # the same
            # The name stands in brackets and may hold anything, also brackets.
            return file.read().rpartition(b")")[2].decode("ascii").split()
    except (OSError, ValueError):
        return None


def _cpu(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> Iterator[int]:
    folder = f"/proc/{pid}/task"
    try:
        threads = os.listdir(folder)  # noqa: PTH208  # the same
        for thread in threads:
            with open(f"{folder}/{thread}/children", "rb") as file:  # noqa: PTH123  # the same
                yield from map(int, file.read().split())
    except FileNotFoundError:
        # A thread that ended meanwhile, or a kernel that lists no children.
        yield from _children_by_parent(pid)
    except OSError:
        return


def _children_by_parent(pid: int) -> Iterator[int]:
    try:
        names = os.listdir("/proc")  # noqa: PTH208  # the same
    except OSError:
        return
    for name in names:
        fields = _stat(f"/proc/{name}/stat") if name.isdigit() else None
        if fields is not None and int(fields[1]) == pid:
            yield int(name)
