"""Stand-ins that are up while a run is on, and gone afterwards.

Some of what a run reads raises no audit event, or happens where the context variable does not reach: threads,
processes, native readers, tests for existence. For the time of a run a few functions are replaced by ones that look
like them, tell the run, and do what the original does. Where no run is on in the calling context, they do only that.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, Final, NamedTuple

from .._identity import identity
from ._callers import is_library_file
from ._current import Run, current, enter
from ._existence import existence_standins
from ._loading import loading_standins, unwatch_loading, watch_loading
from ._native import NATIVE, Lent, native_standins
from ._process import PARSERS, parser_standins, process_standins
from ._seeding import SEEDED, put_up_seeding

__all__ = ["StandIn", "is_up", "put_up", "take_down"]

Wrapper = Callable[..., Any]
StandIn = tuple[Any, str, Callable[[Wrapper], Wrapper]]
"""Where it goes: the module or class, the attribute; and how it is made of the function that is there."""


class _Standing(NamedTuple):
    """A function, or standard input, that stands for another one; made once.

    Attributes:
        capabilities: the sets of `os` that know the original.
    """

    owner: Any
    name: str
    original: Wrapper
    standin: Wrapper
    capabilities: tuple[set[Wrapper], ...]


_made: dict[tuple[int, str], _Standing] = {}
_up: list[_Standing] = []


def _carried(function: Callable[..., Any], run: Run | None) -> Callable[..., Any]:
    """Return a function that works in the context of a run, or of none, in whatever thread it is called."""

    def carried(*args: Any, **kwargs: Any) -> Any:
        before = current()
        enter(run)
        try:
            return function(*args, **kwargs)
        finally:
            enter(before)

    return carried


def _thread_start(original: Wrapper) -> Wrapper:
    def start(self: Any) -> Any:
        run = current()
        if run is not None:
            inner = self.run

            def run_carried() -> None:
                del self.run  # the thread is as it would be without us, before anything of it runs
                enter(run)
                inner()

            self.run = run_carried
        return original(self)

    return start


def _process_start(original: Wrapper) -> Wrapper:
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


def _handing(method: str, original: Wrapper) -> Wrapper:
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


def _drawn(items: Iterator[Any], run: Run) -> Iterator[Any]:
    """Yield items, each made in the context of a run."""
    step, end = _carried(next, run), object()
    while (item := step(items, end)) is not end:
        yield item


def _adding(original: Wrapper) -> Wrapper:
    def adding(self: Any, function: Callable[..., Any]) -> Any:
        run = current()
        return original(self, function if run is None else _carried(function, run))

    return adding


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


def _pools_of_threads() -> tuple[type, ...]:
    found = (("concurrent.futures.thread", "ThreadPoolExecutor"), ("multiprocessing.pool", "ThreadPool"))
    return tuple(getattr(sys.modules[module], name) for module, name in found if module in sys.modules)


def _concurrency_standins(only: str = "") -> Iterator[StandIn]:
    if not only:
        yield threading.Thread, "start", _thread_start
    processes = sys.modules.get(_PROCESSES)
    if processes is not None and only in {"", _PROCESSES}:
        yield processes.BaseProcess, "start", _process_start
    for module_name, (pool, methods) in _POOLS.items():
        owner = getattr(sys.modules.get(module_name), pool, None)
        if owner is not None and only in {"", module_name}:
            for method in methods:
                yield owner, method, functools.partial(_handing, method)
    future = getattr(sys.modules.get(_FUTURES), "Future", None)
    if future is not None and only in {"", _FUTURES}:
        yield future, "add_done_callback", _adding


_CAPABILITIES: Final = (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids)
"""Sets of functions, in which the standard library looks for `os.stat` itself."""


def _stand(owner: Any, name: str, make: Callable[[Wrapper], Wrapper]) -> None:
    original = vars(owner)[name]
    standing = _made.get((identity(owner), name))
    if standing is None or standing.original is not original or standing.owner is not owner:
        standing = _made[identity(owner), name] = _standing(owner, name, original, make(original))
    for functions in standing.capabilities:
        functions.add(standing.standin)
    _up.append(standing)  # before it stands there: whatever interrupts us, it will be taken down
    setattr(owner, name, standing.standin)


def _standing(owner: Any, name: str, original: Wrapper, standin: Wrapper) -> _Standing:
    if not isinstance(standin, FunctionType):
        return _Standing(owner, name, original, standin, ())
    functools.update_wrapper(standin, original)
    if isinstance(owner, ModuleType):
        standin.__module__ = owner.__name__  # where it is found, so that it can be pickled
    return _Standing(owner, name, original, standin, tuple(known for known in _CAPABILITIES if original in known))


class _Borrowed(Lent):
    """A native reader under a name of the project's own: code that names it reaches the original."""

    __lutil_own__ = True

    def __init__(self, reader: _Standing) -> None:
        super().__init__(reader.original, reader.standin)
        self._reader = reader
        self.__lutil_reach__ = reader.original

    def __eq__(self, other: object) -> bool:
        # `KEYWORDS[read_csv]`, where the table was made before
        return (other._original if isinstance(other, _Borrowed) else other) is self._original

    def __hash__(self) -> int:
        return hash(self._original)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return _reader, (self._reader.owner.__name__, self._reader.name)


