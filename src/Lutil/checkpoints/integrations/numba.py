"""numba: compiled functions."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLABLES"]

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "numba.core.dispatcher.Dispatcher": ("py_func", "targetoptions"),
    # The first name is that of the numba releases up to 0.60.
    "numba.np.ufunc.dufunc.DUFunc": ("py_func", "_dispatcher.py_func", "targetoptions"),
    "numba.np.ufunc.gufunc.GUFunc": ("py_func", "gufunc_builder.py_func", "gufunc_builder.signature"),
}
