"""delta-rs: tables that are read in Rust."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "deltalake:DeltaTable.__init__": "table_uri",
}
