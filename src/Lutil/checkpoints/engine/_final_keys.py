"""Traces: what earlier runs of a computation observed, and the key to which that leads as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final

import xxhash

from .. import observe, state
from ..computation import Computation
from ..model._entry import EntryStore
from ..model._key import Part, PartKind
from ..model.process._late import loading
from ..observe import EMPTY, Observed, Trace

__all__ = ["elsewhere", "final_key", "led_to", "observed_parts", "traces_of"]

_GONE: Final = b"\0" * 16


def traces_of(computation: Computation, store: EntryStore, key: str) -> Iterator[Trace]:
    """Yield the traces known under a key. One of another version is a lost one, which costs a recomputation."""
    for data in store.traces(computation.recipe.name, key):
        with suppress(ValueError):
            yield Trace.from_bytes(computation.opened(data))


def elsewhere(computation: Computation, observed: Observed, path: str) -> bytes | None:
    """Return the present digest of what a trace names and no file or stream holds."""
    if observed.kind is PartKind.MEMO:
        return state.kept_digest(computation, observed.name)
    if observed.kind is PartKind.EARLIER:
        return computation.earlier(observed.name) if observed.name in computation.old else None
    with loading:
        from ._dynamic_code import present_code  # noqa: PLC0415  (few runs meet any)

    return present_code(observed.mode, path)


def led_to(computation: Computation, key: str, trace: Trace, *, peek: bool = False) -> tuple[str, list[bytes]] | None:
    """Return the final key to which a trace leads now, and the digests of what it names; None where some is gone."""
    if computation.ordinal is None and trace.has_ordinal:
        computation.ordinal = observe.turn(computation.key, peek=peek)
    ordinal, present = computation.ordinal or 0, partial(elsewhere, computation)
    digests = observe.digests_of(trace, computation.stores[0], computation.settings.root, ordinal, present)
    return None if digests is None else (final_key(key, trace, observe.combined(trace, digests)), digests)


def final_key(key: str, trace: Trace, state: bytes) -> str:
    """Return the key under which an entry lies: that of the inputs, with what the run observed."""
    return key if trace == EMPTY else xxhash.xxh3_128_hexdigest(key.encode() + trace.to_bytes() + state)


def observed_parts(computation: Computation) -> tuple[Part, ...]:
    """Return what earlier runs with this key observed, as it is now; what is gone has a part that says so."""
    found: dict[tuple[str, str], Part] = {}
    for store in computation.stores:
        for trace in traces_of(computation, store, computation.key):
            for observed in trace.names:
                kind, path = observed.kind, observed.shown
                found.setdefault((kind, path), Part(kind, path, _GONE, "gone"))
            ordinal, present = computation.ordinal or 0, partial(elsewhere, computation)
            for part in observe.present_parts(
                trace, computation.stores[0], computation.settings.root, ordinal, present
            ):
                found[part.kind, part.path] = part
    return computation.readable(found.values())
