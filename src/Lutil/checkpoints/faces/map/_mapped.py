"""What a checkpointed function offers for many items: `map` and `imap`. The work is done by `_map`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

if TYPE_CHECKING:
    from concurrent.futures import Executor  # slow, and no hit needs it

__all__ = ["Mapped"]

R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Mapped(Generic[R_co]):
    """Offers a function over many items; a part of checkpointed functions and of their bound methods."""

    __slots__ = ()

    @overload
    def map(  # type: ignore[overload-overlap]  # a coroutine function's results are coroutines
        self: Mapped[Coroutine[Any, Any, T]],
        /,
        *iterables: Iterable[Any],
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        progress: bool | None = ...,
        errors: Literal["raise"] = ...,
        __recompute__: bool = ...,
    ) -> Coroutine[Any, Any, list[T]]: ...
    @overload
    def map(  # type: ignore[overload-overlap]  # a coroutine function's results are coroutines
        self: Mapped[Coroutine[Any, Any, T]],
        /,
        *iterables: Iterable[Any],
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        progress: bool | None = ...,
        errors: Literal["return"],
        __recompute__: bool = ...,
    ) -> Coroutine[Any, Any, list[T | Exception]]: ...
    @overload
    def map(
        self,
        /,
        *iterables: Iterable[Any],
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        executor: Executor | Literal["ray"] | None = ...,
        progress: bool | None = ...,
        errors: Literal["raise"] = ...,
        __recompute__: bool = ...,
    ) -> list[R_co]: ...
    @overload
    def map(
        self,
        /,
        *iterables: Iterable[Any],
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        executor: Executor | Literal["ray"] | None = ...,
        progress: bool | None = ...,
        errors: Literal["return"],
        __recompute__: bool = ...,
    ) -> list[R_co | Exception]: ...
    def map(self, /, *iterables: Iterable[Any], **how: Any) -> Any:  # noqa: D417  (the words are described)
        """Return the results for all items, in their order; of a coroutine function, something to be awaited.

        What is kept is read, and only the other items run; each is kept as soon as it is done, so that a job that was
        killed goes on where it was. Equal items run once. One after the other in this thread, items see what those
        before them drew at random or changed, as in a loop; in threads and executors nothing orders them.

        Args:
            *iterables: the items: of one iterable for each parameter that is not `fixed`, in their order. As with
                `map` and `concurrent.futures`, the shortest one ends it. With `workers` or an `executor`, what has a
                length is looked up as a whole first; a generator is asked for more only as its items are done.
            fixed: arguments that are the same for all items, by the name of the parameter. They are fingerprinted
                once, when the map begins, and must not be changed while it goes on.
            workers: how many items run at a time, in threads; by default one after the other in this thread. Of a
                coroutine function: how many are awaited at a time, by default 8.
            executor: runs the items instead: any `concurrent.futures.Executor`, such as a `ProcessPoolExecutor`,
                loky's, a client of dask; or `"ray"`. It stays open.
            progress: whether a bar and a summary are written to stderr; by default where that is a terminal or a
                notebook.
            errors: `"raise"`: nothing is started any more once an item has failed, and its exception is raised when
                all that was running has been kept. `"return"`: exceptions stand in the list.
            __recompute__: run all items in any case.

        Raises:
            TypeError: `workers` and `executor` are given both; `fixed` names no parameter; the items are no
                iterables, or too few or too many for the function.
            ValueError: `workers` is less than 1, or `errors` is neither of its words.
            Exception: whatever an item raises, with a note that names the item.

        Example:
            >>> @checkpoint
            ... def power(base, exponent): return base ** exponent
            >>> power.map([1, 2, 3], fixed={"exponent": 2})
            [1, 4, 9]
            >>> power.map([1, 2, 3], [4, 5, 6], workers=2)
            [1, 32, 729]
        """
        from ._map import begin_map  # noqa: PLC0415  (no hit needs it)

        return begin_map(self, iterables, how)

    @overload
    def imap(  # type: ignore[overload-overlap]  # the same
        self: Mapped[Coroutine[Any, Any, T]],
        /,
        *iterables: Iterable[Any],
        ordered: bool = ...,
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        progress: bool | None = ...,
        errors: Literal["raise"] = ...,
        __recompute__: bool = ...,
    ) -> AsyncIterator[T]: ...
    @overload
    def imap(  # type: ignore[overload-overlap]  # the same
        self: Mapped[Coroutine[Any, Any, T]],
        /,
        *iterables: Iterable[Any],
        ordered: bool = ...,
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        progress: bool | None = ...,
        errors: Literal["return"],
        __recompute__: bool = ...,
    ) -> AsyncIterator[T | Exception]: ...
    @overload
    def imap(
        self,
        /,
        *iterables: Iterable[Any],
        ordered: bool = ...,
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        executor: Executor | Literal["ray"] | None = ...,
        progress: bool | None = ...,
        errors: Literal["raise"] = ...,
        __recompute__: bool = ...,
    ) -> Iterator[R_co]: ...
    @overload
    def imap(
        self,
        /,
        *iterables: Iterable[Any],
        ordered: bool = ...,
        fixed: Mapping[str, object] | None = ...,
        workers: int | None = ...,
        executor: Executor | Literal["ray"] | None = ...,
        progress: bool | None = ...,
        errors: Literal["return"],
        __recompute__: bool = ...,
    ) -> Iterator[R_co | Exception]: ...
    def imap(self, /, *iterables: Iterable[Any], **how: Any) -> Any:
        """Yield the results of `map` as they come, in bounded memory; of a coroutine function, for `async for`.

        Items are taken a few ahead of what was yielded, never all of them. Who stops early ends the map: what is
        running is kept, the rest is left.

        Args:
            *iterables: the items, as for `map`.
            ordered: whether results come in the order of the items; if not, what is done first comes first.
            **how: as for `map`.

        Raises:
            TypeError: as `map`, before anything runs.
            ValueError: the same.
            Exception: whatever an item raises, when what was done before it has been yielded.

        Example:
            >>> @checkpoint
            ... def double(x): return 2 * x
            >>> for result in double.imap(range(3)):
            ...     print(result)
            0
            2
            4
        """
        from ._map import begin_imap  # noqa: PLC0415  (no hit needs it)

        return begin_imap(self, iterables, how)
