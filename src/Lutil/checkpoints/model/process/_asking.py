"""What classes and objects have, found without running what their authors wrote for attributes that are not there.

A `__getattr__` may raise anything: that of the common `AttrDict`, and those of metaclasses, raise KeyError.
"""

from __future__ import annotations

from typing import Any

from ._interrupts import let_pass

__all__ = ["has", "is_written_in_python", "of_class", "of_object", "own_dict"]

_PYTHON_MADE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def has(cls: type, name: str) -> bool:
    """Return whether a class has an attribute, without asking for it: a mock makes what is asked of its class."""
    return any(name in base.__dict__ for base in cls.__mro__)


def is_written_in_python(cls: type) -> bool:
    """Return whether a class and all that it derives from, but for `object`, were made by class statements."""
    return all(base.__flags__ & _PYTHON_MADE for base in cls.__mro__[:-1])


def of_class(cls: type, name: str, default: object = None) -> Any:
    """Return an attribute of a class; the default where it has none, or asking its metaclass raises."""
    try:
        return getattr(cls, name, default)
    except Exception as error:  # noqa: BLE001 - the user's code
        let_pass(error)
        return default


def of_object(value: object, name: str, default: object = None) -> Any:
    """Return an attribute of an object; the default where it has none, or asking it raises."""
    try:
        return getattr(value, name, default)
    except Exception as error:  # noqa: BLE001 - the user's code
        let_pass(error)
        return default


def own_dict(value: object) -> dict[str, Any]:
    """Return the attributes that an object holds, as it shows them; none where its class has no room for any.

    Raises what a `__getattribute__` of its class raises.
    """
    found: dict[str, Any] = getattr(value, "__dict__", {}) if type(value).__dictoffset__ else {}
    return found
