"""netCDF4: files that are opened by the netCDF library."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "netCDF4:Dataset.__init__": "filename mode",
    "netCDF4:MFDataset.__init__": "files",
}
