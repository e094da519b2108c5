"""Stand-ins for what starts threads and processes, and hands them work: it belongs to the run that does so.

Programs replace these, too: gevent and eventlet put a class of their own in the place of `threading.Thread`, tools that
watch a program wrap its methods. So each class on the way is looked at, and a thread that two stand-ins see starting
belongs to the run once.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from .._active_runs import Current, WatchedRun, current, enter
from .._loaded_modules import loaded_of

__all__ = ["CONCURRENCY", "concurrency_standins"]

Wrapper = Callable[..., Any]

_PROCESSES: Final = "multiprocessing.process"
_POOLS: Final = {
    "concurrent.futures.thread": ("ThreadPoolExecutor", ("submit",)),
    "concurrent.futures.process": ("ProcessPoolExecutor", ("submit",)),
    "joblib.externals.loky.process_executor": ("ProcessPoolExecutor", ("submit",)),
    "loky.process_executor": ("ProcessPoolExecutor", ("submit",)),
    "multiprocessing.pool": ("Pool", ("apply_async", "_map_async", "imap", "imap_unordered")),
}
"""Pools, and those of their methods that take a function first. What they start may be older than the run."""
_CALLBACKS: Final = {"apply_async": (2, 3), "_map_async": (3, 4)}
_TELLS: Final = ("callback", "error_callback")
_FUTURES: Final = "concurrent.futures._base"

CONCURRENCY: Final = frozenset((*_POOLS, _PROCESSES, _FUTURES))


def _carried(function: Callable[..., Any], run: WatchedRun | None) -> Callable[..., Any]:
    """Return a function that works in the context of a run, or of none, in whatever thread it is called."""

    def carried(*args: Any, **kwargs: Any) -> Any:
        before = current()
        enter(run)
        try:
            return function(*args, **kwargs)
        finally:
            enter(before)

    return carried


class _CarriedRun:
    """The `run` of a thread that a run starts. The thread is as it would be without us before anything of it runs."""

    def __init__(self, thread: Any, run: WatchedRun) -> None:
        self._thread = thread
        self._run = run
        self._own = vars(thread).get("run")
        self._inner = thread.run

    def put_back(self) -> None:
        """Give the thread back the `run` that it had."""
        if vars(self._thread).get("run") is not self:
            return
        if self._own is None:
            del self._thread.run
        else:
            self._thread.run = self._own

    def __call__(self) -> None:
        self.put_back()
        enter(self._run)
        self._inner()


def _thread_start(original: Wrapper, current: Current) -> Wrapper:
    def start(self: Any) -> Any:
        run = current()
        state = getattr(self, "__dict__", None)
        if run is None or state is None or type(state.get("run")) is _CarriedRun:
            return original(self)
        carried = _CarriedRun(self, run)
        self.run = carried
        try:
            return original(self)
        except BaseException:  # it was not started: too many threads, or started before
            carried.put_back()
            raise

    return start


def _process_start(original: Wrapper, current: Current) -> Wrapper:
    def start(self: Any) -> Any:
        run = current()
        if run is None or "run" in vars(self):
            return original(self)
        self.run = run.carry(self.run)
        try:
            return original(self)
        finally:
            del self.run

    return start


def _handing(method: str, original: Wrapper, current: Current) -> Wrapper:
    """Return a method of a pool that has a function called as a part of the run, in a thread or a process.

    What the pool's own threads do for it here, too: tell that it is done, ask for what is next to be worked on.
    """
    callbacks, given = _CALLBACKS.get(method, ()), method.startswith("imap")

    def handing(self: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        run = current()
        in_threads = isinstance(self, _pools_of_threads())
        if in_threads:  # by nobody, too: the thread may have been started by a run that is on
            function = _carried(function, run)
        elif run is not None:
            function = run.carry(function)
        if run is not None:
            told = [place for place in callbacks if place < len(args) and callable(args[place])]
            args = tuple(_carried(item, run) if place in told else item for place, item in enumerate(args))
            kwargs |= {name: _carried(kwargs[name], run) for name in _TELLS if callable(kwargs.get(name))}
            if given and args:
                args = (_drawn(iter(args[0]), run), *args[1:])
        return original(self, function, *args, **kwargs)

    return handing


def _drawn(items: Iterator[Any], run: WatchedRun) -> Iterator[Any]:
    """Yield items, each made in the context of a run."""
    step, end = _carried(next, run), object()
    while (item := step(items, end)) is not end:
        yield item


def _adding(original: Wrapper, current: Current) -> Wrapper:
    def adding(self: Any, function: Callable[..., Any]) -> Any:
        run = current()
        return original(self, function if run is None else _carried(function, run))

    return adding


def _pools_of_threads() -> tuple[type, ...]:
    found = (("concurrent.futures.thread", "ThreadPoolExecutor"), ("multiprocessing.pool", "ThreadPool"))
    pools: list[type] = []
    for module, name in found:
        pool = getattr(sys.modules.get(module), name, None)
        if isinstance(pool, type):
            pools += [pool, *(base for base in pool.__mro__ if base.__name__ == name)]
    return tuple(pools)


def _definers(kind: Any, name: str, method: str) -> list[type]:
    """Return the classes that define a method of this class: the one of that name, and what was derived from it."""
    found: list[type] = []
    for base in getattr(kind, "__mro__", ()):
        if method in vars(base):
            found.append(base)
        if base.__name__ == name and found:
            break
    return found


def _thread_classes() -> list[type]:
    """Return the classes whose `start` starts a thread. `Timer` knows the one that Python itself has made."""
    kinds = [getattr(threading, name, None) for name in ("Thread", "Timer")]
    return list(dict.fromkeys(base for kind in kinds for base in _definers(kind, "Thread", "start")))


def concurrency_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[[Wrapper, Current], Wrapper]]]:
    """Yield the stand-ins of the modules that are loaded, or of one of them: where each goes, and how it is made."""
    if not only:
        for kind in _thread_classes():
            yield kind, "start", _thread_start
    process = getattr(sys.modules.get(_PROCESSES), "BaseProcess", None)
    if process is not None and only in {"", _PROCESSES}:
        yield process, "start", _process_start
    for module, (pool, methods) in loaded_of(_POOLS, only):
        owner = getattr(module, pool, None)
        if owner is not None:
            for method in methods:
                for kind in _definers(owner, pool, method):
                    yield kind, method, functools.partial(_handing, method)
    future = getattr(sys.modules.get(_FUTURES), "Future", None)
    if future is not None and only in {"", _FUTURES}:
        yield future, "add_done_callback", _adding
