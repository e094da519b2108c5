"""What `Memory.cache` returns: checkpointed functions with joblib's methods beside their own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, ParamSpec, Protocol, TypeVar, overload

from ...computation import Computation
from ...engine import Run, answer, called, called_async, put_back
from ...model._entry import EntryStore, Stored
from ...model._errors import SettingError, described
from ...model._key import PartKind
from ...model._outcome import Cause, Hit, Miss, Reason
from ...model._settings import Settings
from ...model.process._interrupts import let_pass
from ...model.process._notices import log, say
from ...model.process._records import NamedTuple
from ...report._history import provenance_of
from .._decorator import Checkpointed, CheckpointedCoroutine
from ._shelved import MemorizedResult, read_only, shelve

__all__ = ["AsyncMemorizedFunc", "MemorizedFunc", "MemoryOptions", "Metadata", "Mode"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Mode = Literal["r", "r+", "w+", "c"] | None
Metadata = dict[str, Any]

_WITH_REASONS: Final = 10
"""The verbosity above which a line says why a function runs, which costs a look at earlier entries."""


_Later = Coroutine[Any, Any, T]


class _Awaited(Protocol[Q, T_co]):
    """A coroutine function, to type checkers."""

    def __call__(self, /, *args: Q.args, **kwargs: Q.kwargs) -> Coroutine[Any, Any, T_co]: ...


class MemoryOptions(NamedTuple):
    """What `Memory` was given for one function, beside the options of `checkpoint`."""

    off: bool
    ignore: tuple[str, ...]
    mmap_mode: Mode
    verbose: int
    is_valid: Callable[[Metadata], object] | None

    def reviewed(self, store: EntryStore, name: str, key: str, stored: Stored) -> Stored | Miss:
        """Return an entry as it is to be taken, or a miss: the callback does not let it count.

        Raises:
            SettingError: the callback raised.
        """
        if self.is_valid is not None:
            try:
                valid = self.is_valid(_metadata((store,), name, key))
            except Exception as error:
                let_pass(error)
                raise SettingError(f"{name}: cache_validation_callback raised {described(error)}") from error
            if not valid:
                return Miss(Reason(Cause.EXPIRED, "cache_validation_callback does not let it count"))
        return stored._replace(read_only=True) if self.mmap_mode == "r" else stored


class MemorizedFunc(Checkpointed[P, R]):
    """A function whose results are kept, as `Memory.cache` returns it."""

    __slots__ = ()
    __lutil_calls__ = frozenset({"call", "call_and_shelve", "check_call_in_cache"})

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
    def mmap_mode(self) -> str | None:  # completion by jedi fails on a union with `Literal`
        """As it was given here, or to the memory."""
        return self._given.mmap_mode

    @property
    def cache_validation_callback(self) -> Callable[[Metadata], object] | None:
        """What is asked before a result counts."""
        return self._given.is_valid

    @overload
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, /, *args: Any, __recompute__: bool, **kwargs: Any) -> R: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return the result of an earlier run where all inputs and the code are as they were, else run."""
        recompute = bool(kwargs.pop("__recompute__", False)) if kwargs else False
        return self._called(args, kwargs, recompute=recompute)[0]

    @overload
    def call(self: _Awaited[Q, T], /, *args: Q.args, **kwargs: Q.kwargs) -> _Later[tuple[T, Metadata]]: ...
    @overload
    def call(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Metadata]: ...
    def call(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run in any case and keep the result; return it, and what is known of the run."""
        result, key = self._called(args, kwargs, recompute=True)
        return result, _metadata(self._stores, self._name, key)

    @overload
    def call_and_shelve(self: _Awaited[Q, T], /, *args: Q.args, **kwargs: Q.kwargs) -> _Later[MemorizedResult[T]]: ...
    @overload
    def call_and_shelve(self, /, *args: P.args, **kwargs: P.kwargs) -> MemorizedResult[R]: ...
    def call_and_shelve(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call; return a small reference to the result, which can be pickled: `get()` of it is the result."""
        return self._shelved(*self._called(args, kwargs))

    def check_call_in_cache(self, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell whether a call with these arguments would be a hit: `is_cached`, by joblib's name."""
        return self.is_cached(*args, **kwargs)

    def clear(self, warn: bool = True) -> int:  # noqa: FBT001, FBT002  (as joblib has it)
        """Delete all entries of this function, of all versions of its code; return how many there were.

        Args:
            warn: whether to say so, unless `verbose` is 0.
        """
        if self._given.off:
            return 0
        if warn and self._given.verbose > 0:
            log.warning("deleting all entries of %s", self._name)
        return super().clear()

    def _called(self, args: Any, kwargs: Any, *, recompute: bool = False) -> tuple[Any, str]:
        """Return the result of a call, and the key of its entry; an empty one where there is none."""
        return self._handed_out(
            *called(self._function, args, kwargs, self._name, self._computation, recompute, self._settle)
        )

    def _settle(self, entry: Hit | Run) -> None:
        """Say that the function runs, where that was asked for."""
        put_back(entry)
        if isinstance(entry, Run) and self._given.verbose > 0 and not entry.computation.settings.explain:
            say(f"Lutil: running {self._name}")

    def _handed_out(self, result: Any, entry: Hit | Run | None) -> tuple[Any, str]:
        """Return the result of a run as a hit would, and the key of its entry."""
        if entry is None:
            return result, ""
        if isinstance(entry, Hit):
            return result, entry.key
        if entry.kept and self.mmap_mode == "r":
            result = answer(self._name, result, read_only, entry, result)
        return result, entry.kept

    def _shelved(self, result: Any, key: str) -> MemorizedResult[Any]:
        return shelve(self._name, self._stores, key, result, sealed=self.mmap_mode == "r")

    def _computation(self, *call: Any, **how: Any) -> Computation | None:
        given = self._given
        computation = None if given.off else super()._computation(*call, **how)
        if computation is None:
            return None
        if given.verbose > _WITH_REASONS:
            computation.settings = _talking(computation.settings)
        return computation


class AsyncMemorizedFunc(MemorizedFunc[P, R], CheckpointedCoroutine[P, R]):
    """The same for a coroutine function: what it returns is awaited."""

    __slots__ = ()

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        recompute = bool(kwargs.pop("__recompute__", False)) if kwargs else False
        return (await self._awaited(args, kwargs, recompute=recompute))[0]

    async def call(self, /, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Run in any case and keep the result; return it, and what is known of the run."""
        result, key = await self._awaited(args, kwargs, recompute=True)
        return result, _metadata(self._stores, self._name, key)

    async def call_and_shelve(self, /, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Call; return a small reference to the result, which can be pickled: `get()` of it is the result."""
        return self._shelved(*await self._awaited(args, kwargs))

    async def _awaited(self, args: Any, kwargs: Any, *, recompute: bool = False) -> tuple[Any, str]:
        function: Any = self._function  # a coroutine function
        return self._handed_out(
            *await called_async(function, args, kwargs, self._name, self._computation, recompute, self._settle)
        )


def _metadata(stores: Sequence[EntryStore], name: str, key: str) -> Metadata:
    """Return what is known of the run behind an entry, in joblib's words; nothing where there is none."""
    found = next((one for store in stores if key and (one := provenance_of(store, name, key))), None)
    if found is None:
        return {}
    shown = {part.path: part.preview for part in found.parts if part.kind is PartKind.ARGUMENT}
    return {"duration": found.cost, "time": found.created, "input_args": shown}


@lru_cache(64)
def _talking(settings: Settings) -> Settings:
    return settings._replace(explain=True)
