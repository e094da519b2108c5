"""joblib's face: `Memory(location).cache(f)`. It translates words; `checkpoint` does the rest. joblib is not needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from inspect import Parameter, ismethod, signature
from typing import Any, Final, Literal, ParamSpec, TypeVar, overload

from ...computation import stores_of
from ...model import _settings
from ...model._entry import EntryInfo
from ...model._errors import CheckpointWarning, SettingError
from ...model._options import given_store, options_of
from ...model._setting_values import bytes_of, names_of
from ...model.process._notices import log, notice
from ...store import FileStore
from .._decorator import decorate
from ._memorized import AsyncMemorizedFunc, MemorizedFunc, MemoryOptions, Metadata, Mode

__all__ = ["Memory"]

P = ParamSpec("P")
R = TypeVar("R")

_MODES: Final = (None, "r", "r+", "w+", "c")
_STARS: Final = {"*": (Parameter.VAR_POSITIONAL, "args"), "**": (Parameter.VAR_KEYWORD, "kwargs")}


class Memory:
    """Keeps results of functions in a folder, as `joblib.Memory` does: change the import line, and the rest stays.

    Also where scikit-learn takes a `memory`: `Pipeline`, `AgglomerativeClustering`, `FeatureAgglomeration`, `OPTICS`.

    Args:
        location: a folder, or a `Store`; None switches off: functions run as if they were not decorated.
        backend: accepted; there is one. What has no effect here is said once, where something else is given.
        mmap_mode: `"r"` makes the arrays of all results read-only. Otherwise they are private to the caller and
            writable, whatever is given: large ones are mapped copy-on-write in any case.
        compress: accepted; entries are not compressed.
        verbose: 0 is silent; from 1 on a line on stderr says that a function runs, above 10 also why.
        backend_options: accepted, without effect.

    Attributes:
        location, backend, mmap_mode, compress, verbose, backend_options: as given.

    Raises:
        SettingError: `location` is neither a folder nor a store, or `mmap_mode` none of these words.

    Example:
        >>> memory = Memory("kept", verbose=0)
        >>> @memory.cache(ignore=["n_jobs"])
        ... def total(numbers, n_jobs=1):
        ...     return sum(numbers)
        >>> total([1, 2, 3]), total.check_call_in_cache([1, 2, 3], n_jobs=4)
        (6, True)
    """

    __lutil_own__ = True  # where results are kept is no input of anything

    def __init__(  # noqa: PLR0913, PLR0917  (joblib's, also by position)
        self,
        location: str | os.PathLike[str] | FileStore | None = None,
        backend: str = "local",
        mmap_mode: Mode = None,
        compress: bool | int | tuple[str, int] = False,  # noqa: FBT001, FBT002
        verbose: int = 1,
        backend_options: dict[str, Any] | None = None,
    ) -> None:
        self.location = location
        self.backend = backend
        self.mmap_mode = _checked(mmap_mode)
        self.compress = compress
        self.verbose = verbose
        self.backend_options = {} if backend_options is None else backend_options
        self._folder = given_store(location)
        words = {"backend": backend != "local", "compress": bool(compress), "backend_options": bool(backend_options)}
        for word in (word for word, given in words.items() if given):
            notice(CheckpointWarning, "Memory", word, f"Memory: `{word}` is accepted and changes nothing here")

    @overload
    def cache(
        self,
        func: Callable[P, R],
        ignore: Sequence[str] | None = ...,
        verbose: int | None = ...,
        mmap_mode: Mode | Literal[False] = ...,
        cache_validation_callback: Callable[[Metadata], object] | None = ...,
    ) -> MemorizedFunc[P, R]: ...
    @overload
    def cache(
        self,
        func: None = ...,
        ignore: Sequence[str] | None = ...,
        verbose: int | None = ...,
        mmap_mode: Mode | Literal[False] = ...,
        cache_validation_callback: Callable[[Metadata], object] | None = ...,
    ) -> Callable[[Callable[P, R]], MemorizedFunc[P, R]]: ...
    def cache(
        self,
        func: Any = None,
        ignore: Sequence[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Mode | Literal[False] = False,  # noqa: FBT002  (joblib's)
        cache_validation_callback: Callable[[Metadata], object] | None = None,
    ) -> Any:
        """Return the function with its results kept here; without one, a decorator that does it.

        Args:
            func: a function, method, coroutine function or any other callable.
            ignore: parameters that do not count, as for `checkpoint`; of a bound method also `"self"`. `"*"` and `"**"`
                are what a function takes besides its named parameters, by position and by name.
            verbose: instead of that of the memory.
            mmap_mode: instead of that of the memory.
            cache_validation_callback: is called with what is known of an earlier run, before its result counts:
                `duration` in seconds, `time` when it was kept in seconds since the epoch, `input_args` as short texts
                by parameter. Where it returns false, the function runs again.

        Raises:
            NotDecoratableError: a generator function, or no callable at all.
            SettingError: a callback that cannot be called, or an unknown `mmap_mode`.
        """
        if cache_validation_callback is not None and not callable(cache_validation_callback):
            raise SettingError(f"cache_validation_callback: a function is expected, not {cache_validation_callback!r}")
        given = MemoryOptions(
            off=self._folder is None,
            ignore=tuple(names_of("ignore", ignore or ())),
            mmap_mode=self.mmap_mode if mmap_mode is False else _checked(mmap_mode),
            verbose=self.verbose if verbose is None else verbose,
            is_valid=cache_validation_callback,
        )
        return partial(self._decorated, given) if func is None else self._decorated(given, func)

    def _decorated(self, given: MemoryOptions, function: Any) -> Any:
        function = function.func if isinstance(function, MemorizedFunc) else function
        ignore = [_starred(item, function) for item in given.ignore]
        ignore = [_of_method(item) for item in ignore] if ismethod(function) else ignore
        options = options_of(ignore=ignore, store=self._folder, of_block=False)._replace(memory=given)
        return decorate(function, options, (MemorizedFunc, AsyncMemorizedFunc))

    def eval(self, func: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function, with its results kept here."""
        kept: Callable[P, R] = self.cache(func)
        return kept(*args, **kwargs)

    def clear(self, warn: bool = True) -> int:  # noqa: FBT001, FBT002  (as joblib has it)
        """Delete all entries of the folder; return how many there were."""
        if self._folder is None:
            return 0
        if warn:
            log.warning("deleting all entries in %s", self._folder)
        return self._store().delete()

    def reduce_size(
        self,
        bytes_limit: int | str | None = None,
        items_limit: int | None = None,
        age_limit: timedelta | None = None,
    ) -> None:
        """Delete entries until the folder keeps to the limits; without a limit, none.

        Args:
            bytes_limit: a number of bytes, or text like `"10G"`, `"500M"`, `"50K"`, where a K is 1024 bytes. What is
                cheapest to compute again for the room it takes goes first, among what was not used for long.
            items_limit: how many entries may stay; those that were used last do.
            age_limit: time since the last hit beyond which an entry goes.

        Raises:
            SettingError: a limit that is negative, or no size or length of time.
        """
        if self._folder is None or (bytes_limit is None and items_limit is None and age_limit is None):
            return
        size = None if bytes_limit is None else _size(bytes_limit)
        store = self._store()
        beyond = None if items_limit is None else _beyond(store, items_limit)
        store.prune(max_size=size, older_than=age_limit, which=beyond)

    def __fingerprint__(self) -> tuple[()]:
        """What counts of it where it is part of a value, such as a pipeline: nothing."""
        return ()

    def __repr__(self) -> str:
        return f"Memory(location={self.location if self._folder is None else self._folder})"

    def _store(self) -> FileStore:
        store: FileStore = stores_of(self._folder, _settings.current())[0]  # type: ignore[assignment]  # or its like
        return store


