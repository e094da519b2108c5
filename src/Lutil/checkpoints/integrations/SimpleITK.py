"""SimpleITK: images that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "SimpleITK:ReadImage": "fileName",
    "SimpleITK:ReadTransform": "filename",
}
