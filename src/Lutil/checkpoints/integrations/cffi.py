"""cffi: shared libraries, which count by their files."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "cffi:FFI.dlopen": "name",
}
