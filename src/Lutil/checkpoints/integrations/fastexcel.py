"""fastexcel: sheets that are read in Rust."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "fastexcel:read_excel": "source",
}
