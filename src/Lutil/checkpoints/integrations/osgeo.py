"""GDAL itself, and the files beside the one that it is given: the values of a shapefile are in another file."""

from __future__ import annotations

import os
from collections.abc import Iterator

__all__ = ["ALSO", "READERS", "beside"]

READERS = {
    "osgeo.gdal:Open": "utf8_path|filename",
    "osgeo.gdal:OpenEx": "utf8_path|filename",
    "osgeo.ogr:Open": "utf8_path|filename",
}
_PARTS = {
    ".shp": (".dbf", ".shx", ".prj", ".cpg"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
    ".img": (".hdr", ".rrd"),
    ".hdr": (".img",),
    ".tif": (".tfw", ".prj"),
    ".jpg": (".jgw", ".prj"),
    ".png": (".pgw", ".prj"),
    ".asc": (".prj",),
}


def beside(path: str) -> Iterator[str]:
    """Yield the files that GDAL looks for beside one."""
    stem, suffix = os.path.splitext(path)  # noqa: PTH122 - text
    for part in _PARTS.get(suffix.lower(), ()):
        yield stem + part
    yield path + ".aux.xml"


ALSO = {"osgeo": beside}
