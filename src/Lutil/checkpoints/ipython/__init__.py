"""Notebooks: a quiet line under a cell that was skipped or recomputed, `%%checkpoint` and `%why`."""

from __future__ import annotations

from ._cell import attach
from ._magics import load

__all__ = ["attach", "load"]
