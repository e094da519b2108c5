"""A checkpointed function passes for the function that it wraps, and its bound methods for bound methods.

Libraries ask before they take a function: `inspect.isfunction`, `isinstance(f, FunctionType)`, `f.__code__`. What asks
gets the answer that the wrapped function would give. `type(f)` stays what it is.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, Final

__all__ = ["COPIED", "FunctionLike", "OfFunction", "own_attributes", "plain_attributes"]

COPIED: Final = ("__module__", "__name__", "__qualname__", "__doc__")
"""What is copied from the function; all else that a function has is read from it when it is asked for."""


class OfFunction:
    """An attribute that is the wrapped function's own: read there, and set there."""

    def __init__(self, absent: object = None) -> None:
        self._absent = absent
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self._absent if instance is None else getattr(instance._function, self._name)  # noqa: SLF001  (a part of it)

    def __set__(self, instance: Any, value: object) -> None:
        setattr(instance._function, self._name, value)  # noqa: SLF001  (a part of it)


class FunctionLike:
    """Answers for a wrapped function, which is `_function`."""

    __slots__ = ()

    _function: Any

    __annotations__ = OfFunction({})
    __builtins__ = OfFunction()
    __code__ = OfFunction()
    __closure__ = OfFunction()
    __defaults__ = OfFunction()
    __globals__ = OfFunction()
    __kwdefaults__ = OfFunction()
    if sys.version_info >= (3, 12):
        __type_params__ = OfFunction(())
    if sys.version_info >= (3, 14):
        __annotate__ = OfFunction()

    def __init_subclass__(cls) -> None:
        # Whoever asks a class for its annotations gives it a dict, which would hide those of the function.
        super().__init_subclass__()
        cls.__annotations__ = vars(FunctionLike)["__annotations__"]

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> Any:
        """The class of what is wrapped, for `isinstance`: a function passes for a function.

        cloudpickle takes what passes for a function to pieces, and would put it together again without its cache: it
        is told the truth.
        """
        asks = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001
        kind = type(self)
        return FunctionType if "cloudpickle" not in asks and isinstance(self._function, FunctionType) else kind

    def __dir__(self) -> list[str]:
        """Return what it offers, and what a function has."""
        return sorted({*dir(type(self)), *vars(self)})

    def __dask_tokenize__(self) -> Any:
        """Return what dask names tasks after: what it would be for the function, and so the same in each process."""
        from dask.base import normalize_token  # noqa: PLC0415  (dask asks)

        return normalize_token(self._function)

    def __copy__(self) -> Any:
        """Return itself, as a function is its own copy."""
        return self

    def __deepcopy__(self, memo: object) -> Any:
        """Return itself, as a function is its own copy."""
        return self


def own_attributes(function: Any) -> dict[str, Any]:
    """Return what the program has set on a checkpointed function, or on the function that it wraps."""
    return {name: value for name, value in vars(function).items() if name not in (*COPIED, "__wrapped__")}


def plain_attributes(function: Any) -> dict[str, Any]:
    """Return the same without what libraries set there, as it counts of a function."""
    return {name: value for name, value in vars(function).items() if name[:2] != "__"}
