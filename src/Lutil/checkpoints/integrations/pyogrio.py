"""pyogrio: layers that are read by GDAL."""

from __future__ import annotations

from .osgeo import beside

__all__ = ["ALSO", "READERS"]

READERS = {
    "pyogrio:read_dataframe": "path_or_buffer",
    "pyogrio:read_arrow": "path_or_buffer",
    "pyogrio:open_arrow": "path_or_buffer",
    "pyogrio:read_info": "path_or_buffer",
    "pyogrio:read_bounds": "path_or_buffer",
    "pyogrio:list_layers": "path_or_buffer",
    "pyogrio.raw:read": "path_or_buffer",
    "pyogrio.raw:read_arrow": "path_or_buffer",
    "pyogrio.raw:open_arrow": "path_or_buffer",
}

ALSO = {"pyogrio": beside}
