"""`%autoreload 2` renews functions and classes that other modules bound; what else it renews, its rules say."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["follow_autoreload"]


def follow_autoreload(cls: type) -> None:
    """Let it renew objects of a class by their `__setstate__`, so that `from lib import f` follows an edit of `f`.

    Called where one is made: a module that is reloaded makes the new one before the old one is looked at.
    """
    rules = getattr(sys.modules.get("IPython.extensions.autoreload"), "UPDATE_RULES", None)
    if isinstance(rules, list) and not any(check is _both for check, _ in rules):
        _renewed.append(cls)
        rules.append((_both, _renew))


_renewed: list[type] = []


def _both(old: object, new: object) -> bool:
    return any(isinstance(old, cls) and isinstance(new, cls) for cls in _renewed)


def _renew(old: Any, new: Any) -> None:
    old.__setstate__({"function": new._function, "options": new._options})  # noqa: SLF001  (of this package)
