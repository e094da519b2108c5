"""rasterio: grids that are read by GDAL."""

from __future__ import annotations

from .osgeo import beside

__all__ = ["ALSO", "READERS"]

READERS = {
    "rasterio:open": "fp mode",
}

ALSO = {"rasterio": beside}
