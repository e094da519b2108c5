"""numba: compiled functions."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLABLES"]

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "numba.core.dispatcher.Dispatcher": ("py_func", "targetoptions"),
    "numba.np.ufunc.dufunc.DUFunc": ("py_func", "targetoptions"),
    "numba.np.ufunc.gufunc.GUFunc": ("py_func", "gufunc_builder.signature"),
}
