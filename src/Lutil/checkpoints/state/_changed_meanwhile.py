"""What others did to the inputs of a run while it was on: threads, tasks, signal handlers, other runs.

What the run did is kept with its result and done again by a hit. What somebody else did is neither, and the result may
depend on when that was: it is not kept. Who did it cannot be observed; it is told from what the code of the run does
to names, and asked only where somebody else is there at all.

- Nothing that the run reaches does such a thing: then any other thread may have been it.
- Only methods do it that the run is not seen to call: then somebody who runs code of the project has to be there.
- Two runs that are on at once, none as a part of the other, have the same object: then either of them.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from .. import code
from ..code import Slot
from ..computation import Computation
from ..model._errors import NotSavableError
from ..model._identity import identity
from ..observe import enclosing
from ..project._libraries import is_project, is_project_globals
from .objects._changes import After
from .objects._in_place_rule import Way
from .objects._in_place_rules import AttributePlace

if TYPE_CHECKING:
    from ..code import Doing
    from ..observe import Recorder

__all__ = ["Meanwhile", "about_to_put_back"]

_CALLED_BY_A_LOOP: Final = 0x80 | 0x200  # coroutines, and generators among them
_ELSEWHERE: Final = "a thread, a task or a signal handler changed it while this ran"
_AT_ONCE: Final = "another run that is on at the same time has it as well, and either may have changed it"
_SWITCHERS: Final = ("greenlet", "trio", "curio")
"""Libraries that switch between tasks in one thread."""


class Meanwhile:
    """One run, and who else may change its inputs while it is on.

    Args:
        computation: that is run.
        run: its recorder.
        met: the mutable objects among its inputs.

    Attributes:
        run, met: these.
    """

    __slots__ = ("_computation", "_doing", "_ids", "_shared", "_strangers", "met", "run")

    def __init__(self, computation: Computation, run: Recorder, met: Sequence[object]) -> None:
        self._computation = computation
        self.run = run
        self.met = met
        self._ids: frozenset[int] | None = None
        self._shared: set[int] = set()
        self._doing: list[Doing] | None = None
        self._strangers = _has_project_threads()
        if not met:
            return
        _on[identity(self)] = self
        for other in _beside(self):
            other.meet(self.met)
            self.meet(other.met)

    def _identities(self) -> frozenset[int]:
        if self._ids is None:
            self._ids = frozenset(map(identity, self.met))
        return self._ids

    def meet(self, values: Iterable[object]) -> None:
        """Take note of objects that somebody else has changed while this is on."""
        self._shared |= self._identities().intersection(map(identity, values))

    def end(self) -> None:
        """Take note that the run is over. Harmless when called twice."""
        _on.pop(identity(self), None)

    def look_at_binding(self, slot: Slot) -> None:
        """Look who can have bound a place anew.

        Raises:
            NotSavableError: not this run.
        """
        if any(not doing.may_bind(slot) for doing in self._asked()):
            raise NotSavableError(slot.path, _ELSEWHERE)

    def look_at_states(self, after: After, roots: Callable[[], Mapping[str, Slot | None]]) -> None:
        """Look who can have changed what is below the inputs.

        Args:
            after: what changed.
            roots: gives the inputs by their names in it, with the place of each that is reached.

        Raises:
            NotSavableError: not this run.
        """
        for doing in self._asked() if after.changed else ():
            for value in _unexplained(after, roots(), doing):
                raise NotSavableError(after.path_of(value), _ELSEWHERE)

    def look_at_sharing(self, after: After, kept: Iterable[int]) -> None:
        """Look whether others had at the same time what this run is to have changed.

        Args:
            after: what changed.
            kept: the identities of what a hit is to change again.

        Raises:
            NotSavableError: they had.
        """
        for key in self._shared.intersection(kept):
            shots, index = after.changed[key]
            raise NotSavableError(after.path_of(shots.value(index)), _AT_ONCE)

    def _asked(self) -> list[Doing]:
        """Return what the code of the run does, as far as that is known, and others may be there that do more."""
        if self._doing is None:
            self._doing = [*self._worked_out()]
        return self._doing

    def _worked_out(self) -> Iterator[Doing]:
        if self.run.unnamed:
            return
        plans, held = self._computation.plans(), self._computation.codes
        present = self._strangers or _has_project_threads() or self._may_be_interrupted()
        if present or _thread._count() > 0 or any(map(sys.modules.__contains__, _SWITCHERS)):  # noqa: SLF001
            yield code.Doing(plans, held, called=False)
        if present:
            yield code.Doing(plans, held, called=True)

    def _may_be_interrupted(self) -> bool:
        """Return whether the project's own handlers of signals, or other tasks, run while this does."""
        nodes = self._computation.plan.nodes
        root = nodes[0].code if nodes else None
        if root is not None and root.co_flags & _CALLED_BY_A_LOOP:
            return True
        signals = sys.modules.get("signal")
        if signals is None:
            return False
        handlers = map(signals.getsignal, signals.valid_signals())
        return any(callable(one) and not isinstance(one, int) and is_project(one) for one in handlers)


