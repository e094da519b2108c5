"""marimo: an element of the user interface counts by what it says: its value, and how it was made.

It holds the running kernel besides, and with that all names of the notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["STANDS_FOR"]

_PRIVATE: Final = ("_value", "_elements")
_DRAWN: Final = "serialized_mime_bundle"
_IDS: Final = "element-ids"


def _element(value: Any) -> object:
    """Return the value of an element, what it was made with, and its public attributes."""
    own = vars(value)
    kept = [name for name in sorted(own) if name in _PRIVATE or (not name.startswith("_") and name != _DRAWN)]
    arguments = own.get("_component_args") or {}
    return {name: own[name] for name in kept}, {name: arguments[name] for name in sorted(arguments) if name != _IDS}


STANDS_FOR: Final[dict[str, Callable[[Any], object]]] = {"marimo._plugins.ui._core.ui_element.UIElement": _element}
"""What is compared in the place of values, by the name of their class or one of its bases."""
