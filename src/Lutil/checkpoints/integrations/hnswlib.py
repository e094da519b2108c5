"""hnswlib: indexes that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "hnswlib:Index.load_index": "path_to_index",
}
