"""What must be known of one library stands in that library's file, as tables that the machines read.

Knows: names of classes, functions and attributes of the library, as text.
Never sees: keys, stores, settings, or any machine.
Guarantees: importing a file here imports no library and costs next to nothing; a library that is absent or has
changed makes its table empty of effect, never an error.

A file may have these tables. A function is named by its module and its name there, `"pyarrow.parquet:read_table"`:

    READERS   functions and methods that read files without telling Python: which of their parameters name those
    WRITERS   those that write: which of their parameters name the files
    DATABASES those that open a database: which parameter names it
    QUERIES   those that are given a text of SQL, which may name files: which parameter it is
    ALSO      a function of a path, by the library: what else is read where its readers are given that path

Parameters are written in their order, as in `"_ source|path * index"`: `_` names no file, `source|path` has another
name in other versions, and what follows `*` is given by name only.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["LIBRARIES", "table"]

LIBRARIES: Final = frozenset({
    "SimpleITK", "annoy", "av", "catboost", "cffi", "chdb", "cv2", "datafusion", "dbm", "decord", "deltalake",
    "duckdb", "faiss", "fastexcel", "fasttext", "fiona", "gemmi", "h5py", "hnswlib", "igraph", "lance", "lightgbm",
    "llama_cpp", "lxml", "mujoco", "netCDF4", "onnxruntime", "open3d", "osgeo", "polars", "pyarrow", "pymupdf",
    "pyogrio", "pypdfium2", "pyreadstat", "pysam", "python_calamine", "pyvips", "rasterio", "rdkit", "safetensors",
    "sentencepiece", "soundfile", "tables", "tensorflow", "tokenizers", "torch", "torchaudio", "torchvision",
    "usearch", "xgboost",
})  # fmt: skip
"""The files of this folder: each is named after the top module of its library."""


@functools.lru_cache(maxsize=1024)
def table(library: str, name: str) -> Mapping[str, Any]:
    """Return a table of one library; an empty one where it has none."""
    if library not in LIBRARIES:
        return {}
    found: Mapping[str, Any] = getattr(importlib.import_module(f".{library}", __name__), name, {})
    return found
