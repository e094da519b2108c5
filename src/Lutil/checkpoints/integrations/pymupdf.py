"""PyMuPDF: documents that are read in C."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "pymupdf:Document.__init__": "filename",
}
