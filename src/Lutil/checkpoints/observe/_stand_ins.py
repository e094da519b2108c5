"""Stand-ins that are up while a run is on, and gone afterwards.

Some of what a run reads raises no audit event, or happens where the context variable does not reach: threads,
processes, native readers, tests for existence, the seeding of random streams. For the time of a run a few functions are
replaced by ones that look like them, tell the run, and do what the original does.

Others replace functions as well, before a run, during it, or across its start or its end (`mock.patch`, tools that
watch a program, debuggers). So:

    what is there when a run starts is what is put back, unless somebody has put something else there meanwhile;
    a stand-in that somebody has kept does nothing but call the original once it was taken down, and gives up its place
    where it is found to be back in it: at its next call, or when a run starts or ends;
    what cannot be replaced is not seen: that is said in the log once, and by `explain`. It is never an error.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import ClassMethodDescriptorType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, Final

from ..model._identity import identity
from ..model.process._log import log
from ..model.process._specialized import look_up_again
from ._active_runs import Current, WatchedRun, current
from ._callers import is_library_file
from .files._existence import existence_standins
from .files._native_readers import Lent, is_native, native_standins
from .files._native_writers import WRITERS, writer_standins
from .streams._draws_aside import drawer_standins, draws_aside
from .streams._seeding import SEEDED, seeding_standins
from .surroundings._concurrency import CONCURRENCY, concurrency_standins
from .surroundings._loading import loading_standins, unwatch_loading, watch_loading
from .surroundings._process_inputs import PARSERS, parser_standins, process_standins

__all__ = ["is_up", "original_of", "put_up", "refuse", "take_down", "unwatchable"]

Wrapper = Callable[..., Any]
StandIn = tuple[Any, str, Callable[[Wrapper, Current], Wrapper]]
"""Where it goes: the module or class, the attribute; and how it is made of what is there and of who is to be told."""

_NOTHING: Final = object()


class _Standing:
    """A function, or standard input, that stands for another one.

    Attributes:
        original: what is put back.
        inherited: whether the class had it from another one, so that nothing is put back.
        sets: those of `os` that know the original.
        up: whether it is in its place, and tells of what it sees.
        kept: whether somebody else may have put it somewhere.
    """

    __slots__ = ("__weakref__", "function", "inherited", "kept", "name", "original", "owner", "sets", "standin", "up")

    def __init__(self, owner: Any, name: str, original: Any, *, inherited: bool = False) -> None:
        self.owner = owner
        self.name = name
        self.original = original
        self.inherited = inherited
        self.sets: tuple[set[Any], ...] = ()
        self.up = self.kept = False
        self.standin: Any = None
        self.function: Any = None  # where the stand-in is a method of a class, not of its instances

    def is_for(self, present: object) -> bool:
        """Return whether this stands for what is in its place, or stands there itself."""
        return present is self.original or present is self.standin

    def is_for_place(self, owner: object, name: str) -> bool:
        """Return whether what it stands for is where it was: nearly always, from one run to the next."""
        return self.owner is owner and vars(owner).get(name, _NOTHING) is self.original

    def current(self) -> WatchedRun | None:
        """Return the run that is to be told, if any."""
        if self.up:
            return current()
        if self.kept:
            self.kept = False
            self.give_up_place()
        return None

    def put_up(self) -> None:
        """Stand in."""
        for functions in self.sets:
            functions.add(self.standin)
        _up.append(self)  # before it stands there: whatever interrupts us, it will be taken down
        self.up = True
        setattr(self.owner, self.name, self.standin)
        look_up_again(self.name, self.original)

    def take_down(self) -> None:
        """Put the original back, but where somebody else has put something over ours meanwhile."""
        self.up = False
        self.kept = not self.give_up_place()
        for functions in self.sets:
            functions.discard(self.standin)

    def give_up_place(self) -> bool:
        """Put the original back if this stands in its place; return whether it did."""
        if vars(self.owner).get(self.name) is not self.standin:
            return False
        if self.inherited:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.original)
        look_up_again(self.name, self.standin)
        return True


_made: Final[dict[tuple[int, str], _Standing]] = {}
"""By place, the last one that was made for it. One for each place that a run ever replaces."""
_up: Final[list[_Standing]] = []
_whole: Final = [False]
_known: Final[weakref.WeakValueDictionary[int, _Standing]] = weakref.WeakValueDictionary()
"""All that are alive, by the identity of the stand-in, which keeps its own alive."""
_refused: Final[dict[str, str]] = {}
"""What could not be replaced, and why."""


def _of(value: object) -> _Standing | None:
    found = _known.get(identity(value))
    return found if found is not None and (found.standin is value or found.function is value) else None


def original_of(value: Any) -> Any:
    """Return what a stand-in stands for; anything else as it is."""
    while (standing := _of(value)) is not None:
        value = standing.original
    return value


def unwatchable() -> dict[str, str]:
    """Return what could not be replaced, and so is not seen, each with the reason."""
    return _refused


def refuse(name: str, error: Exception) -> None:
    """Take note that something cannot be watched, and why: said in the log once, and by `explain`."""
    if name not in _refused and len(_refused) < _MOST_REFUSED:
        _refused[name] = str(error)
        log.info("%s cannot be watched: %s", name, error, exc_info=error)


def _stand(owner: Any, name: str, make: Callable[[Wrapper, Current], Wrapper]) -> None:
    """Put a stand-in up. What cannot be replaced stays as it is."""
    try:
        standing = _made.get((identity(owner), name))
        if standing is not None and standing.is_for_place(owner, name):
            standing.put_up()
            return
        present, inherited = _present(owner, name)
        if standing is None or standing.owner is not owner or not standing.is_for(present):
            if present is _NOTHING or type(present).__module__ == "unittest.mock":  # a fake reads nothing
                return
            standing = _of(present)  # an earlier one, kept by somebody and put back: it gets its place again
            if standing is None:
                standing = _standing(owner, name, present, make, inherited=inherited)
            _forget_some()
            _made[identity(owner), name] = standing
        standing.put_up()
    except Exception as error:  # noqa: BLE001  # classes of C, slots, metaclasses, proxies refuse as they like
        refuse(_called(owner, name), error)


def _forget_some() -> None:
    """Make room where programs put one class after the other in the place of one that is replaced."""
    if len(_made) >= _MOST_MADE:
        for place, standing in list(_made.items()):
            if not standing.up:
                del _made[place]


def _called(owner: Any, name: str) -> str:
    place = getattr(owner, "__module__", "") if isinstance(owner, type) else ""
    return ".".join(str(part) for part in (place, getattr(owner, "__qualname__", owner.__name__), name) if part)


def _present(owner: Any, name: str) -> tuple[Any, bool]:
    """Return what is in a place, as it lies there, and whether a class has it from another one."""
    for base in getattr(owner, "__mro__", (owner,)):
        if name in vars(base):
            return vars(base)[name], base is not owner
    return _NOTHING, False  # a library that offers it lazily: nobody has used it yet


def _standing(
    owner: Any, name: str, original: Any, make: Callable[[Wrapper, Current], Wrapper], *, inherited: bool
) -> _Standing:
    standing = _Standing(owner, name, original, inherited=inherited)
    standin: Any = make(_calling(owner, original), standing.current)
    if isinstance(standin, FunctionType):
        functools.update_wrapper(standin, original)
        if isinstance(owner, type) and (kind := _BOUND.get(type(original))):
            _known[identity(standin)] = standing
            standing.function, standin = standin, kind(standin)
        if isinstance(owner, ModuleType):
            # Where it is found, so that it can be pickled: `random.seed` is a method of a hidden object.
            standin.__module__, standin.__name__, standin.__qualname__ = owner.__name__, name, name
        if isinstance(original, type):
            standin = Lent(original, standin)
        standing.sets = tuple(known for known in _CAPABILITIES if original in known)
    standing.standin = standin
    _known[identity(standin)] = standing
    return standing


def _calling(owner: Any, original: Any) -> Wrapper:
    """Return a function that calls the original as its owner would have it called."""
    if not isinstance(owner, type) or isinstance(original, _METHODS) or type(original).__name__ in _FOREIGN_METHODS:
        return original  # type: ignore[no-any-return]  # a function, or standard input
    if isinstance(original, (staticmethod, classmethod)):
        return original.__func__
    if isinstance(original, ClassMethodDescriptorType):
        return lambda cls, *args, **kwargs: original.__get__(None, cls)(*args, **kwargs)
    if isinstance(original, property):
        raise TypeError("it is a property, and no method")
    if hasattr(type(original), "__get__"):  # the wrappers of `wrapt` are told by that whose method they are
        return lambda self, *args, **kwargs: original.__get__(self, type(self))(*args, **kwargs)
    return lambda _self, *args, **kwargs: original(*args, **kwargs)


_BOUND: Final = {staticmethod: staticmethod, classmethod: classmethod, ClassMethodDescriptorType: classmethod}
_FOREIGN_METHODS: Final = frozenset(("nb_method", "instancemethod", "cython_function_or_method"))
"""Methods made by nanobind, pybind11 and Cython: called with the instance. No frame of ours is to come in between."""
_METHODS: Final = (FunctionType, WrapperDescriptorType, MethodDescriptorType)
_MOST_REFUSED: Final = 100
_MOST_MADE: Final = 1000
_CAPABILITIES: Final = (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids)
"""Sets of functions, in which the standard library looks for `os.stat` itself."""


class _Borrowed(Lent):
    """A reader or seeder under a name of the project's own: code that names it reaches the original."""

    __lutil_own__ = True

    def __init__(self, reader: _Standing, standing: _Standing) -> None:
        super().__init__(reader.original, reader.standin)
        self._reader = reader
        self._standing = standing
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


