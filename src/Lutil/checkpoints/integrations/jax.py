"""jax: what `jit` and its like make, which hold the function in C together with caches of compiled code."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLABLES"]

_OPTIONS = (
    "__wrapped__",
    "_jit_info.static_argnums",
    "_jit_info.static_argnames",
    "_jit_info.donate_argnums",
    "_jit_info.backend",
)

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "jaxlib._jax.PjitFunction": _OPTIONS,
    "jaxlib.xla_extension.PjitFunction": _OPTIONS,
}
