"""Whether there is a secret in a value, by the names and the shapes in it."""

from __future__ import annotations

import functools
import pathlib
import weakref
from collections import deque
from itertools import islice
from typing import Any, Final

from ...model._identity import identity
from ...model.process._asking import of_class, own_dict
from ...model.process._interrupts import let_pass
from ...model.secrets._redaction import conceals, named_before, names_secret
from ...model.secrets._secret_names import key_names_secret
from ..kinds._handles import is_handle
from ..kinds._objects import PlainRule
from ..walk._class_state import LIBRARIES, qualified_name
from ..walk._registry import find_rule
from ..walk._scalars import LEAVES

__all__ = ["Finder", "is_secret_type"]

_LOOKS: Final = 5_000
_TEXT: Final = 16_384
_GROUPS: Final = (list, tuple, set, frozenset, deque)
_TYPES: Final = ("secret", "credential", "password")
_PATHS: Final = (
    pathlib.PurePath, pathlib.PurePosixPath, pathlib.PureWindowsPath,
    pathlib.Path, pathlib.PosixPath, pathlib.WindowsPath,
)  # fmt: skip
_types: Final[weakref.WeakKeyDictionary[type, bool]] = weakref.WeakKeyDictionary()


class Finder:
    """Looks for secrets below several values, at so many objects in all.

    Nobody can try guesses at the digest of a secret among thousands of other values without knowing all of these.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _LOOKS

    def hides(self, value: object) -> bool:
        """Tell whether a value is a secret by its shape, or holds one."""
        if _is_secret(value):
            return True
        if type(value) in LEAVES:
            return False
        waiting = [value]
        met: dict[int, object] = {}
        while waiting and self._left > 0:
            one = waiting.pop()
            self._left -= 1
            if _is_secret(one):
                return True
            if type(one) in LEAVES or identity(one) in met:
                continue
            met[identity(one)] = one  # kept alive, so that its identity is its own
            names, below = _below(one, self._left)
            if any(map(key_names_secret, names)):
                return True
            waiting += reversed(below)
        return False


def _is_secret(value: Any) -> bool:
    cls = type(value)  # a value may say anything of its class
    if issubclass(cls, str):
        return conceals(str.__getitem__(value, slice(_TEXT)))
    if issubclass(cls, bytes | bytearray):
        return conceals(bytes(memoryview(value)[:_TEXT]).decode("latin-1"))
    if any(cls is path for path in _PATHS):
        return conceals(str(value))
    return cls not in LEAVES and is_secret_type(cls)


def _below(value: Any, most: int) -> tuple[list[Any], list[Any]]:
    """Return the names under which a value holds something, and what it holds; nothing where it cannot be looked at."""
    try:
        return _looked_into(value, most)
    except Exception as error:  # noqa: BLE001 - whatever a class raises when it is looked at
        let_pass(error)
        return [], []


def _looked_into(value: Any, most: int) -> tuple[list[Any], list[Any]]:
    if is_handle(value) or isinstance(value, type):
        return [], []
    own: dict[Any, Any] = {}
    if not isinstance(value, (dict, *_GROUPS)) or type(value).__dictoffset__:
        own = _state(value)
    names, below = list(own), list(own.values())
    if isinstance(value, dict):
        keys = list(islice(dict.keys(value), most))
        return names + keys, below + keys + list(islice(dict.values(value), most))
    if isinstance(value, _GROUPS):
        names += of_class(type(value), "_fields", ())
        if isinstance(value, list | tuple):
            names += [value[place - 1] for place in named_before(value)]
        return names, below + list(islice(value, most))
    if isinstance(value, functools.partial):
        return names + list(value.keywords), [*below, *value.args, *value.keywords.values()]
    return names, below


def _state(value: Any) -> dict[str, Any]:
    cls = type(value)
    if cls.__module__.partition(".")[0] in LIBRARIES:
        return {}
    rule = find_rule(cls)
    return rule.state(value) if isinstance(rule, PlainRule) else dict(own_dict(value))


def is_secret_type(cls: type) -> bool:
    """Tell whether a class is made to hold a secret, by its name: `SecretStr`, `AzureKeyCredential`."""
    try:
        known = _types.get(cls)
        if known is None:
            names = [qualified_name(base).rpartition(".")[2] for base in cls.__mro__]
            known = any(word in name.lower() and names_secret(name) for name in names for word in _TYPES)
            _types[cls] = known
    except Exception as error:  # noqa: BLE001 - whatever a metaclass raises when its classes are compared
        let_pass(error)
        return False
    return known
