"""decord: films that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "decord:VideoReader.__init__": "uri",
    "decord:AudioReader.__init__": "uri",
}