_PROJECT_ONLY: Final = frozenset(("importlib", *SEEDED))
_searched: Final[weakref.WeakValueDictionary[int, ModuleType]] = weakref.WeakValueDictionary()
_NAMES: Final[Any] = vars(ModuleType)["__dict__"]
"""The names of a module, whatever a class of the user's says of them."""
_loaded: Final = [0]
_named: Final[dict[tuple[int, str], None]] = {}
"""Modules that were searched, how many were loaded then, and where they have a reader under a name of theirs."""


def _lends(module: str) -> bool:
    return module in _PROJECT_ONLY or module in WRITERS or is_native(module)


def _fresh() -> list[ModuleType]:
    """Return the modules that were not searched yet. To `__main__`, a cell of a notebook may come at any time."""
    fresh = [sys.modules.get("__main__")]
    if len(sys.modules) != _loaded[0]:
        fresh += [one for one in list(sys.modules.values()) if identity(one) not in _searched]
    # `isinstance` alone takes libraries of cffi for modules.
    return [one for one in fresh if isinstance(one, ModuleType) and issubclass(type(one), ModuleType)]


def _stand_for_names() -> None:
    """Stand in also where a module has a function by `from polars import read_csv` or `from random import seed`."""
    readers = {identity(one.original): one for one in _up if _lends(getattr(one.owner, "__name__", ""))}
    if not readers:
        return
    fresh = _fresh()
    _loaded[0] = len(sys.modules)
    for module in fresh:
        _searched[identity(module)] = module
        values = _NAMES.__get__(module)
        if not readers.keys().isdisjoint(map(identity, values.values())):
            names = [name for name, value in [*values.items()] if _is_lent(original_of(value), module, readers)]
            _named.update(dict.fromkeys((identity(module), name) for name in names))
    for place in list(_named):
        module_, name = _searched.get(place[0]), place[1]
        if module_ is None:
            del _named[place]  # the module is gone
        elif reader := readers.get(identity(original_of(_NAMES.__get__(module_).get(name)))):
            standing = _Standing(module_, name, reader.original)
            standing.standin = _Borrowed(reader, standing)
            _known[identity(standing.standin)] = standing
            standing.put_up()


