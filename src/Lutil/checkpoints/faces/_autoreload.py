"""`%autoreload 2` renews functions and classes that other modules bound; what else it renews, its rules say.

It has two ways: it runs the definitions anew that were edited, and gives the old function what the new one has; or,
where that fails, it loads the whole module again. In the latter, classes become others for whoever has imported them.
"""

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
    patching = sys.modules.get("IPython.extensions.deduperreload.deduperreload_patching")
    patcher = getattr(patching, "DeduperReloaderPatchingMixin", None)
    if patcher is not None and "__lutil_own__" not in vars(patcher):
        patcher.__lutil_own__ = True
        patcher.patch_function = classmethod(_patching(cls, patcher.patch_function.__func__))


def _patching(renewed: Any, original: Any) -> Any:
    """Return how a function is given what a new one has; one of ours is renewed as a whole."""

    def patch_function(cls: type, old: Any, new: Any, is_method: bool) -> None:  # noqa: FBT001  (as it is called)
        if not isinstance(old, renewed):
            original(cls, old, new, is_method)
        elif isinstance(new, renewed):
            _renew(old, new)
        else:  # the new function without its decorators; if it has any, the one with them follows
            old.__setstate__({"function": new, "options": old._options})  # noqa: SLF001  (of this package)

    return patch_function


_renewed: list[type] = []


def _both(old: object, new: object) -> bool:
    return any(isinstance(old, cls) and isinstance(new, cls) for cls in _renewed)


def _renew(old: Any, new: Any) -> None:
    old.__setstate__({"function": new._function, "options": new._options})  # noqa: SLF001  (of this package)
