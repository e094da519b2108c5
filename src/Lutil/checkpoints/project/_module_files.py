"""Modules that are known by their file only: compiled ones, and those that are not loaded yet."""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from types import ModuleType

import xxhash

from ..model.process._limits import make_room
from ._libraries import is_project_globals

__all__ = ["compiled_digest", "file_digest", "located"]

_SUFFIXES = tuple(EXTENSION_SUFFIXES)
_BLOCK = 1 << 20
_MOST = 4096
_digests: dict[tuple[str, int, int], bytes] = {}


def file_digest(path: str) -> bytes | None:
    """Return the digest of a file's content, read once for each state of the file; None where it cannot be read."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - pathlib takes ms to import
        key = (path, stat.st_size, stat.st_mtime_ns)
        known = _digests.get(key)
        if known is None:
            make_room(_digests, _MOST)
            hasher = xxhash.xxh3_128()
            with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes ms to import
                while block := file.read(_BLOCK):
                    hasher.update(block)
            known = _digests[key] = hasher.digest()
    except OSError:
        return None
    return known


def compiled_digest(module: str) -> bytes | None:
    """Return the digest of the file of a loaded extension module; None for any other module."""
    found = sys.modules.get(module)
    file = found.__dict__.get("__file__") if isinstance(found, ModuleType) else None
    if type(file) is str and file.endswith(_SUFFIXES):
        return file_digest(file)
    return None


def located(module: str, path: list[str] | None = None) -> str:
    """Return the file of a project module that is not loaded, found without importing anything; else nothing.

    Args:
        module: its whole name.
        path: where to look, in place of `sys.path`.
    """
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        try:
            spec = PathFinder.find_spec(name, path)
        except (ImportError, ValueError, OSError):
            return ""
        if spec is None:
            return ""
        path = list(spec.submodule_search_locations or ())
    origin = spec.origin if spec is not None else None
    project = is_project_globals({"__name__": module, "__file__": origin})
    return origin if project and type(origin) is str else ""
