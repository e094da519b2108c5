"""One function over many items: what is kept is read, and only what is missing runs.

Items come and go by `_map_items`; here they are run: in this thread, in threads of the map's own, or by an executor
that was given. Coroutine functions go by `_map_async`.

Whatever ends a map, nothing of it is started any more, and threads of its own are waited for: so all that was running
is kept, and nothing stays claimed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from queue import SimpleQueue
from typing import Any, Final

from ...model._errors import SettingError
from ...model._setting_values import flag_of
from ...model.process._log import say
from ...observe import kept_up
from ._map_calls import calls_of
from ._map_items import Errors, Finished, Items, MapItem, in_order, into
from ._map_jobs import Done, Job
from ._map_progress import Progress

__all__ = ["begin_imap", "begin_map"]

_LEAST: Final = 32
"""Items that may be taken ahead of what was handed out, at least."""
_AHEAD: Final = 256
"""Items that are given at a time to an executor that does not tell how many it runs."""
_COROUTINES: Final = 8

Submit = Callable[[Job], "Future[Done]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How a map was asked to run, checked."""

    fixed: Mapping[str, object] | None = None
    workers: int | None = None
    executor: Executor | None = None
    progress: bool | None = None
    errors: Errors = "raise"
    ordered: bool = True
    recompute: bool = False

    def __post_init__(self) -> None:
        if self.workers is not None and self.executor is not None:
            raise TypeError("workers and executor are given both: an executor has workers of its own")
        if self.workers is not None and (isinstance(self.workers, bool) or not isinstance(self.workers, int)):
            raise TypeError(f"workers: a number is expected, not {self.workers!r}")
        if self.workers is not None and self.workers < 1:
            raise SettingError(f"workers: at least 1 is expected, not {self.workers}")
        if self.executor is not None and (
            isinstance(self.executor, type) or not callable(getattr(self.executor, "submit", None))
        ):
            raise TypeError(f"executor: a concurrent.futures.Executor is expected, not {self.executor!r}")
        if self.errors not in {"raise", "return"}:
            raise SettingError(f'errors: "raise" or "return" is expected, not {self.errors!r}')

    @property
    def ahead(self) -> int:
        """How many items are given out at a time: as many as run, and as many again that wait for them."""
        if self.executor is None:
            return 2 * self.workers if self.workers else 1
        workers = getattr(self.executor, "_max_workers", None)  # that of the standard library's, and of loky's
        return 2 * workers if isinstance(workers, int) else _AHEAD


def begin_map(mapped: Any, iterables: tuple[Iterable[Any], ...], given: dict[str, Any]) -> Any:
    """Return the results of all items, or something to be awaited for them; see `Mapped.map`."""
    how, items, is_async = _begin(mapped, iterables, given, all_of_it=True)
    if is_async:
        from ._map_async import gathered  # noqa: PLC0415  (it needs asyncio)

        return gathered(items, how.workers or _COROUTINES)
    results: list[object] = []
    with kept_up(), closing(_finished(items, how)) as found:
        for one in found:
            items.handed += 1
            into(results, one)
    items.raise_failure()
    return results


def begin_imap(mapped: Any, iterables: tuple[Iterable[Any], ...], given: dict[str, Any]) -> Any:
    """Return an iterator of the results, or an asynchronous one; see `Mapped.imap`."""
    how, items, is_async = _begin(mapped, iterables, given, all_of_it=False)
    if is_async:
        from ._map_async import yielded  # noqa: PLC0415  (it needs asyncio)

        return yielded(items, how.workers or _COROUTINES, ordered=how.ordered)
    return _yielded(items, how)


def _begin(
    mapped: Any, iterables: tuple[Iterable[Any], ...], given: dict[str, Any], *, all_of_it: bool
) -> tuple[_How, Items, bool]:
    """Return how a map is to run, its items, and whether it is one of coroutines; all is checked by then."""
    is_method = hasattr(type(mapped), "__lutil_method__")
    function = mapped.__func__ if is_method else mapped
    if given.get("executor") == "ray":
        from ._map_ray import RayExecutor  # noqa: PLC0415  (it needs Ray)

        given["executor"] = RayExecutor()
    name = getattr(function, "__name__", function._name)  # noqa: SLF001  (a part of it; a partial has no other)
    how = _read(name, given)
    is_async = inspect.iscoroutinefunction(type(function).__call__)
    if is_async and how.executor is not None:
        raise TypeError(f"{name} is a coroutine function, which runs in this loop: executor is not for it")
    instance = (mapped.__self__,) if is_method else ()
    calls = calls_of(function._function, name, instance, iterables, how.fixed)  # noqa: SLF001  (of this room)
    ahead = (how.workers or _COROUTINES) if is_async else how.ahead
    in_turn = not is_async and how.executor is None and how.workers in {None, 1}
    window: int | None = max(_LEAST, 2 * ahead)
    if calls.size is None and in_turn:
        window = 1  # a generator may change what it has given, or what counts, as it goes on
    elif calls.size is not None and all_of_it:
        window = None
    items = Items(
        function,
        calls,
        window=window,
        in_turn=in_turn,
        errors=how.errors,
        recompute=how.recompute,
        progress=Progress(calls.name, calls.size, how.progress),
    )
    return how, items, is_async


