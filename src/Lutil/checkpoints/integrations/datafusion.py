"""DataFusion: files that are read in Rust, also by the texts of its SQL."""

from __future__ import annotations

__all__ = ["QUERIES", "READERS"]

READERS = {
    "datafusion:SessionContext.read_csv": "path",
    "datafusion:SessionContext.read_parquet": "path",
    "datafusion:SessionContext.read_json": "path",
    "datafusion:SessionContext.read_avro": "path",
    "datafusion:SessionContext.register_csv": "_ path",
    "datafusion:SessionContext.register_parquet": "_ path",
    "datafusion:SessionContext.register_json": "_ path",
    "datafusion:SessionContext.register_avro": "_ path",
}

QUERIES = {
    "datafusion:SessionContext.sql": "query",
}
