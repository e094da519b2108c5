"""numba: compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["CALLABLES"]


def signatures(function: Any) -> tuple[str, ...]:
    """Return the signatures that a function was declared with; those that its calls made are what it remembers."""
    if function._can_compile:  # noqa: SLF001  (no public name says so)
        return ()
    return tuple(map(str, function.nopython_signatures))


def types(function: Any) -> tuple[str, ...]:
    """Return the same for a ufunc: as numpy spells them."""
    return tuple(function.types) if function._frozen else ()  # noqa: SLF001  (the same)


CALLABLES: Final[dict[str, tuple[str | Callable[[Any], object], ...]]] = {
    "numba.core.dispatcher.Dispatcher": ("py_func", "targetoptions", signatures),
    # The first name is that of the numba releases up to 0.60.
    "numba.np.ufunc.dufunc.DUFunc": ("py_func", "_dispatcher.py_func", "targetoptions", types),
    "numba.np.ufunc.gufunc.GUFunc": ("py_func", "gufunc_builder.py_func", "gufunc_builder.signature", types),
}
