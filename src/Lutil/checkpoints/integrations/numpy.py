"""numpy: `vectorize`."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLABLES"]

CALLABLES: Final[dict[str, tuple[str, ...]]] = {
    "numpy.vectorize": ("pyfunc", "otypes", "excluded", "signature", "cache"),
}
