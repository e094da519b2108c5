"""Callable objects of libraries that count by a few of their attributes: the rest is what they remember or compile."""

from __future__ import annotations

from typing import Final

from . import jax, numba, numpy, toolz

__all__ = ["CALLABLES"]

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    **jax.CALLABLES,
    **numba.CALLABLES,
    **numpy.CALLABLES,
    **toolz.CALLABLES,
}
"""By the name of the class, the attributes that say what a callable does, as dotted names."""
