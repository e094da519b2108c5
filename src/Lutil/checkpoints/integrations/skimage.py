"""scikit-image: properties of a region are remembered once they were asked for."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {"skimage.measure._regionprops.RegionProperties": ("_cache",)}
