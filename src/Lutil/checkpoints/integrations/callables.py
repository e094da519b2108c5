"""Callable objects of libraries that count by a few of their attributes: the rest is what they remember or compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import jax, numba, numpy, toolz

__all__ = ["CALLABLES", "Attribute"]

Attribute = str | Callable[[Any], object]
"""A dotted name, or a function that gives what is counted."""

CALLABLES: Final[dict[str, tuple[Attribute, ...]]] = {
    **jax.CALLABLES,
    **numba.CALLABLES,
    **numpy.CALLABLES,
    **toolz.CALLABLES,
}
"""By the name of the class, the attributes that say what a callable does."""
