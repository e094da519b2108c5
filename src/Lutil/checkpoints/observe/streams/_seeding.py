"""Stand-ins for the functions that seed a random stream: while a run is on, they tell the runs that are on.

What a program does to a stream while no run is on, is read off where the stream stands (`_streams`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from ...model.process._undo import Undo
from .._active_runs import chain, innermost
from .._loaded_modules import loaded_of
from ._stream_log import load_stream, put_stream
from ._streams import State, note_seeding, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .._active_runs import Current, WatchedRun

__all__ = ["SEEDED", "load_streams", "restore_streams", "seeding_standins"]

_TORCH: Final = ("torch.cpu", ("manual_seed", "seed", "set_rng_state", "get_rng_state"))
_SEEDERS: Final = {
    "random": ("random", ("seed", "setstate", "getstate")),
    "numpy.random": ("numpy", ("seed", "set_state", "get_state")),
    "torch": _TORCH,
    "torch.random": _TORCH,
}
_SAVERS: Final = frozenset(("getstate", "get_state", "get_rng_state"))

SEEDED: Final = frozenset(_SEEDERS)


def seeding_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins of the libraries that are loaded, or of one: where each goes, and how it is made."""
    for module, (stream_name, functions) in loaded_of(_SEEDERS, only):
        # A library that is just being imported has not all of its functions yet.
        if stream(stream_name) is not None and all(hasattr(module, name) for name in functions):
            for name in functions:
                make = _saving if name in _SAVERS else functools.partial(_noting, name)
                yield module, name, functools.partial(make, stream_name)


def _saving(stream_name: str, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a function that saves a state and tells the runs that are on."""

    def saving(*args: Any, **kwargs: Any) -> Any:
        if current() is not None:
            for run in chain():
                run.streams.saving(stream_name)
        return original(*args, **kwargs)

    return saving


def _noting(name: str, stream_name: str, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a function that does what the original does and tells the runs that are on."""
    found = stream(stream_name) if name == "seed" and not stream_name.startswith("torch") else None

    def is_known(run: WatchedRun) -> bool:
        return found is not None and run.streams.seeded_at.get(stream_name) == found.learnt

    def seeding(*args: Any, **kwargs: Any) -> Any:
        run = innermost()
        if run is not None and run.active and args and args[0] is not None and is_known(run):
            return original(*args, **kwargs)
        runs = chain() if current() is not None else []
        for one in runs:
            one.streams.before_seeding(stream_name)
        result = original(*args, **kwargs)
        if runs:
            given = (*args, *kwargs.values())
            by_value = name != "seed" or (bool(given) and given[0] is not None)
            note_seeding("torch" if stream_name == "torch.cpu" else stream_name, by_value=by_value)
            for one in runs:
                one.streams.after_seeding(stream_name, by_value=by_value, maybe_back="state" in name)
        return result

    return seeding


def load_streams(names: Iterable[str]) -> None:
    """Load the libraries of streams that are to be restored.

    Raises:
        ImportError: one of them is not here.
    """
    for name in names:
        load_stream(name)


def restore_streams(states: dict[str, State], undo: Undo | None = None) -> None:
    """Make the streams stand where a run had left them; for enclosing runs it is as if that run had been theirs.

    Args:
        states: `Observation.streams_after` of the run.
        undo: takes what undoes it, where this is one of several changes.
    """
    runs = chain()
    for name, state in states.items():
        for run in runs:
            run.streams.before_seeding(name)
        before = load_stream(name)
        if undo is not None and before is not None:
            undo(functools.partial(before.put, before.get()))
        if put_stream(name, state):
            for run in runs:
                run.streams.after_seeding(name, by_value=True)
