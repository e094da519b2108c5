"""gemmi: structures that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "gemmi:read_structure": "path",
    "gemmi:read_ccp4_map": "path",
    "gemmi:read_mtz_file": "path",
    "gemmi.cif:read": "filename",
    "gemmi.cif:read_file": "filename",
}
