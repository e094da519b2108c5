"""joblib's face: `Memory(location).cache(f)`. It translates words; `checkpoint` does the rest.

What `cache` returns is a checkpointed function, with joblib's methods beside its own. joblib is not needed.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from inspect import ismethod
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, ParamSpec, TypeVar, overload

from . import _settings
from ._computation import Computation
from ._decorator import Checkpointed, CheckpointedCoroutine, decorate
from ._entry import EntryInfo, Store
from ._errors import CheckpointWarning, SettingError, described
from ._guard import answer, closed, dropped, opened, opened_async
from ._history import provenance_of
from ._interrupts import let_pass
from ._key import PartKind
from ._notices import log, notice, say
from ._options import options_of
from ._outcome import Hit
from ._pipeline import Run, look_up
from ._settings import Settings, bytes_of, names_of
from ._shelved import MemorizedResult, ReadOnly, shelve, value_of
from ._stores import stores_of
from .store import FileStore

__all__ = ["AsyncMemorizedFunc", "MemorizedFunc", "Memory"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Mode = Literal["r", "r+", "w+", "c"] | None
Metadata = dict[str, Any]

_MODES: Final = (None, "r", "r+", "w+", "c")
_WITH_REASONS: Final = 10
"""The verbosity above which a line says why a function runs, which costs a look at earlier entries."""


class MemoryOptions(NamedTuple):
    """What `Memory` was given for one function, beside the options of `checkpoint`."""

    off: bool
    ignore: tuple[str, ...]
    mmap_mode: Mode
    verbose: int
    is_valid: Callable[[Metadata], object] | None


class MemorizedFunc(Checkpointed[P, R]):
    """A function whose results are kept, as `Memory.cache` returns it: a checkpointed function with joblib's methods."""

    __slots__ = ()
    __lutil_calls__ = ("call", "call_and_shelve", "check_call_in_cache")

    @property
    def _given(self) -> MemoryOptions:
        given: MemoryOptions = self._options.memory
        return given

    @property
    def func(self) -> Callable[P, R]:
        """The function itself."""
        return self._function

    @property
    def ignore(self) -> list[str]:
        """The parameters that do not count."""
        return list(self._given.ignore)

    @property
    def mmap_mode(self) -> Mode:
        """As it was given here, or to the memory."""
        return self._given.mmap_mode

    @property
    def cache_validation_callback(self) -> Callable[[Metadata], object] | None:
        """What is asked before a result counts."""
        return self._given.is_valid

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        recompute = bool(kwargs.pop("__recompute__", False)) if kwargs else False
        return self._called(args, kwargs, recompute=recompute)[0]

    def call(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Metadata]:
        """Run in any case and keep the result; return it, and what is known of the run."""
        result, key = self._called(args, kwargs, recompute=True)
        return result, _metadata(self._stores, self._name, key)

    def call_and_shelve(self, /, *args: P.args, **kwargs: P.kwargs) -> MemorizedResult[R]:
        """Call; return a small reference to the result, which can be pickled: `get()` of it is the result."""
        return self._shelved(*self._called(args, kwargs))

    def check_call_in_cache(self, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell whether a call with these arguments would be a hit, by the callback as well."""
        return self._ask(_would_count, False, args, kwargs)  # noqa: FBT003  (what holds otherwise)

    def clear(self, warn: bool = True) -> int:  # noqa: FBT001, FBT002  (as joblib has it)
        """Delete all entries of this function, of all versions of its code; return how many there were."""
        if self._given.off:
            return 0
        if warn:
            log.warning("deleting all entries of %s", self._name)
        return super().clear()

    def _called(self, args: Any, kwargs: Any, *, recompute: bool = False) -> tuple[Any, str]:
        """Return the result of a call, and the key of its entry; an empty one where there is none."""
        entry = self._begun(opened(self._name, self._computation, (args, kwargs), recompute))
        if isinstance(entry, Hit):
            return entry.value, entry.key
        try:
            result = self._function(*args, **kwargs)
        except BaseException:
            _dropped(entry)
            raise
        return self._ended(entry, result)

    def _begun(self, entry: Hit | Run | None) -> Hit | Run | None:
        if isinstance(entry, Run) and 0 < self._given.verbose <= _WITH_REASONS:
            say(f"Lutil: running {self._name}")
        return entry

    def _ended(self, run: Run | None, result: Any) -> tuple[Any, str]:
        """Keep the result of a run; return it as a hit would, and its key."""
        if run is None:
            return result, ""
        closed(run, lambda: (result, None))
        if run.kept and self.mmap_mode == "r":
            result = answer(self._name, result, value_of, run, result)
        return result, run.kept

    def _shelved(self, result: Any, key: str) -> MemorizedResult[Any]:
        return shelve(self._name, self._stores, key, result, read_only=self.mmap_mode == "r")

    def _computation(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Computation | None:
        given = self._given
        computation = None if given.off else super()._computation(args, kwargs)
        if computation is None:
            return None
        if given.mmap_mode == "r":
            computation.stores = tuple(map(ReadOnly, computation.stores))
        stale = given.is_valid is not None and not self._counts(computation, given.is_valid)
        if stale or given.verbose > _WITH_REASONS:
            computation.settings = _varied(computation.settings, stale, given.verbose > _WITH_REASONS)
        return computation

    def _counts(self, computation: Computation, is_valid: Callable[[Metadata], object]) -> bool:
        """Ask the callback about the entry that a call would hit; where there is none, nobody is asked.

        Raises:
            SettingError: the callback raised.
        """
        outcome = look_up(computation, peek=True)
        if not isinstance(outcome, Hit):
            return True
        metadata = _metadata(computation.stores, self._name, outcome.key)
        try:
            return bool(is_valid(metadata))
        except Exception as error:
            let_pass(error)
            raise SettingError(f"{self._name}: cache_validation_callback raised {described(error)}") from error


class AsyncMemorizedFunc(MemorizedFunc[P, Coroutine[Any, Any, T]], CheckpointedCoroutine[P, Coroutine[Any, Any, T]]):
    """The same for a coroutine function: what it returns is awaited."""

    __slots__ = ()

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        recompute = bool(kwargs.pop("__recompute__", False)) if kwargs else False
        return (await self._awaited(args, kwargs, recompute=recompute))[0]

    async def call(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[T, Metadata]:  # type: ignore[override]
        """Run in any case and keep the result; return it, and what is known of the run."""
        result, key = await self._awaited(args, kwargs, recompute=True)
        return result, _metadata(self._stores, self._name, key)

    async def call_and_shelve(self, /, *args: P.args, **kwargs: P.kwargs) -> MemorizedResult[T]:  # type: ignore[override]
        """Call; return a small reference to the result, which can be pickled: `get()` of it is the result."""
        return self._shelved(*await self._awaited(args, kwargs))

    async def _awaited(self, args: Any, kwargs: Any, *, recompute: bool = False) -> tuple[Any, str]:
        entry = self._begun(await opened_async(self._name, self._computation, (args, kwargs), recompute))
        if isinstance(entry, Hit):
            return entry.value, entry.key
        try:
            result = await self._function(*args, **kwargs)
        except BaseException:
            _dropped(entry)
            raise
        return self._ended(entry, result)


class Memory:
    """Keeps results of functions in a folder, as `joblib.Memory` does: change the import line, and the rest stays.

    Also where scikit-learn takes a `memory`: pipelines, `FeatureUnion`, `AgglomerativeClustering`, `OPTICS`.

    Args:
        location: a folder, or a `Store`; None switches off: functions run as if they were not decorated.
        backend: accepted; there is one.
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
        self._folder = Path(location).expanduser().absolute() if isinstance(location, (str, os.PathLike)) else location
        if self._folder is not None:
            stores_of(self._folder, _settings.current())
        words = {"backend": backend != "local", "compress": bool(compress), "backend_options": bool(backend_options)}
        for word in (word for word, given in words.items() if given):
            notice(CheckpointWarning, "Memory", word, f"Memory: `{word}` is accepted and changes nothing here")

    @overload
    def cache(
        self,
        func: Callable[P, Coroutine[Any, Any, T]],
        ignore: Sequence[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Mode | Literal[False] = False,
        cache_validation_callback: Callable[[Metadata], object] | None = None,
    ) -> AsyncMemorizedFunc[P, T]: ...
    @overload
    def cache(
        self,
        func: Callable[P, R],
        ignore: Sequence[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Mode | Literal[False] = False,
        cache_validation_callback: Callable[[Metadata], object] | None = None,
    ) -> MemorizedFunc[P, R]: ...
    @overload
    def cache(
        self,
        func: None = None,
        ignore: Sequence[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Mode | Literal[False] = False,
        cache_validation_callback: Callable[[Metadata], object] | None = None,
    ) -> Callable[[Callable[P, R]], MemorizedFunc[P, R]]: ...
    def cache(  # noqa: PLR0913, PLR0917  (joblib's, also by position)
        self,
        func: Any = None,
        ignore: Sequence[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Mode | Literal[False] = False,
        cache_validation_callback: Callable[[Metadata], object] | None = None,
    ) -> Any:
        """Return the function with its results kept here; without one, a decorator that does it.

        Args:
            func: a function, method, coroutine function or any other callable.
            ignore: parameters that do not count, as for `checkpoint`; of a bound method also `"self"`.
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
        ignore = [_of_method(item) if ismethod(function) else item for item in given.ignore]
        options = options_of(ignore=ignore, store=self._folder, of_block=False)._replace(memory=given)
        return decorate(function, options, (MemorizedFunc, AsyncMemorizedFunc))

    def eval(self, func: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function, with its results kept here."""
        return self.cache(func)(*args, **kwargs)

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
        store.prune(max_size=size, older_than=age_limit, superseded=beyond)

    def __repr__(self) -> str:
        return f"Memory(location={self.location if self._folder is None else self._folder})"

    def _store(self) -> FileStore:
        store: Any = stores_of(self._folder, _settings.current())[0]
        return store


def _checked(mmap_mode: Any) -> Mode:
    if mmap_mode not in _MODES:
        raise SettingError(f'mmap_mode: None, "r", "r+", "w+" or "c" is expected, not {mmap_mode!r}')
    if mmap_mode in {"r+", "w+"}:
        text = f'Memory: mmap_mode="{mmap_mode}" gives private copy-on-write arrays: what is written to them is not kept'
        notice(CheckpointWarning, "Memory", "mmap_mode", text)
    mode: Mode = mmap_mode
    return mode


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


def _dropped(entry: Run | None) -> None:
    if entry is not None:
        dropped(entry)


def _would_count(computation: Computation | None) -> bool:
    asked = computation is not None and not computation.settings.recompute
    return asked and isinstance(look_up(computation, peek=True), Hit)


def _metadata(stores: Sequence[Store], name: str, key: str) -> Metadata:
    """Return what is known of the run behind an entry, in joblib's words; nothing where there is none."""
    found = next((one for store in stores if key and (one := provenance_of(store, name, key))), None)
    if found is None:
        return {}
    shown = {part.path: part.preview for part in found.parts if part.kind is PartKind.ARGUMENT}
    return {"duration": found.cost, "time": found.created, "input_args": shown}


@lru_cache(64)
def _varied(settings: Settings, recompute: bool, explain: bool) -> Settings:  # noqa: FBT001  (a key)
    recompute, explain = recompute or settings.recompute, explain or settings.explain
    return dataclasses.replace(settings, recompute=recompute, explain=explain)
