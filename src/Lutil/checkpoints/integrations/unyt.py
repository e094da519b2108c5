"""unyt: units remember how they are written, and registries of units what was made with them."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {
    "unyt.unit_object.Unit": ("_latex_repr",),
    "unyt.unit_registry.UnitRegistry": ("_unit_object_cache", "_unit_system_id"),
}