def _read(name: str, given: dict[str, Any]) -> _How:
    recompute = flag_of("__recompute__", given.pop("__recompute__", False))
    known = {field.name for field in fields(_How)}
    for word in given:
        if word not in known:
            raise TypeError(
                f"{name}.map has no option {word!r}; an argument that is the same for all items goes into "
                f"fixed={{{word!r}: ...}}"
            )
    return _How(recompute=recompute, **given)


def _yielded(items: Items, how: _How) -> Generator[object, None, None]:
    with closing(_finished(items, how)) as found:
        for one in in_order(found) if how.ordered else found:
            items.handed += 1
            yield one.value
    items.raise_failure()


def _finished(items: Items, how: _How) -> Generator[Finished, None, None]:
    """Yield the items as they are done, and leave nothing behind."""
    whole = False
    try:
        with _submitting(how) as submit, closing(_run(items, submit, how.ahead)) as found:
            yield from found
        whole = items.failure is None
    finally:
        items.close(whole=whole)


@contextmanager
def _submitting(how: _How) -> Iterator[Submit]:
    """Within it, items are run by what is yielded; threads that were started for it have ended afterwards."""
    if how.executor is not None:
        yield how.executor.submit
    elif how.workers in {None, 1} or (pool := _pool_of_threads(how.workers)) is None:
        yield _run_here
    else:
        try:
            yield pool.submit
        except KeyboardInterrupt:
            say("Lutil: items that are running are waited for and kept; Ctrl-C again does not wait", terminal=True)
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _pool_of_threads(workers: int | None) -> Executor | None:
    """Return threads; None where the interpreter shuts down and starts none any more."""
    try:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (it cannot be loaded by then)

        pool = ThreadPoolExecutor(workers, thread_name_prefix="map")
        pool.submit(int).result()
    except RuntimeError:
        return None
    return pool


def _run_here(job: Job) -> Future[Done]:
    future: Future[Done] = Future()
    try:
        future.set_result(job())
    except Exception as error:  # noqa: BLE001  (an item may raise what it likes)
        future.set_exception(error)
    return future


def _run(items: Items, submit: Submit, ahead: int) -> Generator[Finished, None, None]:
    """Yield the items as they are done; after a failure, those that were running then."""
    running = _Running(items, submit)
    try:
        while items.failure is None and (items.are_left or running):
            yield from items.drained()
            if items.has_more:
                items.look()
            running.start(ahead)
            running.settle(wait=not items.ready and not items.has_more)
    finally:
        running.cancel()
    while running:
        running.settle(wait=True)
    yield from items.drained()


class _Running:
    """The items that were given out, by their futures."""

    def __init__(self, items: Items, submit: Submit) -> None:
        self._items = items
        self._submit = submit
        self._by_future: dict[Future[Done], MapItem] = {}
        self._over: SimpleQueue[Future[Done]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._by_future)

    def start(self, most: int) -> None:
        """Give out items until there are so many."""
        while self._items.to_run and len(self) < most:
            item = self._items.to_run.popleft()
            future = self._submit(self._items.job(item))
            self._by_future[future] = item
            future.add_done_callback(self._over.put)

    def cancel(self) -> None:
        """Call those off that have not begun."""
        for future in list(self._by_future):
            future.cancel()

    def settle(self, *, wait: bool) -> None:
        """Take what became of the items that are over; if asked so and none is, wait for one."""
        while self._by_future and (wait or not self._over.empty()):
            future = self._over.get()
            item = self._by_future.pop(future)
            if not future.cancelled():
                self._take(item, future)
            elif self._items.failure is None:
                future.result()  # raises that it was called off, by whoever did so
            wait = False
        self._items.progress.show()

    def _take(self, item: MapItem, future: Future[Done]) -> None:
        error = future.exception()
        if error is None:
            self._items.done(item, future.result())
        else:
            self._items.fail(item, error)
