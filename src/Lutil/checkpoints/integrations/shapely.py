"""shapely: geometries with the grid that their coordinates lie on, which their pickles leave out."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "STORED"]

_NAMES = (
    *("point.Point", "linestring.LineString", "polygon.LinearRing", "polygon.Polygon", "multipoint.MultiPoint"),
    *("multilinestring.MultiLineString", "multipolygon.MultiPolygon", "collection.GeometryCollection"),
)


def _with_grid(geometry: Any) -> tuple[Any, ...]:
    made, given = geometry.__reduce__()[:2]
    return made, given, importlib.import_module("shapely").get_precision(geometry)


def _made_again(form: tuple[Any, ...]) -> Any:
    made, given, grid = form
    geometry = made(*given)
    return importlib.import_module("shapely").set_precision(geometry, grid, "pointwise") if grid else geometry


COMPARED = {"shapely.geometry.base.BaseGeometry": _with_grid}
STORED = {f"shapely.geometry.{name}": (_with_grid, _made_again) for name in _NAMES}