def _is_lent(value: object, module: ModuleType, readers: Mapping[int, _Standing]) -> bool:
    """Return whether a name of a module means a function of another library."""
    reader = readers.get(identity(value))
    if reader is None:
        return False
    if reader.owner.__name__ in _PROJECT_ONLY and is_library_file(getattr(module, "__file__", None) or ""):
        return False
    return bool(reader.owner.__name__.partition(".")[0] != module.__name__.partition(".")[0])


def _give_back_names(standins: list[_Standing]) -> None:
    """Give modules that were loaded meanwhile the original where they have a stand-in by `from os import stat`."""
    known = {identity(one.standin): one for one in standins}
    for module in _fresh():
        values = _NAMES.__get__(module)
        if not known.keys().isdisjoint(map(identity, values.values())):
            for name, value in [*values.items()]:
                if (original := original_of(value)) is not value:
                    values[name] = original


def is_up() -> bool:
    """Return whether all stand-ins are up. A signal handler may have runs of its own while they are put up or down."""
    return _whole[0]


_SOURCES: Final[tuple[Callable[[str], Iterator[StandIn]], ...]] = (
    *(concurrency_standins, drawer_standins, native_standins, parser_standins, seeding_standins, writer_standins),
    *(existence_standins, process_standins, loading_standins),
)


def _stand_for(only: str = "") -> None:
    """Put up the stand-ins for what is loaded, or for one library."""
    for source in _SOURCES:
        try:
            for standin in source(only):
                _stand(*standin)
        except Exception as error:  # noqa: BLE001  # a module that somebody has put there may be anything
            refuse(source.__name__, error)


def put_up(loading: Callable[[str], bool], loaded: Callable[[str], None]) -> None:
    """Put up the stand-ins for what is loaded by now, and have those of what is loaded later follow.

    Args:
        loading: is called with the name of each module that is about to be loaded; tells whether to call `loaded`.
        loaded: is called with such a name as soon as the module is whole.
    """
    _stand_for()
    try:
        _stand_for_names()
    except Exception as error:  # noqa: BLE001  # as above
        refuse("names of modules", error)

    def is_followed(module: str) -> bool:
        return loading(module) or module in _FOLLOWED or is_native(module) or draws_aside(module)

    def follow(module: str) -> None:
        loaded(module)
        if _up:  # stand-ins for a library that a run has just loaded
            _stand_for(module)

    watch_loading(is_followed, follow)
    _whole[0] = True


_FOLLOWED: Final = WRITERS | CONCURRENCY | SEEDED | frozenset(PARSERS)


def take_down() -> None:
    """Put the originals back."""
    _whole[0] = False
    unwatch_loading()
    taken = []
    while _up:
        standing = _up[-1]
        try:
            standing.take_down()
        except Exception as error:  # noqa: BLE001  # it could be replaced when the run started
            refuse(_called(standing.owner, standing.name), error)
        taken.append(standing)
        if _up and _up[-1] is standing:  # else a signal handler came in between, and its run has taken it down
            del _up[-1:]
    if taken:
        _give_back_names(taken)
    for standing in [one for one in _made.values() if one.kept]:  # those that somebody had, and may have put back since
        standing.give_up_place()
