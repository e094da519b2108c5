"""astropy: units remember their hash, what they are made of, and of which physical type they are."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {"astropy.units.core.UnitBase": ("_decomposed_cache", "_hash", "_physical_type_id")}
