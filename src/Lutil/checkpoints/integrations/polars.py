"""polars: files that are read in Rust, also by the texts of its SQL."""

from __future__ import annotations

__all__ = ["QUERIES", "READERS"]

READERS = {
    "polars:read_csv": "source",
    "polars:scan_csv": "source",
    "polars:read_csv_batched": "source",
    "polars:read_parquet": "source",
    "polars:scan_parquet": "source",
    "polars:read_ipc": "source",
    "polars:scan_ipc": "source",
    "polars:read_ipc_stream": "source",
    "polars:read_ndjson": "source",
    "polars:scan_ndjson": "source",
    "polars:read_json": "source",
    "polars:read_avro": "source",
    "polars:read_excel": "source",
    "polars:read_ods": "source",
    "polars:read_lines": "source",
    "polars:scan_lines": "source",
    "polars:read_parquet_schema": "source",
    "polars:read_parquet_metadata": "source",
    "polars:read_ipc_schema": "source",
    "polars:read_delta": "source",
    "polars:scan_delta": "source",
    "polars:scan_iceberg": "source",
    "polars:scan_lance": "source",
    "polars:DataFrame.deserialize": "source",
    "polars:LazyFrame.deserialize": "source",
}

QUERIES = {
    "polars:sql": "query",
    "polars:SQLContext.execute": "query",
    "polars:DataFrame.sql": "query",
    "polars:LazyFrame.sql": "query",
}
