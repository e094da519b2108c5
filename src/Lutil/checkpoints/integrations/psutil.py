"""psutil: what it tells of processes, where the system has no /proc. Imported when it is first asked."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
from collections.abc import Iterator
from typing import Any

__all__ = ["connected", "is_there", "status", "thread_used", "used"]


_MAPPED = "::ffff:"


@functools.cache
def _load() -> Any:
    return importlib.import_module("psutil")


def is_there() -> bool:
    """Tell whether psutil can be used here."""
    try:
        _load()
    except ImportError:
        return False
    return True


def status(pid: int) -> tuple[bool, float] | None:
    """Return whether a process is stopped, and the seconds of CPU that it has used; None if there is none."""
    psutil = _load()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_STOPPED, _cpu(process)
    return None


def used(pid: int) -> dict[int, float]:
    """Return the seconds of CPU of a process and of each of its descendants, by their numbers."""
    psutil = _load()
    found: dict[int, float] = {}
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                found[one.pid] = _cpu(one)
    return found


def thread_used(pid: int, thread: int) -> float | None:
    """Return the seconds of CPU of one thread of a process; None if there is none with this number."""
    psutil = _load()
    with contextlib.suppress(psutil.Error):
        for one in psutil.Process(pid).threads():
            if one.id == thread:
                return float(one.user_time + one.system_time)
    return None


def connected(pid: int, thread: int) -> bool:  # noqa: ARG001  # as where threads can be told apart
    """Tell whether a process, or a descendant, has a connection of the internet's kind with this process."""
    here = {*_connections(os.getpid())}
    return any((remote, local) in here for other in used(pid) for local, remote in _connections(other))


def _connections(pid: int) -> Iterator[tuple[Any, Any]]:
    """Yield the two ends of each connection; one of IPv4 to a socket of IPv6 has two ways to be written."""
    psutil = _load()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        listed = getattr(process, "net_connections", None) or process.connections  # the latter until psutil 6
        for one in listed(kind="inet"):
            if one.raddr:
                (local, *port), (remote, *other) = one.laddr, one.raddr
                yield (local.removeprefix(_MAPPED), *port), (remote.removeprefix(_MAPPED), *other)


def _cpu(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
