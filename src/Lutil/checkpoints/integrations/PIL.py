"""Pillow: images by what they are pickled as, and by the EXIF data that somebody has set, which that leaves out."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "STORED"]

_State = tuple[Any, "dict[Any, Any] | None"]


def _state(image: Any) -> _State:
    return image.__getstate__(), _set_by_hand(image)


def _set_by_hand(image: Any) -> dict[Any, Any] | None:
    """Return the EXIF data of an image; None where it is what the image came with, looked at or not."""
    own = getattr(image, "_exif", None)
    if own is None or not getattr(own, "_loaded", True):
        return None
    other = importlib.import_module("PIL.Image").Image()
    other.info = dict(image.info)
    return None if _items(own) == _items(other.getexif()) else _items(own)


def _items(exif: Any) -> dict[Any, Any]:
    inner = {tag: dict(part) for tag, part in getattr(exif, "_ifds", {}).items() if part}
    return {**dict(exif), **({"parts": inner} if inner else {})}


def _made_again(state: _State) -> Any:
    plain, exif = state
    image = importlib.import_module("PIL.Image").Image()
    image.__setstate__(plain)
    if exif is not None:
        own = image.getexif()
        own.clear()
        for tag, part in exif.pop("parts", {}).items():
            own.get_ifd(tag).update(part)
        for tag, item in exif.items():
            own[tag] = item
    return image


COMPARED = {"PIL.Image.Image": _state}
STORED = {"PIL.Image.Image": (_state, _made_again)}
