"""One item of a map, where it runs: in a thread of the caller's, in another process, or on another machine.

    a thread            looks up again, claims, runs and keeps, as a single call does; the result is handed over
    another process     has the function by pickle, and with that the name of the caller's store
      finds that store      keeps the result there; the caller reads it, as it reads any other
      does not              sends what it would have kept; the caller keeps it, unless it depends on what is there only

Whether a worker finds the store is told by a file that the caller has made in it: a folder of the same name may be
another one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any, Final

from ...computation import Computation
from ...engine import Run, called, called_async, sharing, take, traces_of
from ...model._entry import Buffer, EntryStore, Stored
from ...model._outcome import Hit
from ...model.process._interrupts import let_pass
from ...model.process._limits import make_room
from ...model.process._records import NamedTuple
from ...observe import turn
from ...report._not_kept import tell_unkept
from ...state._payload import decoded
from ...store import MemoryStore

__all__ = ["Done", "Job", "Place", "SentEntry", "received", "restored", "run_coroutine"]


class SentEntry(NamedTuple):
    """An entry that a worker could not keep where it belongs: its key, and what the store would hold of it."""

    key: str
    stored: Stored
    files: Sequence[Buffer]
    provenance: bytes
    trace: bytes | None


class Done(NamedTuple):
    """What became of an item.

    Attributes:
        value: its result; None where one of the others says where that is.
        kept: the final key under which it was kept in the caller's store.
        entry: what the caller is to keep.
        drew: whether it took one of the turns of an unseeded random stream, which the caller has to count.
        published: whether a shared store, if there is one, has it from the worker: else the caller hands it on.
        changes: whether it changed its inputs in this process, as far as that is known.
    """

    value: object = None
    kept: str = ""
    entry: SentEntry | None = None
    drew: bool = False
    published: bool = False
    changes: bool = False


class Place:
    """A mark in the caller's store, by which workers find it; left, it is gone.

    A store that is no folder is found by nobody.
    """

    _KIND: Final = "map"

    def __init__(self, store: EntryStore) -> None:
        self._store: Any = store
        self._token = os.urandom(16).hex()
        self._is_set = False
        self._lock = threading.Lock()  # jobs are pickled in threads of executors

    def set(self) -> tuple[str, str]:
        """Make the mark, the first time; return the folder and the mark."""
        folder = str(getattr(self._store, "folder", ""))
        with self._lock:
            if folder and not self._is_set:
                self._store.put_note(self._KIND, self._token, self._token.encode())
                self._is_set = True
        return folder, self._token

    def leave(self) -> None:
        """Remove the mark."""
        if self._is_set:
            self._is_set = False
            self._store.drop_note(self._KIND, self._token)

    @classmethod
    def is_here(cls, store: EntryStore, mark: tuple[str, str]) -> bool:
        """Tell whether a store is the one in which a mark was made."""
        folder, token = mark
        if not folder or str(getattr(store, "folder", "")) != folder:
            return False
        if token not in _found:
            make_room(_found, _MOST)
            _found[token] = store.get_note(cls._KIND, token) == token.encode()
        return _found[token]


_MOST: Final = 1024
_found: Final[dict[str, bool]] = {}
"""Of the marks that this process has looked for: whether they were there."""


class Job:
    """An item to be run. Called here, it runs here; pickled, it becomes what runs elsewhere.

    Args:
        function: the checkpointed function.
        args: of the call.
        kwargs: the same.
        key: of the call; empty where it is to run without the cache.
        ordinal: which call of its computation it is, as far as that matters.
        recompute: whether it is to run in any case.
        mark: gives the mark in the caller's store; empty where the result is wanted back in any case.
    """

    __slots__ = ("_context", "_thread", "args", "function", "key", "kwargs", "mark", "ordinal", "recompute")

    def __init__(  # noqa: PLR0913, PLR0917  (a record)
        self,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        key: str,
        ordinal: int | None,
        recompute: bool,  # noqa: FBT001  (the same)
        mark: Callable[[], tuple[str, str]],
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.key = key
        self.ordinal = ordinal
        self.recompute = recompute
        self.mark = mark
        self._thread = threading.get_ident()
        self._context = copy_context()  # a computation around the map is one for its items as well

    def __call__(self) -> Done:
        """Run it in this process."""
        return self._run() if threading.get_ident() == self._thread else self._context.run(self._run)

    def _run(self) -> Done:
        function: Any = self.function._function  # noqa: SLF001  (a part of it)
        if not self.key:
            return Done(function(*self.args, **self.kwargs))
        given = (self.args, self.kwargs, self.function._name)  # noqa: SLF001
        value, entry = called(function, *given, self.resolve, self.recompute)
        return Done(value, changes=entry.changes if isinstance(entry, Run) else entry is None or bool(entry.put_back))

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.function, self.args, self.kwargs, self.key)
        ordinal = turn(self.key, peek=True) if self.key and self.ordinal is None else self.ordinal
        return _Elsewhere, (*given, ordinal, self.recompute, self.mark() if self.key else ("", ""))

    def resolve(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Computation | None:
        """Return the computation of the call."""
        computation: Computation | None = self.function._computation(args, kwargs)  # noqa: SLF001  (a part of it)
        if computation is not None:
            computation.ordinal = self.ordinal
        return computation


class _Elsewhere:
    """A job in another process than the caller's."""

    def __init__(self, function: Any, args: Any, kwargs: Any, key: str, *how: Any) -> None:
        self._function = function
        self._args = args
        self._kwargs = kwargs
        self._key = key
        self._ordinal, self._recompute, self._mark = how
        self._computation: Computation | None = None
        self._is_here = False

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self._function, self._args, self._kwargs, self._key)
        return _Elsewhere, (*given, self._ordinal, self._recompute, self._mark)

    def __call__(self) -> Done:
        function: Any = self._function._function  # noqa: SLF001  (a part of it)
        if not self._key:
            return Done(function(*self._args, **self._kwargs))
        given = (self._args, self._kwargs, self._function._name)  # noqa: SLF001
        value, entry = called(function, *given, self._resolve, self._recompute)
        kept = entry.kept if isinstance(entry, Run) else entry.key if entry else ""
        computation = self._computation
        if computation is None or not kept or computation.key != self._key:
            return Done(value)
        store, trace, drew = computation.stores[0], None, False
        if kept != computation.key:
            trace = store.traces(computation.recipe.name, computation.key)[0]
            newest = next(traces_of(computation, store, computation.key))
            drew = newest.has_ordinal
            if not self._is_here and any(map(os.path.isabs, (name for _, name, _ in newest.names))):
                return Done(value, drew=drew)
        if self._is_here:
            behind = sharing(computation)
            return Done(kept=kept, drew=drew, published=behind is not None and behind.publishes(computation))
        return Done(entry=_entry_of(store, computation.recipe.name, kept, trace), drew=drew)

    def _resolve(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Computation | None:
        computation: Computation | None = self._function._computation(args, kwargs)  # noqa: SLF001
        if computation is not None:
            computation.ordinal = self._ordinal
            self._is_here = Place.is_here(computation.stores[0], self._mark)
            if not self._is_here:
                computation.stores = (MemoryStore(),)
            self._computation = computation
        return computation


def _entry_of(store: Any, name: str, key: str, trace: bytes | None) -> SentEntry:
    stored = store.get(name, key)
    files = store.contents(name, key) if stored.header.files else ()
    return SentEntry(key, stored, files, store.provenance(name, key), trace)


def received(computation: Computation, entry: SentEntry) -> object:
    """Keep an entry that a worker has sent; return its result, whether or not that could be done."""
    key, stored, files, provenance, trace = entry
    store, name = computation.stores[0], computation.recipe.name
    try:
        if trace is not None:
            store.put_trace(name, computation.key, trace)
        store.put(name, key, stored.header, stored.stream, [*stored.buffers, *files], provenance)
    except Exception as error:  # noqa: BLE001  (what the system or a store forbids costs the entry, not the result)
        let_pass(error)
        tell_unkept(computation, error)
    else:
        outcome = take(computation, key)
        if isinstance(outcome, Hit):
            return restored(outcome.value, outcome.put_back)
    buffers = stored.buffers[:-1] if stored.header.files else stored.buffers
    return restored(*decoded(computation, stored._replace(buffers=buffers)))


def restored(value: object, put_back: Callable[[], None] | None) -> object:
    """Return the result of a run, whose inputs are by then as it has left them."""
    if put_back is not None:
        put_back()
    return value


async def run_coroutine(job: Job) -> Done:
    """Run the item of a coroutine function, in this loop."""
    function: Any = job.function._function  # noqa: SLF001  (a part of it)
    if not job.key:
        return Done(await function(*job.args, **job.kwargs))
    given = (job.args, job.kwargs, job.function._name)  # noqa: SLF001
    return Done((await called_async(function, *given, job.resolve, job.recompute))[0])
