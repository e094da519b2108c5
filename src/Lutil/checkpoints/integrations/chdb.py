"""chDB: files that are read by the texts of its SQL."""

from __future__ import annotations

__all__ = ["QUERIES"]

QUERIES = {
    "chdb:query": "sql",
    "chdb:sql": "sql",
}
