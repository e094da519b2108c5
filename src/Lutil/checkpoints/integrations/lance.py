"""Lance: data sets that are read in Rust."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "lance:dataset": "uri",
}
