"""pyarrow: files that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "pyarrow:memory_map": "path|source mode",
    "pyarrow:OSFile": "path|source mode",
    "pyarrow:input_stream": "path|source mode",
    "pyarrow.parquet:read_table": "source",
    "pyarrow.parquet:read_pandas": "source",
    "pyarrow.parquet:ParquetFile.__init__": "source",
    "pyarrow.parquet:read_metadata": "where",
    "pyarrow.parquet:read_schema": "where",
    "pyarrow.parquet:ParquetDataset.__init__": "path_or_paths",
    "pyarrow.csv:read_csv": "input_file",
    "pyarrow.csv:open_csv": "input_file",
    "pyarrow.json:read_json": "input_file",
    "pyarrow.json:open_json": "input_file",
    "pyarrow.feather:read_feather": "source",
    "pyarrow.feather:read_table": "source",
    "pyarrow.orc:read_table": "source",
    "pyarrow.orc:ORCFile.__init__": "source",
    "pyarrow.dataset:dataset": "source",
    "pyarrow.dataset:parquet_dataset": "metadata_path",
    "pyarrow.ipc:open_file": "source",
    "pyarrow.ipc:open_stream": "source",
}
