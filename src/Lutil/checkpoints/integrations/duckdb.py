"""DuckDB: files that are read in C++, also by the texts of its SQL, and databases that are opened.

`FROM df` looks for a variable in the frame of the caller, so whoever stands in must call from there.
"""

from __future__ import annotations

__all__ = ["DATABASES", "QUERIES", "READERS", "WRITERS"]

_OWNERS = ("duckdb:", "duckdb:DuckDBPyConnection.")
_READERS = ("read_csv", "read_parquet", "read_json", "from_csv_auto", "from_parquet")

READERS = {f"{owner}{name}": "path_or_buffer|name" for owner in _OWNERS for name in _READERS}
WRITERS = {
    f"duckdb:DuckDBPyRelation.{name}": "file_name" for name in ("to_csv", "to_parquet", "write_csv", "write_parquet")
}
QUERIES = {
    **{
        f"{owner}{name}": "query"
        for owner in _OWNERS
        for name in ("sql", "query", "execute", "executemany", "from_query")
    },
    "duckdb:query_df": "_ _ sql_query",
    "duckdb:DuckDBPyRelation.query": "_ sql_query",
}
DATABASES = {"duckdb:connect": "database"}
