"""pypdfium2: documents that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "pypdfium2:PdfDocument.__init__": "input",
}
