"""unyt: a unit is its expression and the table of units that it stands in, whatever holds that table.

Units remember how they are written, and registries of units what was made with them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "MEMOS"]


def _unit(unit: Any) -> tuple[Any, ...]:
    registry = unit.registry  # pickles bring one of another class
    own = (unit.expr, unit.base_value, unit.base_offset, unit.dimensions)
    return *own, registry.lut, getattr(registry.unit_system, "name", "")


COMPARED = {"unyt.unit_object.Unit": _unit}
MEMOS = {"unyt.unit_registry.UnitRegistry": ("_unit_object_cache", "_unit_system_id")}
