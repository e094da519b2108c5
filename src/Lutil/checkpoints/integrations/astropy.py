"""astropy: units remember their hash, what they are made of, and of which physical type they are.

A column knows of its table, and makes what tells of it when it is asked. The numbers of a model stand in its
parameters; the array of them is filled from there, and holds anything before that.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["COMPARED", "MEMOS"]


def _column(column: Any) -> tuple[Any, ...]:
    numpy = sys.modules["numpy"]
    own = vars(column)
    told = (own.get("_name"), str(own.get("_unit")), str(own.get("_format")), own.get("description"))
    mask = column.mask if isinstance(column, numpy.ma.MaskedArray) else None
    fill = column.fill_value if mask is not None else None
    return *told, dict(own.get("_meta") or {}), column.view(numpy.ndarray), mask, fill


COMPARED = {"astropy.table.column.BaseColumn": _column}
MEMOS = {
    "astropy.modeling.core.Model": ("_parameters",),
    "astropy.units.core.UnitBase": ("_decomposed_cache", "_hash", "_physical_type_id"),
}
