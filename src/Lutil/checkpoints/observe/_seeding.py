"""Stand-ins for the functions that seed a random stream: they tell the runs that are on.

They are thin, and stay: what a program did before its first run matters as much as what a run does. They are put up
when this room is loaded, and again whenever a run starts or a stream is asked for, in the libraries that are loaded
by then.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from .._undo import Undo
from ._current import chain
from ._streamlog import load_stream, put_stream
from ._streams import State, note_seeding, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SEEDED", "load_streams", "put_up_seeding", "restore_streams"]

_TORCH: Final = ("torch.cpu", ("manual_seed", "seed", "set_rng_state", "get_rng_state"))
_SEEDERS: Final = {
    "random": ("random", ("seed", "setstate", "getstate")),
    "numpy.random": ("numpy", ("seed", "set_state", "get_state")),
    "torch": _TORCH,
    "torch.random": _TORCH,
}
_SAVERS: Final = frozenset(("getstate", "get_state", "get_rng_state"))

SEEDED: Final = frozenset(_SEEDERS)
_done: set[str] = set()


def put_up_seeding() -> None:
    """Put the stand-ins up in each library that is loaded. Costs less than a microsecond once that is done."""
    if len(_done) == len(_SEEDERS):
        return
    for module_name, (stream_name, functions) in _SEEDERS.items():
        module = sys.modules.get(module_name)
        # A library that is just being imported has not all of its functions yet.
        if module is None or module_name in _done or not all(hasattr(module, name) for name in functions):
            continue
        if stream(stream_name) is None:  # made before the first seeding that is noted
            continue
        _done.add(module_name)
        for name in functions:
            original = getattr(module, name)
            standin = _saving(original, stream_name) if name in _SAVERS else _noting(original, stream_name, name)
            functools.update_wrapper(standin, original)
            # `random.seed` is a method of a hidden object: pickled under the name of that, it would not be found.
            standin.__module__, standin.__name__, standin.__qualname__ = module_name, name, name
            setattr(module, name, standin)


def _saving(original: Callable[..., Any], stream_name: str) -> Callable[..., Any]:
    """Return a function that saves a state and tells the runs that are on."""

    def saving(*args: Any, **kwargs: Any) -> Any:
        for run in chain():
            run.streams.saving(stream_name)
        return original(*args, **kwargs)

    return saving


def _noting(original: Callable[..., Any], stream_name: str, name: str) -> Callable[..., Any]:
    """Return a function that does what the original does and tells the runs that are on."""

    def seeding(*args: Any, **kwargs: Any) -> Any:
        runs = chain()
        for run in runs:
            run.streams.before_seeding(stream_name)
        result = original(*args, **kwargs)
        given = (*args, *kwargs.values())
        by_value = name != "seed" or (bool(given) and given[0] is not None)
        note_seeding("torch" if stream_name == "torch.cpu" else stream_name, by_value=by_value)
        for run in runs:
            run.streams.after_seeding(stream_name, by_value=by_value, maybe_back="state" in name)
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
    put_up_seeding()
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
