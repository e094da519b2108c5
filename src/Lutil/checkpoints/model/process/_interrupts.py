"""Interrupts: exceptions that come from outside, and not from what was being done.

Ctrl-C and `SystemExit` are no `Exception`, and pass through every `except Exception`. A time limit often is one: the
handler of a signal raises it, or a library puts it into the thread (`PyThreadState_SetAsyncExc`), wherever the thread
is at that moment. It belongs to whoever set the limit. So code that catches whatever a value or a file system may
raise lets an interrupt pass:

    except Exception as error:
        let_pass(error)
        ...

What cannot be told apart: an exception that is put into a thread while a method of the user's class runs looks like
one that this method has raised.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, Final

from ._home import HOME

__all__ = ["insist", "is_interrupt", "let_pass", "suppressed"]

_CALLED: Final = frozenset({"cloudpickle", "xxhash"})
"""Libraries that nobody but this package calls where their frames stand below ours."""
_TRIES: Final = 5
_NATIVE: Final = (".so", ".pyd")


def let_pass(error: BaseException) -> None:
    """Raise an exception again if it is an interrupt; return if it is not."""
    if is_interrupt(error):
        raise error


@contextlib.contextmanager
def suppressed() -> Iterator[None]:
    """Within it, whatever is raised ends it, but for an interrupt."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  (values and libraries may raise what they like)
        let_pass(error)


def insist(end: Callable[[], None]) -> None:
    """Call what ends something, from a `__del__`: again where an interrupt comes into it, since nobody else would.

    The interrupt is raised afterwards, and Python prints it: it can reach nobody from there.
    """
    interrupt: BaseException | None = None
    for _ in range(_TRIES):
        try:
            with suppressed():
                end()
            break
        except BaseException as error:  # noqa: BLE001  (raised below)
            interrupt = error
    if interrupt is not None:
        raise interrupt


def is_interrupt(error: BaseException) -> bool:
    """Tell whether an exception that was caught has come from outside: it is not to be swallowed."""
    if not isinstance(error, Exception):
        return True
    frames = [*_frames_of(error)]
    return _is_from_handler(frames) or _is_injected(error, frames)


def _frames_of(error: BaseException) -> Iterator[FrameType]:
    """Yield the frames of a traceback, the outermost first."""
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _is_from_handler(frames: list[FrameType]) -> bool:
    """Tell whether the interpreter itself has called one of these: as the handler of a signal, or to trace a line.

    Such a function is given the frame that it interrupts, which is its caller. A handler may have forgotten that by
    now; but then it is one that is set.
    """
    if not frames or _is_ours(frames[-1]):
        return False
    if any(_is_given_its_caller(frame) for frame in frames):
        return True
    handlers = {*_handlers()}
    return any(frame.f_code in handlers for frame in frames)


def _is_given_its_caller(frame: FrameType) -> bool:
    code, caller = frame.f_code, frame.f_back
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4)  # *args
    if caller is None or not count or _is_ours(frame):
        return False
    given = frame.f_locals
    for name in code.co_varnames[:count]:
        value = given.get(name)
        if value is caller or (type(value) is tuple and any(item is caller for item in value)):
            return True
    return False


def _handlers() -> Iterator[CodeType]:
    """Yield the code of the handlers that are set; nobody can have set one without that module."""
    signal = sys.modules.get("signal")
    if signal is None:
        return
    for number in signal.valid_signals():
        code = _code_of(signal.getsignal(number))
        if code is not None:
            yield code


def _code_of(handler: Any) -> CodeType | None:
    while isinstance(handler, functools.partial):
        handler = handler.func
    handler = getattr(handler, "__func__", handler)
    code = getattr(handler, "__code__", None) or getattr(_call_of(type(handler)), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _call_of(cls: type) -> object:
    return next((vars(base)["__call__"] for base in cls.__mro__ if "__call__" in vars(base)), None)


def _is_injected(error: Exception, frames: list[FrameType]) -> bool:
    """Tell whether an exception was put into this thread while it was in our code.

    A class that is written in Python can be raised by Python only, and that would have a frame below ours. Classes of
    libraries with compiled parts may be raised by these. A TimeoutError of the system has a number.
    """
    below = next((frame for frame in reversed(frames) if not _is_plumbing(frame)), None)
    if below is None or not _is_ours(below):
        return False
    top = type(error).__module__.partition(".")[0]
    if type(error) is TimeoutError:
        return error.errno is None
    return top not in {"builtins", "Lutil", *_CALLED} and top not in sys.stdlib_module_names and not _is_native(top)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(HOME)


def _is_plumbing(frame: FrameType) -> bool:
    """Tell whether a frame is of the standard library or what else only passes on what others raise."""
    top = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return top in sys.stdlib_module_names or top in _CALLED


def _is_native(package: str) -> bool:
    """Tell whether a package has compiled parts that are loaded."""
    for name, module in [*sys.modules.items()]:
        if name == package or name.startswith(package + "."):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file.endswith(_NATIVE):
                return True
    return False
