"""Tests for existence: `os.path.exists`, `Path.is_file`, `os.access` raise no audit event, but all end in `os.stat`.

What counts is whether a file or folder is there. Where project code asks for a size or a time, that counts too. An
entry of `os.scandir` cannot be watched being asked: where code that scans a folder names `stat`, all entries count so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from types import BuiltinFunctionType, CodeType
from typing import TYPE_CHECKING, Any, Final

from .._active_runs import Asked, innermost
from .._audit_hook import absolute
from .._callers import counts, is_for_project, is_library
from .._trace import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from .._active_runs import Current, WatchedRun

__all__ = ["existence_standins"]

_NOTHING: Final = frozenset(("makedirs", "mkdir", "realpath", "_joinrealpath", "resolve", "samefile", "ismount"))
"""They see to it that a folder is there, or ask of each on the way whether it is a link: no input of anything."""
_QUESTIONS: Final = {
    **dict.fromkeys(("exists", "lexists", "isfile", "isdir", "islink"), Mode.EXISTING),
    **dict.fromkeys(("is_file", "is_dir", "is_symlink", "is_fifo", "is_socket"), Mode.EXISTING),
    "getsize": Mode.SIZE,
    **dict.fromkeys(("getmtime", "getctime", "getatime"), Mode.STAT),
}
_OS: Final = ("stat", "lstat", "access")


def _question(frame: Any) -> str:
    """Return what is asked of the stat, by the functions of the standard library on the way; nothing by some."""
    question = ""
    while frame is not None:
        name = frame.f_code.co_name
        if name in _NOTHING:
            return ""
        if not question:
            question = _QUESTIONS.get(name, "")
        if (frame.f_globals.get("__name__") or "") not in _STANDARD:
            return question or (Mode.EXISTING if is_library(frame.f_code) else Mode.STAT)
        frame = frame.f_back
    return question or Mode.EXISTING


_STANDARD: Final = frozenset(
    ("genericpath", "posixpath", "ntpath", "pathlib", "pathlib._local", "pathlib._abc", "pathlib._os", "os", "glob")
)


_MOST_ASKERS: Final = 4


def _asking(name: str, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def asking(path: Any, *args: Any, **kwargs: Any) -> Any:
        answer = None
        try:
            answer = original(path, *args, **kwargs) if args or kwargs else original(path)
        finally:
            run, is_new = innermost(), True
            if run is not None and run.active:
                called, missing, codes = run.asked.get(path if type(path) is str else _text(path), _UNKNOWN)
                if called is name and missing is (answer is None):  # who asks decides whether it counts
                    is_new = bool(codes) and not _is_called_by(codes, sys._getframe(1))  # noqa: SLF001
            if is_new and (run := current()) is not None and kwargs.get("dir_fd") is None:
                _count(run, name, path, answer, sys._getframe(1))  # noqa: SLF001  # as above
        return answer

    return asking


def _is_called_by(codes: tuple[CodeType, ...], frame: FrameType | None) -> bool:
    for code in codes:
        if frame is None or frame.f_code is not code:
            return False
        frame = frame.f_back
    return True


_UNKNOWN: Final[Asked] = ("", False, ())


def _text(path: Any) -> str:
    """Return a path as it is remembered; nothing for what is not."""
    text = path.__fspath__() if hasattr(path, "__fspath__") else path
    return text if type(text) is str else ""


def _count(run: WatchedRun, name: str, path: Any, answer: Any, frame: FrameType) -> None:
    where = absolute(path) if isinstance(path, (str, bytes, os.PathLike)) else None
    if where is None or not counts(frame):
        return
    question = Mode.EXISTING if name == "access" else _question(frame)
    if not question:
        return
    found = answer if isinstance(answer, os.stat_result) else _stat_or_none(path)
    run.files.test(where, found, question)
    if found is None and is_for_project(frame, _STANDARD):
        run.files.missed(where)  # what a library copies or saves, it would write over as well
    run.tell()
    text = _text(path)
    if name != "access" and text == where and (codes := _askers(frame, question)) is not None:
        run.asked[text] = (name, found is None, codes)


def _askers(frame: FrameType | None, question: str) -> tuple[CodeType, ...] | None:
    """Return the code of which another call for the same path has nothing new in it, where project code asks.

    With all of a stat counted, that is any code; else a function of the standard library that asks just one thing,
    whoever calls it, or the project code itself.
    """
    if not is_for_project(frame, _STANDARD):
        return None
    if question == Mode.STAT:
        return ()
    codes: list[CodeType] = []
    while frame is not None and len(codes) < _MOST_ASKERS:
        codes.append(frame.f_code)
        if (frame.f_globals.get("__name__") or "") not in _STANDARD or frame.f_code.co_name in _QUESTIONS:
            return tuple(codes)
        frame = frame.f_back
    return None


def _following(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def following(path: Any, *args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is not None and not isinstance(path, int) and kwargs.get("dir_fd") is None:
            where = absolute(path)
            if where is not None and counts(sys._getframe(1)):  # noqa: SLF001  # who asks decides whether it counts
                run.files.followed(where)
                run.tell()
        return original(path, *args, **kwargs)

    return following


_real_stat = os.stat


def _stat_or_none(path: Any) -> os.stat_result | None:
    try:
        return _real_stat(path)
    except (OSError, ValueError):
        return None


def _names_stat(code: CodeType) -> bool:
    """Return whether code, or what is defined in it, asks something for its `stat`."""
    return "stat" in code.co_names or any(isinstance(part, CodeType) and _names_stat(part) for part in code.co_consts)


def _scanning(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def scanning(*args: Any, **kwargs: Any) -> Any:
        run = current()
        frame = sys._getframe(1)  # noqa: SLF001  # who asks decides whether it counts
        of_path = not (args and isinstance(args[0], int))
        if run is not None and of_path and not is_library(frame.f_code) and _names_stat(frame.f_code) and counts(frame):
            with contextlib.suppress(OSError), original(*args, **kwargs) as entries:
                for entry in entries:
                    where = absolute(entry.path)
                    if where is not None:
                        run.files.test(where, _stat_or_none(where), Mode.STAT)
            run.tell()
        return original(*args, **kwargs)

    return scanning


_ON_PATHS: Final = ("exists", "lexists", "isfile", "isdir", "islink")


def existence_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins: where each goes, and how it is made of the function that is there."""
    if only:
        return
    for name in _OS:
        yield os, name, functools.partial(_asking, name)
    yield os, "scandir", _scanning
    yield os, "readlink", _following
    for name in _ON_PATHS:  # on Windows `os.path` has functions of its own in C since 3.12
        if isinstance(getattr(os.path, name, None), BuiltinFunctionType):
            yield os.path, name, functools.partial(_asking, "access")