_on: Final[dict[int, Meanwhile]] = {}
"""The runs that are on, of all threads and tasks."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_on.clear)  # the other threads of the parent are not there


def about_to_put_back(values: Iterable[object]) -> None:
    """Tell the runs that are on elsewhere of objects that a hit is about to change here."""
    if _on:
        values = [*values]
        for other in _beside():
            other.meet(values)


def _beside(me: Meanwhile | None = None) -> list[Meanwhile]:
    """Return the runs that are on and that neither enclose what is on here nor are it."""
    around = []
    outer: Any = enclosing()
    while outer is not None:
        around.append(outer)
        outer = outer.parent
    return [one for one in [*_on.values()] if one is not me and not any(one.run is other for other in around)]


def _has_project_threads() -> bool:
    """Return whether another thread runs code of the project, or is going to."""
    if not _thread._count():  # noqa: SLF001  # those beside the main one
        return False
    here = threading.get_ident()
    frames = [frame for ident, frame in sys._current_frames().items() if ident != here]  # noqa: SLF001
    # Without the lock of `threading.enumerate`, which whoever was interrupted by a signal may hold.
    threads = [*threading._active.values()]  # type: ignore[attr-defined]  # noqa: SLF001
    timed = [getattr(one, "function", None) for one in threads if isinstance(one, threading.Timer)]
    return any(map(_is_of_project, frames)) or any(map(is_project, timed))


def _is_of_project(frame: FrameType | None) -> bool:
    while frame is not None:
        if is_project_globals(frame.f_globals):
            return True
        frame = frame.f_back
    return False


def _unexplained(after: After, roots: Mapping[str, Slot | None], doing: Doing) -> Iterator[object]:
    """Yield what changed below the inputs, and that code cannot have changed which does this and no more."""
    if doing.anything:
        return
    led: set[int] | None = None
    for key, (shots, index) in after.changed.items():
        value, place = shots.value(index), shots.place
        if isinstance(place, AttributePlace) and not place.whole:
            if code.is_own_class(type(value)) and not doing.binds.issuperset(shots.attributes(index)):
                yield value
            continue
        if led is None:
            led = after.led_to([name for name, slot in roots.items() if _is_opened(slot, doing)], _named_by(doing))
        if key not in led or (place.changed_by and place.changed_by.isdisjoint(doing.names)):
            yield value


def _is_opened(slot: Slot | None, doing: Doing) -> bool:
    """Return whether code may change what is in an input: it is given that, or reads it by name, not only by keys."""
    if slot is None:
        return True
    by_keys = bool(slot.reads) and "whole" not in slot.reads
    return doing.may_name(slot) and not (by_keys and not doing.may_fill(slot))


def _named_by(doing: Doing) -> Callable[[object, Way], bool]:
    """Return what tells whether code takes a way: that to an attribute of the project's own is taken by its name."""

    def leads(owner: object, way: Way) -> bool:
        if not isinstance(way, str) or not way.startswith("."):
            return True
        return way[1:] in doing.names or not code.is_own_class(type(owner))

    return leads
