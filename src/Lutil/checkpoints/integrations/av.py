"""PyAV: sounds and films that are read by FFmpeg."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "av:open": "file mode",
}