def _checked(mmap_mode: Any) -> Mode:
    if mmap_mode not in _MODES:
        raise SettingError(f'mmap_mode: None, "r", "r+", "w+" or "c" is expected, not {mmap_mode!r}')
    if mmap_mode in {"r+", "w+"}:
        text = (
            f'Memory: mmap_mode="{mmap_mode}" gives private copy-on-write arrays: what is written to them is not kept'
        )
        notice(CheckpointWarning, "Memory", "mmap_mode", text)
    mode: Mode = mmap_mode
    return mode


def _starred(item: str, function: Any) -> str:
    """Return an item of `ignore` by the name that joblib's `*` and `**` have as parameters.

    Raises:
        SettingError: the function has no such parameter.
    """
    if item not in _STARS:
        return item
    kind, usual = _STARS[item]
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # a C function that does not tell
        return usual
    found = [one.name for one in parameters if one.kind is kind]
    if not found:
        name = getattr(function, "__qualname__", type(function).__qualname__)
        raise SettingError(f"ignore: `{name}` takes no `{item}`")
    return found[0]


def _of_method(item: str) -> str:
    """Return an item of `ignore` by the path that the object of a bound method has."""
    return f"method.{item}" if item.partition(".")[0].partition("[")[0] == "self" else item


def _size(limit: int | str) -> int:
    try:
        return bytes_of(f"{limit}i" if isinstance(limit, str) and limit[-1:] in {"K", "M", "G"} else limit)
    except ValueError as error:
        raise SettingError(f"bytes_limit: {limit!r} is no size: give a number of bytes, or '10G', '500M'") from error


def _beyond(store: FileStore, count: int) -> Callable[[EntryInfo], bool]:
    """Return what tells of an entry whether so many others were used later."""
    if count < 0:
        raise SettingError(f"items_limit: {count} is no number of entries")
    by_use = sorted(store.list(), key=lambda entry: -max(entry.used, entry.created))
    going = {(entry.name, entry.key) for entry in by_use[count:]}
    return lambda entry: (entry.name, entry.key) in going
