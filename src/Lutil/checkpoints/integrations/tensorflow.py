"""TensorFlow: files and records that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "tensorflow.io:read_file": "filename",
    "tensorflow.data:TFRecordDataset": "filenames",
    "tensorflow.data:TextLineDataset": "filenames",
}
