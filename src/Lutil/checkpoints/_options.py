"""Options: checked once, when a function is decorated or a block is made, before anything runs."""

from __future__ import annotations

import os
from pathlib import Path

from ._errors import SettingError
from ._items import parse
from ._settings import Options, names_of, seconds_of

__all__ = ["options_of"]


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
) -> Options:
    """Return the options, checked and in one normal form.

    Args:
        watch, produce, ignore, name, version, expires, store, rng: see the table in the README.

    Raises:
        TypeError: a string where a list is expected, or an item that is no string.
        ValueError: an item that is no name, or a value that makes no sense.
    """
    watched = None if watch is None else tuple(parse("watch", item).text if isinstance(item, str) else item for item in names_of("watch", watch))
    produced = None if produce is None else tuple(parse("produce", item).text for item in names_of("produce", produce))
    ignored = tuple(parse("ignore", item).text for item in names_of("ignore", ignore))
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise SettingError(f"name: a text is expected, not {name!r}")
    if rng not in ("auto", "ignore"):
        raise SettingError(f'rng: "auto" or "ignore" is expected, not {rng!r}')
    return Options(
        watch=watched,
        produce=produced,
        ignore=ignored,
        name=name,
        version=version,
        expires=None if expires is None else seconds_of(expires),
        store=Path(store).expanduser().absolute() if isinstance(store, (str, os.PathLike)) else store,
        rng=str(rng),
    )

