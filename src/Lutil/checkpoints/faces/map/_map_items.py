"""The items of one map, and what has become of them. Nothing here knows of threads, processes or loops.

taken ──look up──▶ kept ───────────────────────▶ ready
              └──▶ to run ──▶ running ──▶ done ──▶ ready
              └──▶ equal to one that is running: looked up again when that is done

Where items run one after the other, each is looked up when those before it are done, as in a loop: what one draws at
random, or changes in what they share, may be an input of the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any, Final, Literal

from ...computation import Bulk, Keyed, Recipe
from ...engine import answer, costs_the_entry, is_kept, look_up, sharing, take
from ...model._outcome import Hit, Miss
from ...model.process._interrupts import is_interrupt
from ...model.process._limits import make_room
from ...model.process._records import NamedTuple
from ...observe import turn
from ._map_calls import Calls, Values
from ._map_jobs import Done, Job, Place, received, restored
from ._map_progress import Progress

__all__ = ["Errors", "Finished", "Items", "MapItem", "in_order", "into"]

Errors = Literal["raise", "return"]
_BATCH: Final = 1024
_FAILED: Final = 4096
"""Keys of items that have failed, so that equal ones need not fail again."""


class Finished(NamedTuple):
    """An item that is done: its place, and its result or exception."""

    place: int
    value: object


class MapItem:
    """An item that is not done yet.

    Attributes:
        place: of it, from 0.
        values: what the iterables gave for it.
        key: of its call; empty where it is to run without the cache.
        ordinal: which call of its computation it is, as far as that matters.
        equal: items with the same key, which wait for this one.
        waited: whether it has waited for an equal one.
        alone: whether its result is wanted back, since reading it from the store has failed.
    """

    __slots__ = ("alone", "equal", "key", "ordinal", "place", "values", "waited")

    def __init__(self, place: int, values: Values) -> None:
        self.place = place
        self.values = values
        self.key = ""
        self.ordinal: int | None = None
        self.equal: list[MapItem] = []
        self.waited = False
        self.alone = False


class Items:
    """The items of one map.

    Args:
        function: the checkpointed function.
        calls: how it is called for each item.
        window: how many items may be taken that are not handed out yet; None for all.
        in_turn: whether an item is looked up only when all before it are done.
        errors: whether the first exception ends the map, or stands for its item.
        recompute: whether kept items run as well.
        progress: counts and shows what becomes of them.

    Attributes:
        ready: those that are done, in the order in which they were.
        to_run: those that have to run.
        handed: how many results were handed out; whoever does so counts.
        failure: the failed item that ends the map.
    """

    def __init__(  # noqa: PLR0913  (what a map was given)
        self,
        function: Any,
        calls: Calls,
        *,
        window: int | None,
        in_turn: bool,
        errors: Errors,
        recompute: bool,
        progress: Progress,
    ) -> None:
        self.ready: deque[Finished] = deque()
        self.to_run: deque[MapItem] = deque()
        self.handed = 0
        self.failure: tuple[int, BaseException] | None = None
        self.progress = progress
        self._function = function
        self._calls = calls
        self._window = window
        self._in_turn = in_turn
        self._errors = errors
        self._recompute = recompute
        self._values: Iterator[Values] | None = iter(calls)
        self._taken = 0
        self._waiting: deque[MapItem] = deque()
        self._open: dict[str, MapItem] = {}
        self._failed: dict[str, BaseException] = {}
        self._recipe: Recipe | None = None
        self._bulk = Bulk(calls.own, calls.fixed)
        self._place: Place | None = None
        self._fetched = False
        self._rerun: set[str] = set()  # keys of items that have run although they may be kept

    @property
    def has_more(self) -> bool:
        """Whether there are items to be looked up now."""
        if self.failure is not None or (self._in_turn and self.to_run):
            return False
        return bool(self._waiting) or (self._values is not None and self._room() > 0)

    @property
    def are_left(self) -> bool:
        """Whether there are items that are neither handed out nor running."""
        return bool(self.ready or self.to_run or self.has_more)

    def drained(self) -> Iterator[Finished]:
        """Yield the items that are ready."""
        while self.ready:
            yield self.ready.popleft()

    def raise_failure(self) -> None:
        """Raise the exception that has ended the map, if one has."""
        if self.failure is not None:
            raise self.failure[1]

    def _room(self) -> int:
        return _BATCH if self._window is None else min(_BATCH, self._window - (self._taken - self.handed))

    def look(self) -> None:
        """Take the next items, as many as may be taken, and look them up; in turn, up to one that has to run."""
        if not (self._in_turn and self._waiting):
            self._waiting += self._take()
            self._fetched = False
        self._recipe = None  # since then, code of the user's may have changed what counts
        self._bulk.renew()
        missed: list[tuple[MapItem, Keyed]] = []
        while self._waiting and self.failure is None:
            self._look_up(self._waiting.popleft(), missed)
            if self._in_turn and (self.to_run or (self._window is not None and self.ready)):
                break
        if missed and not self._fetched and (behind := sharing(missed[0][1])):
            self._fetched = True
            if self._in_turn:
                missed += self._missed_ahead({item.key for item, _ in missed})
            self._fetch(behind.fetch_many, missed)
        self.progress.show()

    def _missed_ahead(self, seen: set[str]) -> Iterator[tuple[MapItem, Keyed]]:
        """Yield the items that wait for their turn and are not kept here, as far as can be told before it comes."""
        for item in self._waiting:
            computation = answer(self._calls.name, None, self._keyed, item)
            if computation is None or computation.key in seen:
                continue
            seen.add(computation.key)
            if not answer(self._calls.name, True, is_kept, computation):  # noqa: FBT003  (a result)
                yield item, computation

    def _fetch(self, fetch_many: Callable[[list[Keyed]], Collection[int]], missed: list[tuple[MapItem, Keyed]]) -> None:
        """Have fetched at once what a shared store has of the items that are missing here, and look these up again."""
        there = answer(self._calls.name, (), fetch_many, [computation for _, computation in missed])
        found = [missed[number][0] for number in sorted(there)]
        places = {item.place for item in found}
        again = [item for item in self.to_run if item.place in places]
        self.to_run = deque(item for item in self.to_run if item.place not in places)
        for item in again:  # those that wait for their turn are found when it comes
            self._waiting += self._closed(item)
            self._look_up(item, [])

    def _take(self) -> list[MapItem]:
        if self._values is None or (room := self._room()) <= 0:
            return []
        found = [MapItem(place, values) for place, values in enumerate(islice(self._values, room), self._taken)]
        if len(found) < room:
            self._values = None
        self._taken += len(found)
        return found

    def _look_up(self, item: MapItem, missed: list[tuple[MapItem, Keyed]]) -> None:
        """Read the result of an item that is kept; put any other where it has to go, and among the missed."""
        outcome: Hit | Miss | None = None
        try:
            computation = self._keyed(item)
            if computation is not None:
                item.key = computation.key
                item.waited |= item.key in self._rerun
                if (self._open or self._failed) and self._is_settled_by_another(item):
                    return
                outcome = look_up(computation, recompute=self._recompute and not item.waited)
                item.ordinal = computation.ordinal
                if isinstance(outcome, Miss) and sharing(computation, outcome):
                    missed.append((item, computation))
                elif isinstance(outcome, Hit) and outcome.put_back is not None:
                    outcome.put_back()
                    self._bulk.forget()
                    self._recipe = None
        except Exception as error:
            if not costs_the_entry(self._calls.name, error):
                if is_interrupt(error):
                    raise
                self.fail(item, error)
                return
            item.key, outcome = "", None
        if isinstance(outcome, Hit):
            self.progress.kept += 1
            self.progress.saved += outcome.saved
            self.ready.append(Finished(item.place, outcome.value))
            return
        if item.key:
            self._open[item.key] = item
        self.to_run.append(item)

    def _is_settled_by_another(self, item: MapItem) -> bool:
        """Tell whether an equal item is being run, for which this one waits, or has failed."""
        if (first := self._open.get(item.key)) is not None:
            item.waited = True
            first.equal.append(item)
            return True
        if (error := self._failed.get(item.key)) is not None:
            self.fail(item, error)
            return True
        return False

    def _keyed(self, item: MapItem) -> Keyed | None:
        """Return the computation of an item with its key; None where it is to run without the cache."""
        calls = self._calls
        found: Keyed | None
        found = self._function._computation(calls.args(item.values), calls.kwargs, Keyed, self._recipe)  # noqa: SLF001
        if found is None:
            return None
        self._recipe = found.recipe
        self._bulk.make_key(found)
        return found

    def job(self, item: MapItem) -> Job:
        """Return what runs an item."""
        if self._place is None and item.key:
            self._place = Place(self._function._stores[0])  # noqa: SLF001  (a part of it)
        return Job(
            self._function,
            self._calls.args(item.values),
            self._calls.kwargs,
            key=item.key,
            ordinal=item.ordinal,
            recompute=self._recompute and not item.waited,
            mark=_nowhere if item.alone or self._place is None else self._place.set,
        )

    def done(self, item: MapItem, done: Done) -> None:
        """Take what became of an item that was run."""
        if done.drew and item.ordinal is None:
            turn(item.key)
        value = done.value
        if done.kept or done.entry is not None:
            found = answer(self._calls.name, None, self._brought, item, done)
            if found is None:  # what was kept is gone, or nothing for this process: have it sent
                item.alone = True
                self.to_run.append(item)
                return
            value = found[0]
        if done.changes:
            self._bulk.forget()
        if self._recompute:
            self._rerun.add(item.key)
        self.progress.ran += 1
        self.ready.append(Finished(item.place, value))
        self._waiting += self._closed(item)

    def _brought(self, item: MapItem, done: Done) -> tuple[object] | None:
        """Return the result that another process has kept or sent; None where it cannot be read."""
        computation = self._keyed(item)
        if computation is None:
            return None
        if done.entry is not None:
            key, value = done.entry.key, received(computation, done.entry)
        else:
            key, outcome = done.kept, take(computation, done.kept)
            if not isinstance(outcome, Hit):
                return None
            value = restored(outcome.value, outcome.put_back)
            if outcome.put_back is not None:
                self._bulk.forget()
        if not done.published and (behind := sharing(computation)):
            behind.offer(computation, key)
        return (value,)

    def fail(self, item: MapItem, error: BaseException) -> None:
        """Take the exception that an item raised; it is that of all items that are equal."""
        if item.key not in self._failed:
            error.add_note(self._calls.shown(item.place, item.values))
        for one in (item, *self._closed(item)):
            self.progress.failed += 1
            if self._errors == "return" and isinstance(error, Exception):
                self.ready.append(Finished(one.place, error))
            elif self.failure is None or one.place < self.failure[0]:
                self.failure = one.place, error
        if item.key and self._errors == "return":
            make_room(self._failed, _FAILED)
            self._failed[item.key] = error

    def _closed(self, item: MapItem) -> list[MapItem]:
        """Take an item off those that are not done; return the ones that waited for it."""
        if self._open.get(item.key) is item:
            del self._open[item.key]
        equal, item.equal = item.equal, []
        return equal

    def close(self, *, whole: bool) -> None:
        """Leave nothing behind; `whole` says whether all items were handed out."""
        if self._place is not None:
            self._place.leave()
        self.progress.close(whole=whole)


def _nowhere() -> tuple[str, str]:
    return "", ""


def in_order(finished: Iterable[Finished]) -> Iterator[Finished]:
    """Yield items that are done in the order of their places."""
    early: dict[int, Finished] = {}
    following = 0
    for one in finished:
        early[one.place] = one
        while following in early:
            yield early.pop(following)
            following += 1


def into(results: list[object], one: Finished) -> None:
    """Put a result where it belongs."""
    if one.place >= len(results):
        results += [None] * (one.place + 1 - len(results))
    results[one.place] = one.value
