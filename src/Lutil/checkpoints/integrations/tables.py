"""PyTables: files that are opened by the HDF5 library."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "tables:open_file": "filename mode",
}
