"""Options: checked once, when a function is decorated or a block is made, before anything runs."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Final

from ._dotted_names import parse
from ._errors import SettingError, SettingTypeError
from ._markers import Dir, Env, File
from ._setting_values import names_of, seconds_of
from ._settings import Options, setting_of
from ._urls import local_folder
from .process._late import loading

__all__ = ["given_store", "options_of", "remembered_options"]


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
    keep_if: object = None,
    shared: object = None,
    shared_mode: object = None,
    shared_timeout: object = None,
    of_block: bool = True,
) -> Options:
    """Return the options, checked and in one normal form; `docs/settings.md` has the table of what they mean.

    Raises:
        SettingTypeError: a string where a list is expected, or an item that is no string.
        SettingError: an item that is no name, or a value that makes no sense.
    """
    watched = None if watch is None else tuple(map(_watched, names_of("watch", watch)))
    items = () if produce is None else names_of("produce", produce)
    files = tuple(item for item in items if isinstance(item, (File, Dir)))
    for item in files:
        _check_marker("produce", item)
    if not of_block and len(files) < len(items):
        raise SettingError("produce: a function produces what it returns; only File(...) and Dir(...) can be named")
    produced = (
        None if produce is None else tuple(parse("produce", i).text for i in items if not isinstance(i, (File, Dir)))
    )
    ignored = tuple(parse("ignore", item).text for item in names_of("ignore", ignore))
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise SettingError(f"name: a text is expected, not {name!r}")
    if rng not in ("auto", "ignore"):
        raise SettingError(f'rng: "auto" or "ignore" is expected, not {rng!r}')
    if observe not in (None, "auto", "declared"):
        raise SettingError(f'observe: "auto" or "declared" is expected, not {observe!r}')
    _check_keep_if(keep_if)
    return Options(
        watch=watched,
        produce=produced,
        files=files,
        ignore=ignored,
        name=name,
        version=version,
        expires=None if expires is None else seconds_of(expires),
        store=given_store(store),
        rng="ignore" if rng == "ignore" else "auto",
        observe=observe,
        keep_if=keep_if,  # type: ignore[arg-type]  # checked above
        shared=setting_of("shared", shared),
        shared_mode=setting_of("shared_mode", shared_mode),
        shared_timeout=setting_of("shared_timeout", shared_timeout),
    )


def given_store(value: object) -> object:
    """Return a store that was given, or the absolute path of a folder; None for that of the settings.

    Raises:
        SettingTypeError: it is none of these.
    """
    if isinstance(value, (str, os.PathLike)):
        return local_folder(value)
    if value is None or all(callable(getattr(value, word, None)) for word in ("get", "put", "claim", "traces")):
        return value
    raise SettingTypeError(f"store: a folder or a Store is expected, not {value!r}")


def _check_keep_if(keep_if: object) -> None:
    if keep_if is None:
        return
    if not callable(keep_if):
        raise SettingTypeError(f"keep_if: a function of the result is expected, not {keep_if!r}")
    with loading:
        import inspect  # noqa: PLC0415  (7 ms, and few have such a function)

    if inspect.iscoroutinefunction(keep_if):
        raise SettingError("keep_if: a plain function is expected; what a coroutine function returns is always true")


def _watched(item: object) -> object:
    _check_marker("watch", item)
    return parse("watch", item).text if isinstance(item, str) else item


def _check_marker(option: str, item: object) -> None:
    if isinstance(item, (File, Dir)) and not isinstance(item.path, (str, os.PathLike)):
        raise SettingTypeError(f"{option}: {item!r}: the path is to be text or a Path")
    if isinstance(item, Env) and not (isinstance(item.name, str) and item.name and not {"=", "\0"} & {*item.name}):
        raise SettingTypeError(f"{option}: {item!r}: the name of a variable is expected")


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


_PLAIN: Final = {
    "name": None, "version": None, "expires": None, "store": None, "rng": "auto", "observe": None, "keep_if": None,
    "shared": None, "shared_mode": None, "shared_timeout": None,
}  # fmt: skip


@lru_cache(1024)
def _remembered(watch: Any, produce: Any, ignore: Any) -> Options:
    return options_of(watch=watch, produce=produce, ignore=ignore)
