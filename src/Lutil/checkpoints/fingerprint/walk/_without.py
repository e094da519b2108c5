"""Parts that do not count: `"num_workers"`, `"optim.lr"`, `"['b']"`, and how they are found below a value."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ...model._errors import SettingError
from ...model.process._asking import has, own_dict
from ...model.process._interrupts import let_pass
from ._class_state import module_name
from ._scalars import is_atom

__all__ = ["left_out"]

_STEP = r"\.?([^\W\d]\w*)|\[(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(-?\d+))\]"
_NOWHERE = object()


def left_out(value: object, without: tuple[str, ...], path: str) -> Iterator[tuple[object, object]]:
    """Yield what holds each of these parts, and by which name, key or index.

    One that is missing is no error, as it may come later, but where the attributes are fixed.

    Raises:
        SettingError: a dataclass or a namespace of argparse has no attribute of that name; it is an item of something
            that is compared as a whole, or no part that could be named so.
    """
    for text in without:
        matches = [*re.finditer(_STEP, text)]
        if "".join(match[0] for match in matches) != text:
            raise SettingError(
                f"ignore: `{path}{text}` leads nowhere; a part is an attribute, the text of a key, or an index"
            )
        steps = [_step(match) for match in matches]
        owner: Any = value
        for step in steps[:-1]:
            owner = _follow(owner, step)
        if steps:
            last = steps[-1]
            if type(last) is int and last < 0 and isinstance(owner, list | tuple | deque):
                last += len(owner)
            _refuse_misspelt(owner, last, text)
            _refuse_item(owner, last, path + text)
            yield owner, last


def _refuse_misspelt(owner: object, step: object, text: str) -> None:
    cls = type(owner)
    fixed = has(cls, "__dataclass_fields__") or (module_name(cls) == "argparse" and cls.__name__ == "Namespace")
    if fixed and isinstance(step, str) and not text.endswith("]") and not _has(owner, step):
        known = ", ".join(f"`{name}`" for name in own_dict(owner))
        raise SettingError(f"ignore: a {cls.__name__} has no `{step}`; it has {known or 'no attributes'}")


def _refuse_item(owner: object, step: object, text: str) -> None:
    """Refuse an item of something that is compared as a whole, as an array is: to leave it out would do nothing."""
    if owner is _NOWHERE or is_atom(owner) or isinstance(owner, dict) or not text.endswith("]"):
        return  # what is None today may have such an item tomorrow
    listed = isinstance(owner, list | tuple | deque)
    if not listed and not hasattr(type(owner), "columns"):  # those of a table can be left out
        name = type(owner).__name__
        raise SettingError(f"ignore: `{text}` is an item of a {name}, of which none can be left out: pass it by itself")
    if listed and type(step) is not int:
        raise SettingError(f"ignore: `{text}` is no index of a {type(owner).__name__}")


def _has(owner: object, name: str) -> bool:
    """Return whether an object has an attribute, or may get it from its class. Properties are not asked."""
    if name in own_dict(owner):
        return True
    for base in type(owner).__mro__:
        space = base.__dict__
        codes = [item.__code__ for item in space.values() if isinstance(item, FunctionType)]
        if name in space or "__getattr__" in space or any(name in code.co_names for code in codes):
            return True
    return False


def _step(match: re.Match[str]) -> object:
    name, single, double, index = match.groups()
    if index is not None:
        return int(index)
    return name if name is not None else re.sub(r"\\(.)", r"\1", single if single is not None else double)


def _follow(owner: Any, step: object) -> object:
    """Return what is at a step below a value, found without running more of its code than needed."""
    try:
        if isinstance(step, str) and step in own_dict(owner):
            return owner.__dict__[step]
        if isinstance(step, str) and not isinstance(owner, dict) and hasattr(owner, step):
            return getattr(owner, step)
        return owner[step]
    except Exception as error:  # noqa: BLE001 - a part that is missing may be missing
        let_pass(error)
        return _NOWHERE
