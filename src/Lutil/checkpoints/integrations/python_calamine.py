"""calamine: sheets that are read in Rust."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "python_calamine:load_workbook": "path_or_filelike",
    "python_calamine:CalamineWorkbook.from_path": "path",
    "python_calamine:CalamineWorkbook.from_object": "path_or_filelike",
}
