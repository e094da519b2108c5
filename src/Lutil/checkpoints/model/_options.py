"""Options: checked once, when a function is decorated or a block is made, before anything runs."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ._dotted_names import parse
from ._errors import SettingError
from ._settings import Options, names_of, seconds_of

__all__ = ["options_of", "remembered_options"]


def options_of(  # noqa: PLR0913  (the table of options, the same words for both faces)
    *,
    watch: object = None,
    produce: object = None,
    ignore: object = (),
    name: object = None,
    version: object = None,
    expires: object = None,
    store: object = None,
    rng: object = "auto",
    observe: object = None,
    of_block: bool = True,
) -> Options:
    """Return the options, checked and in one normal form; `docs/settings.md` has the table of what they mean.

    Raises:
        TypeError: a string where a list is expected, or an item that is no string.
        ValueError: an item that is no name, or a value that makes no sense.
    """
    watched = None if watch is None else tuple(map(_watched, names_of("watch", watch)))
    items = () if produce is None else names_of("produce", produce)
    files = tuple(item for item in items if _is_marker(item))
    if not of_block and len(files) < len(items):
        raise SettingError("produce: a function produces what it returns; only File(...) and Dir(...) can be named")
    produced = None if produce is None else tuple(parse("produce", i).text for i in items if not _is_marker(i))
    ignored = tuple(parse("ignore", item).text for item in names_of("ignore", ignore))
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise SettingError(f"name: a text is expected, not {name!r}")
    if rng not in ("auto", "ignore"):
        raise SettingError(f'rng: "auto" or "ignore" is expected, not {rng!r}')
    if observe not in (None, "auto", "declared"):
        raise SettingError(f'observe: "auto" or "declared" is expected, not {observe!r}')
    return Options(
        watch=watched,
        produce=produced,
        files=files,
        ignore=ignored,
        name=name,
        version=version,
        expires=None if expires is None else seconds_of(expires),
        store=Path(store).expanduser().absolute() if isinstance(store, (str, os.PathLike)) else store,
        rng="ignore" if rng == "ignore" else "auto",
        observe=observe,
    )


def _is_marker(item: object) -> bool:
    """Tell whether an item is a file or folder instead of a name; by what a face knows those, it sees to it."""
    return isinstance(item, tuple) and type(item).__name__ in {"File", "Dir"}


def _watched(item: object) -> object:
    return parse("watch", item).text if isinstance(item, str) else item


def remembered_options(watch: Any, produce: Any, ignore: Any, rest: dict[str, Any]) -> Options:
    """Return the same as `options_of`, and the same object again for lists of names that were checked before.

    A block in a loop makes its options at every turn. Only names are remembered: two values may be equal and
    yet count differently (`1` and `True`, `File("x")` and `Dir("x")`).
    """
    if rest == _PLAIN:
        lists = [tuple(items) if isinstance(items, list) else items for items in (watch, produce, ignore)]
        if all(items is None or (type(items) is tuple and set(map(type, items)) <= {str}) for items in lists):
            return _remembered(*lists)
    return options_of(watch=watch, produce=produce, ignore=ignore, **rest)


_PLAIN: Final = {"name": None, "version": None, "expires": None, "store": None, "rng": "auto", "observe": None}


@lru_cache(1024)
def _remembered(watch: Any, produce: Any, ignore: Any) -> Options:
    return options_of(watch=watch, produce=produce, ignore=ignore)
