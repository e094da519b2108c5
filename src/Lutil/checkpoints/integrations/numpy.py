"""numpy: `vectorize`; a masked array without a mask comes back without one, and with the value that it fills in."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

__all__ = ["CALLABLES", "STORED"]

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "numpy.vectorize": ("pyfunc", "otypes", "excluded", "signature", "cache"),
}

_MASKED = ("numpy.ma.core.MaskedArray", "numpy.ma.MaskedArray")
"""Its name in numpy 2 and before."""


def _to_parts(array: Any) -> tuple[Any, ...]:
    numpy = sys.modules["numpy"]
    mask = None if array.mask is numpy.ma.nomask else numpy.asarray(array.mask)
    return numpy.asarray(array.data), mask, array._fill_value, array.hardmask  # noqa: SLF001 - asking makes one


def _from_parts(parts: tuple[Any, ...]) -> Any:
    data, mask, fill_value, hard = parts
    masked = importlib.import_module("numpy.ma")
    made = masked.MaskedArray(data, masked.nomask if mask is None else mask, copy=False, hard_mask=hard)
    made._fill_value = fill_value  # noqa: SLF001 - setting the public one makes a new object of it
    return made


STORED = dict.fromkeys(_MASKED, (_to_parts, _from_parts))
