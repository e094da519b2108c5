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

from .._audit_hook import absolute
from .._callers import counts, is_for_project, is_library
from .._trace import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._active_runs import Current

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


def _asking(name: str, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def asking(path: Any, *args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is None or isinstance(path, int) or kwargs.get("dir_fd") is not None:
            return original(path, *args, **kwargs)
        found: os.stat_result | None = None
        try:
            answer = original(path, *args, **kwargs)
            found = answer if isinstance(answer, os.stat_result) else _stat_or_none(path)
        finally:
            frame = sys._getframe(1)  # noqa: SLF001  # who asks decides whether it counts
            where = absolute(path) if isinstance(path, (str, bytes, os.PathLike)) else None
            if where is not None and counts(frame):
                question = Mode.EXISTING if name == "access" else _question(frame)
                if question:
                    run.files.test(where, found, question)
                    if found is None and is_for_project(frame, _STANDARD):
                        run.files.missed(where)  # what a library copies or saves, it would write over as well
                    run.tell()
        return answer

    return asking


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
