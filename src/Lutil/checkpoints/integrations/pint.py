"""pint: quantities without what they remember of their dimension, registries by the units that they define."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "MEMOS"]

MEMOS = {
    "pint.facets.plain.quantity.PlainQuantity": ("_dimensionality",),
    "pint.facets.plain.unit.PlainUnit": ("_dimensionality",),
}


def _registry(registry: Any) -> tuple[Any, ...]:
    units = [
        (name, str(getattr(unit, "reference", "")), str(getattr(unit, "converter", "")))
        for name, unit in registry._units.items()  # noqa: SLF001 - no public way
    ]
    return (
        sorted(units),
        str(registry.formatter.default_format),
        registry.force_ndarray,
        registry.autoconvert_offset_to_baseunit,
    )


COMPARED = {"pint.facets.plain.registry.GenericPlainRegistry": _registry, "pint.registry.LazyRegistry": _registry}
