"""annoy: indexes that are mapped in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "annoy:AnnoyIndex.load": "fn",
}
