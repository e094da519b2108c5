"""Rooms whose modules are loaded when one of their names is first asked for, so that a hit loads what a hit needs.

A child that is forked while a thread loads a module would wait for ever for who loads it. So a fork waits until nobody
loads anything, and whoever wants to load waits until the fork is done.
A signal handler that interrupts the loading finds a module that is not whole: see `is_being_loaded`.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar, overload

__all__ = ["is_being_loaded", "late", "loading", "made_once"]

_T = TypeVar("_T")
_PATIENCE: Final = 5.0
"""Seconds that one waits for the other: longer than anything takes to load."""
_loading: dict[int, int] = {}
"""By thread, how many modules it is loading, one for the other. No lock: who loads may wait for another who does."""
_forking: dict[int, None] = {}
"""The threads that are about to fork."""


class _Loading:
    """Within it, this thread may load modules: around an import that is made when it is needed."""

    def __enter__(self) -> None:
        me = threading.get_ident()
        while True:
            _loading[me] = _loading.get(me, 0) + 1
            if _loading[me] > 1 or not _others(_forking):
                return
            self.__exit__()  # each takes note before it looks: one of the two sees the other
            _wait_for(_forking)
            if _others(_forking):  # patience has an end
                _forking.clear()

    def __exit__(self, *_: object) -> None:
        me = threading.get_ident()
        _loading[me] -= 1
        if not _loading[me]:
            del _loading[me]


loading: Final = _Loading()


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package (PEP 562) whose names stand in modules of it.

    Args:
        package: its name.
        homes: by module, relative to the package, the names that are taken from there, apart by blanks.

    Example:
        >>> find = late("json", {".decoder": "JSONDecoder"})
        >>> find("JSONDecoder").__module__
        'json.decoder'
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with loading:
            found: object = getattr(importlib.import_module(home[name], package), name)
        setattr(sys.modules[package], name, found)  # from now on it is found without asking
        return found

    return find


class made_once(Generic[_T]):  # noqa: N801  (a decorator)
    """An attribute that is made when it is first asked for, one for all threads that come first at once.

    `functools.cached_property` holds a lock for ever while it makes one (3.11), or makes several (3.12).

    Example:
        >>> class Shop:
        ...     @made_once
        ...     def shelves(self):
        ...         return []
        >>> shop = Shop()
        >>> shop.shelves is shop.shelves
        True
    """

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make = make
        self._name = make.__name__

    @overload
    def __get__(self, instance: None, owner: type) -> made_once[_T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else instance.__dict__.setdefault(self._name, self._make(instance))


def is_being_loaded(error: BaseException) -> bool:
    """Tell whether an error says that a module is not whole yet, since its loading has been interrupted by who asks."""
    return isinstance(error, (ImportError, AttributeError)) and "partially initialized module" in str(error)


def _others(threads: Mapping[int, object]) -> bool:
    """Tell whether other threads are among these, but for those that an exception from outside has ended in between."""
    others = threads.keys() - {threading.get_ident()}
    return bool(others) and not others.isdisjoint(sys._current_frames())  # noqa: SLF001


def _wait_for(threads: Mapping[int, object]) -> None:
    """Wait until no other thread is among these, but not for ever."""
    end = time.monotonic() + _PATIENCE
    while _others(threads) and time.monotonic() < end:
        time.sleep(0.001)


def _before_fork() -> None:
    _forking[threading.get_ident()] = None
    _wait_for(_loading)


def _after_fork() -> None:
    _forking.pop(threading.get_ident(), None)


def _after_fork_in_child() -> None:
    _loading.clear()
    _forking.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
