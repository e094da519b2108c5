"""Skipping by a trace function with opcode events (3.11).

Exactly one frame gets it, as its local trace function. The global one stays the user's, or is one that traces nothing.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from ..model._errors import BlockError
from ._location import location
from ._signal import BlockSkippedError

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    from ._block_facts import Block

__all__ = ["TracingSkip"]


_TRIES = range(1999, -1, -1)
"""3.11 refuses to install a trace function while the audit hooks of another thread's are running.

That thread has to come to its end first: on a busy machine this takes a pause. Each place tries again by itself: a
function for that would be one more frame under the trace function (rule 4).
"""
_PAUSE = 0.0002  # seconds
_sleep = time.sleep


class TracingSkip:
    """Arming and disarming of one skip. See `_skip.py` for the guarantees."""

    __slots__ = ("_fired", "_first", "_frame", "_last", "_saved", "_trace_function")

    def __init__(self) -> None:
        self._fired = False
        self._first = self._last = -1
        self._frame: types.FrameType | None = None
        self._saved: tuple[Any, Any, bool, bool] = (None, None, True, False)

    def arm(self, frame: types.FrameType, block: Block) -> None:
        """Let the frame skip the block as soon as it goes on; the last thing that `__enter__` does.

        Raises:
            BlockError: the caller runs inside a trace or profile function, where tracing is off; or Python goes on
                refusing to install one.
        """
        tracer: Any = sys.gettrace()
        install = _install()
        if tracer is not None or sys.getprofile() is not None:
            # In this frame, not in a helper: coverage would see the call of the helper and miss its return.
            probe = _Probe()
            install(probe.trace)
            _nothing()
            install(tracer)
            if not probe.called:
                raise BlockError(
                    f"the block at {location(frame)} cannot be skipped: it runs inside a trace function, as at the "
                    "prompt of a debugger"
                )
        self._first, self._last = block.prefix, block.start
        self._saved = tracer, frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes
        self._frame = frame
        try:
            frame.f_trace_opcodes, frame.f_trace_lines, frame.f_trace = True, False, self._trace
            if type(tracer).__module__.startswith("coverage"):
                # Its C tracer counts calls and returns: as a plain trace function it is told of a return only by
                # a frame that names it.
                own: types.FrameType | None = sys._getframe()  # noqa: SLF001 - this very frame has no other name
                while own is not None and own is not frame:
                    own.f_trace, own = own.f_trace or tracer, own.f_back
            for left in _TRIES:
                try:
                    install(tracer or _quiet)  # the last call: see rule 4
                    break
                except RuntimeError as refused:
                    if not left:
                        raise BlockError(f"the block at {location(frame)} cannot be skipped: {refused}") from refused
                    _sleep(_PAUSE)
        except BaseException:
            self.restore()
            raise

    def fired(self, exc_type: type[BaseException] | None) -> bool:
        """Tell whether what arrives in `__exit__` is our own exception, or what Python put in its place.

        Dropping our trace function, Python may refuse as in `_TRIES`, and raises that. The body has not begun.
        """
        return self._fired and exc_type in (BlockSkippedError, RuntimeError)

    def restore(self) -> None:
        """Put back all trace functions and flags; the last thing that `__exit__` does. Harmless twice."""
        frame = self._frame
        if frame is None:
            return
        tracer, local, lines, opcodes = self._saved
        self._frame, self._saved = None, (None, None, True, False)
        frame.f_trace_lines, frame.f_trace_opcodes = lines, opcodes
        if local is not None:
            frame.f_trace = local
        elif frame.f_trace is not None:
            del frame.f_trace
        install = _install()
        for left in _TRIES:
            try:
                install(tracer)
                break
            except RuntimeError:
                if not left:
                    raise
                _sleep(_PAUSE)

    def _trace(self, frame: types.FrameType, event: str, _: object) -> object:
        if event == "opcode" and frame is self._frame:
            if self._first <= frame.f_lasti <= self._last:
                self._fired = True
                raise BlockSkippedError  # CPython now drops both trace functions; `restore` puts them back
            self.restore()  # left by an interrupt between arming and skipping
        return self._trace


class _Probe:
    """A trace function that knows whether it was called."""

    called = False

    def trace(self, *_: object) -> None:
        self.called = True


def _install() -> Callable[[Any], None]:
    """Return the real `sys.settrace`: debugpy puts one that prints a warning in its place."""
    holder = getattr(sys.modules.get("pydevd_tracing"), "TracingFunctionHolder", None)
    return getattr(holder, "_original_tracing", None) or sys.settrace


def _nothing() -> None:
    """Do nothing, in a frame of its own."""


def _quiet(*_: object) -> None:
    """Trace nothing."""
