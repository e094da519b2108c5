"""Publishing in the background: a bounded queue, some threads that live while there is work, flushed at exit.

The queue holds names and keys, no results: what is to be published lies in the local store. So nothing is lost that
does not fit, or that is still waiting when the process dies: `lutil push` finds it.

A forked child begins with an empty queue: what its parent has not published yet the parent publishes.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from ...model._errors import SettingError
from ...model.process._interrupts import let_pass
from ...model.process._log import log, say
from ...model.process._records import NamedTuple
from .._file_store import FileStore
from ._remote import is_usable
from ._shared_store import SharedStore

__all__ = ["flush", "in_background", "offer"]

_MOST: Final = 100_000
_THREADS: Final = 8
_SAID_AFTER: Final = 2.0


class _Job(NamedTuple):
    shared: SharedStore
    local: FileStore
    name: str = ""
    key: str = ""
    other: Callable[[], None] | None = None


class _Queue:
    """The jobs of one process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.change = threading.Condition()
        self.waiting: deque[_Job] = deque()
        self.threads = 0
        self.left: dict[str, int] = {}
        self.flushes_at_exit = False


_queue = _Queue()


def offer(shared: SharedStore, local: FileStore, name: str, key: str) -> None:
    """Have an entry published in the background, or leave it to `lutil push` where too much is waiting."""
    if not _add(_Job(shared, local, name, key)):
        _leave(shared)


def in_background(shared: SharedStore, local: FileStore, other: Callable[[], None]) -> None:
    """Have something else done in the background that may be left undone."""
    _add(_Job(shared, local, other=other))


def _add(job: _Job) -> bool:
    queue = _queue
    if not is_usable():
        return False
    with queue.change:
        if len(queue.waiting) >= _MOST:
            return False
        queue.waiting.append(job)
        if not queue.flushes_at_exit:
            queue.flushes_at_exit = True
            _flush_at_the_end()
        if queue.threads < min(_THREADS, len(queue.waiting)):
            queue.threads += 1
            _thread.start_new_thread(_work, (queue,))  # one of `threading` would belong to the run that saves
    return True


def flush(seconds: float = float("inf"), progress: Callable[[int], None] | None = None) -> bool:
    """Wait until all is published, or left out for trouble; return whether that is so.

    Args:
        seconds: to wait at most.
        progress: is told now and then how many entries are waiting or on their way.
    """
    queue, end = _queue, time.monotonic() + seconds
    with queue.change:
        while queue.threads:
            if progress is not None:
                progress(len(queue.waiting) + queue.threads)
            if not queue.change.wait(min(0.5, max(0.0, end - time.monotonic()))) and time.monotonic() >= end:
                return False
    return True


def _work(queue: _Queue) -> None:
    while True:
        with queue.change:
            if not queue.waiting:
                queue.threads -= 1
                queue.change.notify_all()
                return
            job = queue.waiting.popleft()
        try:
            _publish(job)
        except BaseException as error:  # noqa: BLE001  (the thread ends, and whoever flushes must not wait for it)
            _leave(job.shared)
            log.info("%s %s was not published", job.name, job.key, exc_info=error)
            let_pass(error)


def _publish(job: _Job) -> None:
    shared = job.shared
    if job.other is not None:
        job.other()
        return
    if not shared.writes:
        _leave(shared)
        return
    try:
        why = shared.publish(job.local, job.name, job.key)
    except SettingError as error:
        shared.writing.stop(str(error))
    except OSError as error:
        _leave(shared)
        log.info("%s %s was not published to %s: %s", job.name, job.key, shared.url, error)
    else:
        if why:
            log.info("%s %s is not published to %s: %s", job.name, job.key, shared.url, why)


def _leave(shared: SharedStore) -> None:
    _queue.left[shared.url] = _queue.left.get(shared.url, 0) + 1


def _flush_at_the_end() -> None:
    atexit.register(_at_the_end)
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415  (a worker of a pool runs no `atexit`)

        Finalize(None, _at_the_end, exitpriority=0)


def _at_the_end() -> None:
    if _queue.process != os.getpid():
        return
    start, said = time.monotonic(), [0.0]

    def progress(count: int) -> None:
        now = time.monotonic()
        if now - start > _SAID_AFTER and now - said[0] > _SAID_AFTER:
            said[0] = now
            say(f"Lutil: {count} results are on their way to the shared store (Ctrl-C leaves them to `lutil push`)")

    try:
        flush(progress=progress)
    except KeyboardInterrupt:
        with _queue.change:
            for job in _queue.waiting:
                if job.other is None:
                    _leave(job.shared)
            _queue.waiting.clear()
    for url, count in _queue.left.items():
        say(f"Lutil: {count} result{'s are' if count > 1 else ' is'} not in {url} yet: lutil push")
    _queue.left.clear()


def _forget_the_parents() -> None:
    global _queue  # noqa: PLW0603  (its lock may be held by a thread that is not here)
    _queue = _Queue()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents)
