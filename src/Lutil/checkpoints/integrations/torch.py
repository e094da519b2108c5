"""torch: what is read in C++, and not by Python's `open`."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "torch:from_file": "filename",
    "torch.jit:load": "f",
}
