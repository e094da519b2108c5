"""ONNX Runtime: models that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "onnxruntime:InferenceSession.__init__": "path_or_bytes",
}
