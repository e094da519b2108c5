"""faiss: indexes that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "faiss:read_index": "fname|f",
    "faiss:read_index_binary": "fname|f",
    "faiss:read_VectorTransform": "fname|f",
    "faiss:read_ProductQuantizer": "fname|f",
}
