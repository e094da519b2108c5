"""branca, and with it folium: elements of a page, which bear random numbers, by what they say and hold."""

from __future__ import annotations

from typing import Any, Final

from . import attributes_of

__all__ = ["COMPARED"]

_PLACE: Final = frozenset({"_id", "_parent", "_children", "_env", "_template", "_template_str", "png_enabled"})


def _element(element: Any) -> tuple[Any, ...]:
    state = {name: item for name, item in attributes_of(element).items() if name not in _PLACE and not callable(item)}
    own = element._id  # noqa: SLF001 - where it stands in names
    shown = {name: item.replace(own, "") if isinstance(item, str) else item for name, item in state.items()}
    return type(element).__qualname__, shown, list(element._children.values())  # noqa: SLF001 - no public way


COMPARED = {"branca.element.Element": _element}
