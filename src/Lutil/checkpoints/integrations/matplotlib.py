"""matplotlib: a drawing counts by the properties of its artists, without being rendered, which would change them.

Ticks and their labels are made when somebody looks, so of an axis only its own properties and its label count.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["COMPARED", "DRAWN"]

_SIMPLE: Final = (str, bytes, int, float, complex, bool, type(None))
_DEEPEST: Final = 4
_LOOKED_AT: Final = frozenset({
    "agg_filter", "animated", "bounds", "children", "data_interval", "default_bbox_extra_artists", "figure", "gid",
    "minor_formatter", "minor_locator", "offset_text", "renderer_cache", "shared_x_axes", "shared_y_axes", "stale",
    "tick_padding", "tight_layout", "tightbbox", "window_extent", "zorder_of_children",
})  # fmt: skip


def _artist(artist: Any) -> list[Any]:
    return [(type(part).__qualname__, _properties(part)) for part in _tree(artist)]


def _tree(artist: Any) -> Iterator[Any]:
    """Yield an artist and all that are drawn with it, in order."""
    yield artist
    axis = sys.modules["matplotlib.axis"].Axis
    children = [artist.label] if isinstance(artist, axis) else artist.get_children()
    for child in children:
        yield from _tree(child)


def _properties(artist: Any) -> dict[str, Any]:
    """Return what getters tell of an artist by itself: numbers, texts, arrays; not what it is connected to."""
    found = {}
    for name in sorted(dir(artist)):
        getter = name.removeprefix("get_")
        if getter == name or getter in _LOOKED_AT or "tick" in getter:
            continue
        try:
            value = getattr(artist, name)()
        except Exception:  # noqa: BLE001, S112 - it wants arguments, or a renderer
            continue
        if _is_simple(value):
            found[getter] = value
    return found


def _is_simple(value: Any, depth: int = 0) -> bool:
    if isinstance(value, _SIMPLE):
        return True
    if isinstance(value, (list, tuple)):
        return depth < _DEEPEST and all(_is_simple(item, depth + 1) for item in value)
    return type(value).__module__ == "numpy" and not getattr(getattr(value, "dtype", None), "hasobject", True)


def _callbacks(_registry: Any) -> tuple[()]:
    """Say nothing: who is called when something changes is no part of a drawing, and its pickles leave it out."""
    return ()


COMPARED = {"matplotlib.artist.Artist": _artist, "matplotlib.cbook.CallbackRegistry": _callbacks}
DRAWN = frozenset({"matplotlib.artist.Artist"})