def _reader(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


_LENDING: Final = frozenset((*NATIVE, "importlib"))
_searched: set[int] = set()
_loaded = [0]
_named: dict[tuple[ModuleType, str], None] = {}
"""Modules that were searched, how many were loaded then, and where they have a native reader under a name of theirs."""


def _stand_for_names() -> None:
    """Put up the stand-ins of native readers also where a module has one by `from polars import read_csv`."""
    readers = {identity(one.original): one for one in _up if getattr(one.owner, "__name__", "") in _LENDING}
    if not readers:
        return
    fresh = [sys.modules["__main__"]]  # to a cell of a notebook one may come at any time
    if len(sys.modules) != _loaded[0]:
        _loaded[0] = len(sys.modules)
        fresh += [
            one for one in list(sys.modules.values()) if isinstance(one, ModuleType) and identity(one) not in _searched
        ]
    for module in fresh:
        _searched.add(identity(module))
        if not readers.keys().isdisjoint(map(identity, vars(module).values())):
            names = [name for name, value in [*vars(module).items()] if _is_lent(value, module, readers)]
            _named.update(dict.fromkeys((module, name) for name in names))
    for module, name in _named:
        reader = readers.get(identity(vars(module).get(name)))
        if reader is not None:
            borrowed = _Borrowed(reader)
            _up.append(reader._replace(owner=module, name=name, standin=borrowed))  # before it stands there
            setattr(module, name, borrowed)


def _is_lent(value: object, module: ModuleType, readers: Mapping[int, _Standing]) -> bool:
    """Return whether a name of a module means a reader of another library."""
    reader = readers.get(identity(value))
    if reader is None or (reader.owner is importlib and is_library_file(getattr(module, "__file__", None) or "")):
        return False
    return bool(reader.owner.__name__.partition(".")[0] != module.__name__.partition(".")[0])


def is_up() -> bool:
    """Return whether the stand-ins are up."""
    return bool(_up)


def put_up() -> None:
    """Put up the stand-ins for what is loaded by now, and have those of what is loaded later follow."""
    always = (*existence_standins(), *process_standins(), *loading_standins())
    for standin in (*_concurrency_standins(), *native_standins(), *parser_standins(), *always):
        _stand(*standin)
    _stand_for_names()
    watch_loading(_FOLLOWED, _follow)


_FOLLOWED: Final = frozenset((*NATIVE, *PARSERS, *_POOLS, _PROCESSES, _FUTURES, *SEEDED))


def _follow(module: str) -> None:
    """Put up the stand-ins for a library that a run has just loaded."""
    put_up_seeding()
    if _up:
        for standin in (*_concurrency_standins(module), *native_standins(module), *parser_standins(module)):
            _stand(*standin)


def take_down() -> None:
    """Put the originals back, but where somebody else has put something over ours meanwhile: ours is harmless."""
    unwatch_loading()
    while _up:
        standing = _up[-1]
        if vars(standing.owner).get(standing.name) is standing.standin:
            setattr(standing.owner, standing.name, standing.original)
        for functions in standing.capabilities:
            functions.discard(standing.standin)
        _up.pop()
