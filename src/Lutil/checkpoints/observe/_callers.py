"""Who reads: what a run's frames say about whose doing something is, and whether it is that of a reader of data."""

# Paths are text here, as code has them.
# ruff: noqa: PTH120

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ..model.process._home import HOME

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = [
    "IMPORTERS",
    "PLUMBING",
    "beyond",
    "by_us",
    "counts",
    "is_for_project",
    "is_library",
    "is_library_file",
    "leaves",
]

_PACKAGE: Final = __name__.rpartition(".observe.")[0]
PLUMBING: Final = frozenset(
    """
    pathlib pathlib._local pathlib._abc pathlib.types pathlib._os os codecs glob _pyio io
    posixpath ntpath genericpath fnmatch functools contextlib runpy
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Modules on the way between a reader and a file: who called them is the reader."""
IMPORTERS: Final = frozenset(
    ("importlib._bootstrap_external", "importlib._bootstrap", "_frozen_importlib_external", "_frozen_importlib")
)
_CARRIERS: Final = frozenset(("_carried.<locals>.carried", "Carried.__call__", "Lent.__call__"))
"""Our own functions that only call one of the user's: one that a run handed in, in a thread or another process, or that
a name of the project stands for."""
_STAND_IN: Final = "_scanning.<locals>.scanning"
"""Our own function that stands for `os.scandir`: who called it is the reader."""
_CODE_READERS: Final = frozenset(
    """
    linecache tokenize traceback inspect warnings zipimport py_compile pdb bdb
    importlib.util importlib.metadata importlib.machinery pkgutil site
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Modules that read code, not data: a printed warning reads the script that it stands in."""
_LINE_READERS: Final = frozenset(("linecache", "tokenize"))
"""Those of them that people have read a line of data, too."""
_TALKERS: Final = frozenset(
    """
    wandb mlflow tensorboard tensorboardX comet_ml neptune clearml aim sentry_sdk tqdm rich
    loguru logging coverage _pytest pluggy debugpy _pydevd_bundle multiprocessing loky
    threadpoolctl matplotlib ipykernel jupyter_client
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Packages whose files are no input of anything: trackers, loggers, tools that watch programs."""
_DRAWERS: Final = frozenset(("matplotlib", "rich"))
"""Those of them that write files for whoever calls them: figures, pages of text."""
_LOCKERS: Final = frozenset(("filelock", "portalocker", "fasteners"))
"""Packages whose files are no output of anything either."""
_CODE_SUFFIXES: Final = (".py", ".pyc", ".pyo", ".pyw", ".so", ".pyd", ".zip")


def counts(frame: FrameType | None, path: str = "") -> bool:
    """Return whether what this frame does to a path is the doing of a reader of data."""
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        on_the_way = name in PLUMBING or (name in _LINE_READERS and path and not path.endswith(_CODE_SUFFIXES))
        if not on_the_way and frame.f_code.co_qualname != _STAND_IN:
            if name in IMPORTERS:
                # `pkgutil.get_data` and loaders of resources come this way too.
                return bool(path) and frame.f_code.co_name == "get_data" and not path.endswith(_CODE_SUFFIXES)
            if (ours := by_us(frame)) is not None:
                return ours
            return not (
                name in _CODE_READERS
                or name.partition(".")[0] in _TALKERS
                or name.startswith("importlib.metadata.")
                or (is_library(frame.f_code) and _is_being_imported(frame))
            )
        frame = frame.f_back
    return True


def leaves(frame: FrameType | None) -> bool:
    """Return whether what this frame writes is the doing of somebody who leaves data, and no log or lock."""
    writer = beyond(frame, PLUMBING)
    package = "" if writer is None else (writer.f_globals.get("__name__") or "").partition(".")[0]
    if package in _DRAWERS:
        return not _is_being_imported(writer)
    return package not in _LOCKERS and counts(frame)


def by_us(frame: FrameType) -> bool | None:
    """Return whether a frame of our own only calls what the user handed in; None for a frame of anybody else."""
    if not (frame.f_globals.get("__name__") or "").startswith(_PACKAGE):
        return None
    return frame.f_code.co_qualname in _CARRIERS


def is_library(code: CodeType) -> bool:
    """Return whether code is the standard library's or an installed distribution's, by where it lies."""
    return is_library_file(code.co_filename)


def is_library_file(file: str) -> bool:
    """Return the same of a file that holds code. Our own is a library's wherever it lies: parts of it load late."""
    return "site-packages" in file or "dist-packages" in file or file.startswith((_STDLIB, HOME, "<frozen "))


_STDLIB: Final = os.path.dirname(os.__file__) + os.sep


def _is_being_imported(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to the import of a library: what that reads is the library's, as its code is."""
    while frame is not None:
        above = frame.f_back
        if frame.f_code.co_name == "<module>" and above is not None and is_library(frame.f_code):
            return (above.f_globals.get("__name__") or "") in IMPORTERS
        frame = above
    return False


def beyond(frame: FrameType | None, modules: frozenset[str]) -> FrameType | None:
    """Return the first frame, on the way to who called, that belongs to none of these modules."""
    while frame is not None and (frame.f_globals.get("__name__") or "") in modules:
        frame = frame.f_back
    return frame


def is_for_project(frame: FrameType | None, modules: frozenset[str]) -> bool:
    """Return whether it is project code that is beyond these modules, or nobody."""
    frame = beyond(frame, modules)
    return frame is None or not is_library(frame.f_code)
