"""usearch: indexes that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "usearch.index:Index.load": "path_or_buffer|path",
    "usearch.index:Index.view": "path_or_buffer|path",
    "usearch.index:Index.restore": "path_or_buffer|path",
}
