"""Why nothing of a store can be read: what a lookup takes for a miss, whoever looks at the store wants to be told."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection

from ...model._trust import called, this_user
from ._tree import Tree

__all__ = ["why_unusable"]

_TREE = r"v1(@\d+)?"


def why_unusable(tree: Tree, homes: Collection[str]) -> str:
    """Return why nothing of a store can be read, with the way out; empty where something can, or nothing is there.

    Args:
        tree: of the store.
        homes: the folders of all trees that would be read.
    """
    root = tree.root
    whose = ""
    try:
        found = os.stat(root)  # noqa: PTH116  # strings, as everywhere below
        if not stat.S_ISDIR(found.st_mode):
            return f"{root} is no folder: remove it, or name another `store`"
        whose = "" if this_user() is None else f" (it belongs to {called(found.st_uid)})"
        there = [f"{root}/{name}" for name in sorted(os.listdir(root)) if re.fullmatch(_TREE, name)]  # noqa: PTH208  # the same
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{root} cannot be read{whose}: {error.strerror or error}"
    refused = {home: _why_not(tree, home) for home in there}
    asked = {home: why for home, why in refused.items() if home in homes}
    if not refused or "" in asked.values():
        return ""
    return f"nothing in {root} is read: {next(filter(None, [*asked.values(), *refused.values()]))}"


def _why_not(tree: Tree, home: str) -> str:
    """Return why a tree is not read; empty where it is."""
    try:
        if what := tree.why_not(home):
            return what
        os.scandir(home).close()
    except OSError as error:
        return f"{home}: {error.strerror or error}"
    return ""
