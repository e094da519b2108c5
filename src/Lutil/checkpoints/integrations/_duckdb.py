"""duckdb, whose classes are in `_duckdb`: a type of a column is what it is written as, and is made again from that."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "STORED"]


def _made(text: str) -> Any:
    return importlib.import_module("duckdb").type(text)


COMPARED = {"_duckdb._sqltypes.DuckDBPyType": str}
STORED = {"_duckdb._sqltypes.DuckDBPyType": (str, _made)}
