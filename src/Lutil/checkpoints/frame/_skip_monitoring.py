"""Skipping by `sys.monitoring` (3.12 and later): instruction events of the code objects that hold a block.

A code object is instrumented once. All its instructions are answered DISABLE at their first event, except those
right after an `__enter__`; there the callback looks up whether the running frame has a skip armed.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Any

from ..model._errors import BlockError
from ..model._identity import identity
from ._block_facts import KNOWN, facts
from ._location import location
from ._signal import ARMED, BlockSkippedError

if TYPE_CHECKING:
    import types

    from ._block_facts import Block, BlockFacts

__all__ = ["MonitoringSkip"]

_monitoring: Any = getattr(sys, "monitoring", None)  # absent before 3.12, which does not import this file
_TOOL_NAME = "Lutil.checkpoints"
# 0, 1 and 2 are left to debuggers, coverage and profilers that may start later: they cannot choose another.
_FREE_IDS = (4, 3, 5)

_tool = -1
_delivered: set[int] = set()


class MonitoringSkip:
    """Arming and disarming of one skip. See `_skip.py` for the guarantees."""

    __slots__ = ("_fired", "_first", "_frame", "_key", "_known", "_last", "_local_trace")

    def __init__(self) -> None:
        self._fired = False
        self._known: BlockFacts | None = None
        self._key = 0
        self._first = self._last = -1
        self._frame: types.FrameType | None = None
        self._local_trace: Any = None

    def arm(self, frame: types.FrameType, block: Block) -> None:
        """Let the frame skip the block as soon as it goes on; the last thing that `__enter__` does.

        Raises:
            BlockError: no tool id of `sys.monitoring` is free, or the caller runs inside a trace function.
        """
        self._key, self._first, self._last = identity(frame), block.prefix, block.start
        try:
            if frame.f_trace is not None:
                self._hide_from_debugger(frame)
            known = KNOWN.get(identity(frame.f_code))
            if known is None or not known.instrumented or _monitoring.get_tool(_tool) is not _TOOL_NAME:
                known = _instrument(frame)
            if _may_be_silent():
                _check_events_arrive(frame)
            self._known = known
            ARMED[self._key] = self
        except BaseException:
            self.restore()
            raise

    def fired(self, exc_type: type[BaseException] | None) -> bool:
        """Tell whether what arrives in `__exit__` is our own exception."""
        if exc_type is None and self._known is not None and ARMED.get(self._key) is self:
            # The body ran although it was to be skipped: Python lost the events of this code. They are not asked for
            # again after an interrupt: each new event is a place where the next one could strike, and some of these,
            # in the clean-up after an exception, are not prepared for any.
            self._known.instrumented = False
        return self._fired and exc_type is BlockSkippedError

    def restore(self) -> None:
        """Disarm, and put back the local trace function; the last thing that `__exit__` does. Harmless twice."""
        if ARMED.get(self._key) is self:
            ARMED.pop(self._key, None)
        if self._frame is not None:
            self._frame.f_trace, self._local_trace = self._local_trace, None
            _doubt(self._frame)
            self._frame = None

    def _hide_from_debugger(self, frame: types.FrameType) -> None:
        """Let nobody see our exception."""
        self._frame, self._local_trace = frame, frame.f_trace
        frame.f_trace = _quiet
        _doubt(frame)

    def _raise_at(self, offset: int) -> None:
        if self._first <= offset <= self._last:
            ARMED.pop(self._key, None)
            self._fired = True
            raise BlockSkippedError


def _on_instruction(code: types.CodeType, offset: int) -> object:
    skip = ARMED.get(identity(sys._getframe(1)))  # noqa: SLF001 - the frame that is being instrumented has no other name
    if skip is not None:
        skip._raise_at(offset)  # type: ignore[attr-defined]  # noqa: SLF001 - our own class, typed loosely in ARMED
    known = KNOWN.get(identity(code))
    if known is not None and offset in known.starts:
        return None
    if code is _PROBE:
        _delivered.add(threading.get_ident())
        return None
    return _monitoring.DISABLE


def _instrument(frame: types.FrameType) -> BlockFacts:
    """Switch on the instruction events of a code object. Done again after an interrupt, which is harmless."""
    _take_tool(frame)
    _monitoring.set_local_events(_tool, frame.f_code, 0)  # else Python takes lost events for present
    _monitoring.set_local_events(_tool, frame.f_code, _monitoring.events.INSTRUCTION)
    known = facts(frame.f_code)
    known.instrumented = True  # last: an interrupt above means that it is all done again
    return known


def _doubt(frame: types.FrameType) -> None:
    """Have the events of a frame's code asked for again: 3.12 and 3.13 forget them when a debugger traces opcodes.

    Not under coverage, which does not: its threads could miss an event while another one asks.
    """
    known = KNOWN.get(identity(frame.f_code))
    if known is not None and not type(sys.gettrace()).__module__.startswith("coverage"):
        known.instrumented = False


def _take_tool(frame: types.FrameType) -> None:
    global _tool  # noqa: PLW0603 - one tool per process
    if _tool >= 0 and _monitoring.get_tool(_tool) is _TOOL_NAME:
        return
    for known in list(KNOWN.values()):
        known.instrumented = False
    for tool in _FREE_IDS:
        with contextlib.suppress(ValueError):  # taken meanwhile by another thread
            if _monitoring.get_tool(tool) is None:
                _monitoring.use_tool_id(tool, _TOOL_NAME)
                _monitoring.register_callback(tool, _monitoring.events.INSTRUCTION, _on_instruction)
                _monitoring.set_local_events(tool, _PROBE, _monitoring.events.INSTRUCTION)
                _tool = tool
                return
    raise BlockError(
        f"the block at {location(frame)} cannot be skipped: all tool ids of sys.monitoring that are free for such use "
        f"{_FREE_IDS} are taken"
    )


def _may_be_silent() -> bool:
    """Tell whether a debugger or profiler could be calling us from inside its callback, where no events arrive."""
    return sys.gettrace() is not None or _monitoring.get_tool(0) is not None or sys.getprofile() is not None


def _check_events_arrive(frame: types.FrameType) -> None:
    """Return if instructions are reported in this thread at this moment, else raise BlockError."""
    if _probe_reports():
        return
    # 3.12 forgets the events of code that ran inside a trace function after opcode tracing was used: ask again.
    _monitoring.set_local_events(_tool, _PROBE, 0)
    _monitoring.set_local_events(_tool, _PROBE, _monitoring.events.INSTRUCTION)
    if not _probe_reports():
        raise BlockError(
            f"the block at {location(frame)} cannot be skipped: it runs inside a trace function, as at the prompt of a "
            "debugger"
        )


def _probe_reports() -> bool:
    me = threading.get_ident()
    _delivered.discard(me)
    _probe()
    return me in _delivered


def _probe() -> None:
    """Do nothing, under instruction events."""


_PROBE = _probe.__code__


def _quiet(*_: object) -> None:
    """Trace nothing."""
