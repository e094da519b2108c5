"""pint: quantities and units with the registry that they belong to; registries by what they were told.

A registry is large and is asked at every hit, so the text of its definitions is remembered as long as it holds the
same ones. Prefixed units that it has met, roots, dimensions and conversions that it has worked out do not count.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import weakref
from collections.abc import Iterator
from operator import is_
from typing import Any, Final

from . import attributes_of

__all__ = ["COMPARED", "HOLDING", "MEMOS", "STORED"]

_FOLLOWS: Final = frozenset(
    "Context Group Measurement Quantity System Unit _active_ctx _adders _base_units _base_units_cache _cache _caches "  # noqa: SIM905 - a list would take a line for each
    "_context_units _contexts _non_int_type _def_parser _dimensions _diskcache _filename _groups _initialized "
    "_prefixes _systems _units _units_casei formatter preprocessors".split()
)
"""What a registry makes of what it was told, and what is compared in another form."""
_PLAIN: Final = ("_defaults", "_suffixes")
_OWN: Final = frozenset({"_REGISTRY", "_dimensionality", "_units"})
_MOST: Final = 16
_known: Final[weakref.WeakKeyDictionary[Any, tuple[list[object], tuple[str, list[Any]]]]] = weakref.WeakKeyDictionary()


def _registry(registry: Any) -> tuple[Any, ...]:
    own = {name: item for name, item in sorted(vars(registry).items()) if name not in _FOLLOWS}
    plain = {name: str(own.pop(name)) for name in _PLAIN if name in own}
    kind = getattr(registry, "_non_int_type", float)
    active = [(one.name, _context(registry, one)) for one in getattr(registry._active_ctx, "contexts", ())]  # noqa: SLF001 - no public way
    shown = registry.formatter
    plain["shown"] = f"{shown.default_format} {shown.locale}"
    others = _others([*registry.preprocessors, shown, getattr(shown, "default_sort_func", None)])
    others += [] if kind is float else [kind]
    return *_definitions(registry), tuple(plain.values()), own, others, active


def _lazy(registry: Any) -> tuple[Any, ...]:
    """Return what a registry was told that reads its definitions when it is first asked for something."""
    registry.get_dimensionality("")
    return _registry(registry)


def _others(functions: Any) -> list[object]:
    """Return what the library did not make: its own functions are in each registry of a kind."""
    return [one for one in functions if one is not None and not _is_from_library(one)]


def _is_from_library(value: Any) -> bool:
    home = getattr(value, "__module__", None) or type(value).__module__
    return str(home).partition(".")[0] == "pint"


def _context(registry: Any, context: Any) -> tuple[Any, ...]:
    """Return what is not told by the text: the functions of a context, each with the dimensions it leads between."""
    made = [(way, function) for way, function in context.funcs.items() if not _is_from_library(function)]
    ways = [(str([_dimension(registry, end) for end in way]), function) for way, function in made]
    return sorted(ways, key=lambda one: one[0]), context.defaults


def _dimension(registry: Any, end: Any) -> str:
    """Return a dimension in base dimensions, as a context has it once it was used."""
    try:
        return str(registry.get_dimensionality(end))
    except (KeyError, ValueError, AttributeError):
        return str(end)


# The text of what a registry was told.


def _definitions(registry: Any) -> tuple[str, list[Any]]:
    """Return a digest of the text, and the contexts that text does not tell all of."""
    held = _held(registry)
    known = _known.get(registry)
    if known is None or len(known[0]) != len(held) or not all(map(is_, known[0], held)):
        text = "\n".join(_told(registry)).encode("utf-8", "surrogatepass")
        contexts = [(name, _context(registry, one)) for name, one in sorted(getattr(registry, "_contexts", {}).items())]
        more = [(name, told) for name, told in contexts if told[0] or any(map(_is_no_number, told[1].values()))]
        if len(_known) >= _MOST:
            _known.clear()  # a function of a context may hold its registry, which would then stay
        known = _known[registry] = held, (hashlib.blake2b(text).hexdigest(), more)
    return known[1]


def _is_no_number(value: object) -> bool:
    return type(value) not in {int, float}


def _held(registry: Any) -> list[object]:
    """Return objects that cannot change, others of which a registry holds if it was told something."""
    held = [*_units(registry).values(), *registry._prefixes.values(), *registry._dimensions.values()]  # noqa: SLF001 - no public way
    for name, context in getattr(registry, "_contexts", {}).items():
        held += (name, *context.funcs.values(), *context.redefinitions, *context.defaults.values())
    for group in getattr(registry, "_groups", {}).values():
        held.append(group.members)
    for system in getattr(registry, "_systems", {}).values():
        held += (system.members, *system.base_units.values())
    return held


def _units(registry: Any) -> dict[str, Any]:
    units = registry._units  # noqa: SLF001 - no public way
    found: dict[str, Any] = units.maps[-1] if hasattr(units, "maps") else units  # above are those of active contexts
    return found


def _told(registry: Any) -> Iterator[str]:
    spelt = registry._units_casei  # noqa: SLF001 - no public way
    units = _units(registry)
    for name in sorted(name for name in units if name in spelt.get(name.lower(), ())):
        yield f"{name}: {units[name] if name == units[name].name else units[name].name!r}"
    for table in (registry._prefixes, registry._dimensions):  # noqa: SLF001 - no public way
        yield from (f"{name}: {table[name]!r}" for name in sorted(table))
    for name, context in sorted(getattr(registry, "_contexts", {}).items()):
        yield f"{name}: {context.name} {context.redefinitions!r} {context.defaults!r} {sorted(_relations(context))!r}"
    for name, group in sorted(getattr(registry, "_groups", {}).items()):
        yield f"{name}: {sorted(group.members)}"
    for name, system in sorted(getattr(registry, "_systems", {}).items()):
        yield f"{name}: {sorted(system.members)} {sorted(system.base_units.items())}"


def _relations(context: Any) -> Iterator[str]:
    """Yield the equations of a context that stood in a file of definitions; they tell between what they lead."""
    for function in context.funcs.values():
        if _is_from_library(function):
            yield from (repr(cell.cell_contents) for cell in function.__closure__ or ())


# Quantities and units.


def _quantity(value: Any) -> tuple[Any, ...]:
    own = {name: item for name, item in attributes_of(value).items() if name not in _OWN}
    return own, sorted(value._units.items()), value._REGISTRY  # noqa: SLF001 - no public way


def _within(value: Any) -> tuple[Any, ...]:
    cls, own = type(value), vars(value)
    made = cls.__qualname__ if "_REGISTRY" in cls.__dict__ else cls  # the name under which a registry has its class
    return made, {name: item for name, item in own.items() if name != "_REGISTRY"}, value._REGISTRY  # noqa: SLF001 - no public way


def _of_registry(state: tuple[Any, ...]) -> Any:
    made, own, registry = state
    value = object.__new__(getattr(registry, made) if isinstance(made, str) else made)
    vars(value).update(own if isinstance(made, str) else {**own, "_REGISTRY": registry})
    return value


def _place(registry: Any) -> tuple[str, str]:
    """Return where a registry is found again which is no input: by a name of a module, or as the application's."""
    pint = sys.modules["pint"]
    ours = pint.application_registry.get()
    if registry is ours:
        return "", ""
    for name, module in list(sys.modules.items()):
        for attribute, item in list(getattr(module, "__dict__", {}).items()):
            if item is registry or (isinstance(item, type) and item.__dict__.get("_REGISTRY") is registry):
                return name, attribute
    raise TypeError("a quantity of a registry that the run made would come back in another registry")


def _registry_at(place: tuple[str, str]) -> Any:
    module, attribute = place
    if not module:
        return sys.modules["pint"].application_registry.get()
    found = getattr(importlib.import_module(module), attribute)
    return getattr(found, "_REGISTRY", found)


COMPARED = {
    "pint.facets.plain.registry.GenericPlainRegistry": _registry,
    "pint.registry.LazyRegistry": _lazy,
    "pint.facets.plain.quantity.PlainQuantity": _quantity,
    "pint.facets.plain.unit.PlainUnit": _quantity,
}
MEMOS = {
    "pint.facets.plain.quantity.PlainQuantity": ("_dimensionality",),
    "pint.facets.plain.unit.PlainUnit": ("_dimensionality",),
}
HOLDING = {"pint.util.SharedRegistryObject": "_REGISTRY"}
STORED = {
    "pint.registry.Quantity": (_within, _of_registry),
    "pint.registry.Unit": (_within, _of_registry),
    "pint.Quantity": (_within, _of_registry),
    "pint.Unit": (_within, _of_registry),
    "pint.Measurement": (_within, _of_registry),
    "pint.registry.UnitRegistry": (_place, _registry_at),
    "pint.registry.LazyRegistry": (_place, _registry_at),
}
