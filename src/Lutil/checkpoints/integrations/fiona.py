"""fiona: layers that are read by GDAL."""

from __future__ import annotations

from .osgeo import beside

__all__ = ["ALSO", "READERS"]

READERS = {
    "fiona:open": "fp mode",
    "fiona:listlayers": "fp",
}

ALSO = {"fiona": beside}
