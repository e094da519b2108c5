"""matplotlib: a drawing counts by the properties of its artists, without being rendered, which would change them.

Ticks and their labels are made when somebody looks, so of an axis only its own properties and its label count. A map of
colours makes its table when it is first asked, a transform its inverse.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from typing import Any, Final

from . import attributes_of

__all__ = ["COMPARED", "DRAWN", "MEMOS", "SHOWN_BY_PICKLE"]

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


def _colormap(colormap: Any) -> dict[str, Any]:
    """Return the attributes of a map of colours with its table, which people change as well."""
    if not getattr(colormap, "_isinit", True):
        colormap = copy.copy(colormap)
        colormap._init()  # noqa: SLF001 - any look at a colour calls it
    return attributes_of(colormap)


COMPARED = {
    "matplotlib.artist.Artist": _artist,
    "matplotlib.cbook.CallbackRegistry": _callbacks,
    "matplotlib.colors.Colormap": _colormap,
}
MEMOS = {
    "matplotlib.transforms.TransformNode": ("_invalid", "_parents"),
    "matplotlib.transforms.Affine2DBase": ("_inverted",),
}
SHOWN_BY_PICKLE = {"matplotlib.figure.Figure": True}
"""Unpickled, it is opened in pyplot and becomes the current one there, if that is where it was."""
DRAWN = frozenset({"matplotlib.artist.Artist"})
