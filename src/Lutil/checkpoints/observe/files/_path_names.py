"""Which paths count as inputs, and what they are called.

Code counts by its instructions and libraries by their versions, elsewhere; what remains here is data. Caches
and configuration are compared by stat: they are large, belong to programs, and change by themselves.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH111, PTH112, PTH117, PTH118, PTH120, PTH206

from __future__ import annotations

import functools
import os
import re
import site
import sys
from typing import TYPE_CHECKING, Final

from .._trace import PROJECT, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Places", "places"]

_SYSTEM: Final = ("/proc", "/dev", "/sys") if os.name == "posix" else ()
_MEMORY: Final = "/dev/shm/"  # noqa: S108  # compared with, never written to
"""No device, but a disk in memory: people keep data there, and pools what they hand on."""
_CODE_SUFFIXES: Final = (".pyc", ".pyo")
_CODE_PARTS: Final = frozenset(("__pycache__", ".Lutil-checkpoint", "site-packages", "dist-packages"))
_METADATA: Final = (".dist-info", ".egg-info")
_TEMPORARY: Final = re.compile(
    r"(joblib_memmapping_folder_|pymp-|loky-|torchinductor_|torch[_-](?:shm|\d)|ipykernel_\d|sem\.|psm_)"
)
"""First part, below a folder for temporary files, of what well-known pools and kernels put there for themselves. What
a run itself makes by `tempfile` is its own in any case, and what it was given of that is an input like any other."""
_TEMPORARY_FOLDERS: Final = ("/tmp", "/var/tmp", _MEMORY)  # noqa: S108  # compared with, never written to


class Places:
    """Says of a path whether and how it counts, and what it is called in a trace."""

    def __init__(self, root: str, exclude: str) -> None:
        self.root = root
        self.exclude = exclude
        self._roots = tuple(dict.fromkeys((_folder(root), _folder(os.path.realpath(root)))))
        self._left_out = self._outside((*_SYSTEM, *_libraries(), *_machinery(), *((exclude,) if exclude else ())))
        if exclude:
            self._left_out += (_folder(exclude),)
        folders = _temporary_folders()
        self._temporary = tuple({_folder(way) for folder in folders for way in (folder, os.path.realpath(folder))})
        self._by_stat = self._outside(_caches())
        self._verdicts: dict[str, str] = {}

    def _outside(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Return the folders as prefixes, but for those that hold the project itself."""
        prefixes = {_folder(way) for folder in folders for way in (folder, os.path.realpath(folder))}
        return tuple(sorted(p for p in prefixes if not any(r.startswith(p) for r in self._roots)))

    def holds_project(self, path: str) -> bool:
        """Return whether a folder is the project's or one above it, which are there as long as we are."""
        return any(root.startswith(_folder(path)) for root in self._roots)

    def verdict(self, path: str) -> str:
        """Return `content`, `stat`, or nothing where an absolute path does not count."""
        if path.endswith(_CODE_SUFFIXES):
            return ""
        folder = path.rpartition(os.sep)[0]
        found = self._verdicts.get(folder)
        if found is None:
            found = self._verdicts[folder] = self._judge(_folder(folder))
        return found if not found or not self._is_itself_left_out(path) else ""

    def _is_itself_left_out(self, path: str) -> bool:
        """Return whether a path is the head of a place that does not count, or a temporary file."""
        whole = _folder(path)
        return self._is_left_out(whole) or self._is_temporary(whole)

    def _judge(self, folder: str) -> str:
        if self._is_left_out(folder):
            return ""
        parts = folder.split(os.sep)
        if not _CODE_PARTS.isdisjoint(parts) or any(part.endswith(_METADATA) for part in parts):
            return ""
        if folder.startswith(self._by_stat):
            return Mode.STAT
        return "" if self._is_temporary(folder) else Mode.CONTENT

    def _is_left_out(self, folder: str) -> bool:
        return folder.startswith(self._left_out) and not folder.startswith(_MEMORY)

    def _is_temporary(self, folder: str) -> bool:
        if not folder.startswith(self._temporary) or folder.startswith(self._roots):
            return False
        prefix = next(p for p in self._temporary if folder.startswith(p))
        return _TEMPORARY.match(folder, len(prefix)) is not None

    def name(self, path: str) -> str:
        """Return what an absolute path is called: relative where it lies inside the project."""
        for prefix in self._roots:
            if path.startswith(prefix):
                return PROJECT + path[len(prefix) :].replace(os.sep, "/")
            if path + os.sep == prefix:
                return PROJECT + "."
        return path


def _folder(path: str) -> str:
    return path if path.endswith(os.sep) else path + os.sep


def _libraries() -> list[str]:
    """Return where the standard library and installed distributions lie."""
    stdlib = os.path.dirname(os.__file__)  # text
    archives = [entry for entry in sys.path if entry.endswith(".zip")]  # `python311.zip`, looked for at imports
    messages = os.path.join(sys.base_prefix, "share", "locale")  # where `argparse` looks for its own, translated
    found = [stdlib, messages, *archives, *site.getsitepackages(), site.getusersitepackages()]
    is_environment = sys.prefix != sys.base_prefix or os.path.isdir(os.path.join(sys.prefix, "conda-meta"))
    return [*found, sys.prefix] if is_environment else found


def _home(*parts: str) -> str:
    return os.path.join(os.path.expanduser("~"), *parts)  # expanduser never raises, Path.home does


def _machinery() -> list[str]:
    """Return where Jupyter and IPython keep their histories and connections."""
    return [_home(".ipython"), _home(".jupyter"), _home(".local", "share", "jupyter")]


def _caches() -> list[str]:
    """Return the folders of caches and configuration, of the user and of well-known libraries."""
    env = os.environ.get
    standard = [
        env("XDG_CACHE_HOME") or _home(".cache"),
        env("XDG_CONFIG_HOME") or _home(".config"),
        env("XDG_DATA_HOME") or _home(".local", "share"),
        _home("Library", "Caches"),
        _home("Library", "Application Support"),
        _home(".matplotlib"),
        _home(".keras"),
        _home(".netrc"),
        _home("scikit_learn_data"),
        _home("nltk_data"),
    ]
    names = ("HF_HOME", "HF_HUB_CACHE", "TRANSFORMERS_CACHE", "TORCH_HOME", "MPLCONFIGDIR", "SCIKIT_LEARN_DATA")
    more = ("NLTK_DATA", "KERAS_HOME", "LOCALAPPDATA", "APPDATA")
    return standard + [folder for name in (*names, *more) if (folder := env(name)) and os.path.isabs(folder)]


def _temporary_folders() -> list[str]:
    named = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    known = sys.modules.get("tempfile")  # importing it costs 5 ms and loads `random`
    # What it has worked out; asking it would make it keep its answer, whatever the program sets `TMPDIR` to later.
    named.append(getattr(known, "tempdir", None) or "")
    return [os.fsdecode(folder) for folder in (*named, *_TEMPORARY_FOLDERS) if folder and os.path.isabs(folder)]


@functools.lru_cache(maxsize=16)
def places(root: str, exclude: str) -> Places:
    """Return the places of a project, worked out once."""
    return Places(root, exclude)
