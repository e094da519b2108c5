"""safetensors: tensors that are mapped by Rust."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "safetensors:safe_open": "filename",
    "safetensors.torch:load_file": "filename",
    "safetensors.numpy:load_file": "filename",
}
