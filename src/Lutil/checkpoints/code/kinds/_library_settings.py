"""Settings of libraries that decide what their functions give: an input of whatever reaches such a library.

Only what is set otherwise than a library starts with counts: so a library that is not loaded yet and one of which
nobody has set anything are alike. What only changes how values are shown (print options, plotting) does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from ...model._key import PartKind
from ...model.process._interrupts import let_pass
from ...model.process._late import loading
from ...model.process._records import NamedTuple
from ..plan._plan import Slot

__all__ = ["AMBIENT", "ambient_slots"]


class _Library(NamedTuple):
    """What of a library counts.

    Attributes:
        defaults: the settings by name, as the library starts with them.
        raw: returns something that is equal to what it was as long as no setting was changed; a copy, and quick.
        named: returns the present settings by name, of what `raw` gave.
        write: brings some settings to other values.
    """

    defaults: Callable[[], dict[str, object]]
    raw: Callable[[Any], object]
    named: Callable[[Any], dict[str, object]]
    write: Callable[[Any, dict[str, Any]], object]


class _Ambient:
    """The present settings of libraries by top-level module, as text; stands in slots as what holds them."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, str]] = {}

    def __getitem__(self, top: str) -> str:
        """Return what is set otherwise than the library starts with, as the text of a dict; nothing where all is."""
        module = sys.modules.get(top)
        if module is None:
            return ""
        library = _LIBRARIES[top]
        try:
            raw = library.raw(module)
            known = self._known.get(top)
            if known is None or known[0] != raw:
                known = self._known[top] = raw, _text(library, raw)
        except Exception as error:  # noqa: BLE001 - a version of the library that has it elsewhere, or that is half imported
            let_pass(error)
            return ""
        return known[1]

    def __setitem__(self, top: str, text: str) -> None:
        """Bring the settings of a loaded library to what the text says, and all others to what it starts with."""
        module = sys.modules.get(top)
        if module is None:
            return
        library = _LIBRARIES[top]
        with loading:
            from ast import literal_eval  # noqa: PLC0415  (no hit needs it)

        wanted = library.defaults() | (literal_eval(text) if text else {})
        present = library.named(library.raw(module))
        library.write(module, {name: value for name, value in wanted.items() if present.get(name, value) != value})


def _text(library: _Library, raw: object) -> str:
    defaults = library.defaults()
    changed = {name: value for name, value in library.named(raw).items() if value != defaults.get(name, value)}
    return repr(changed) if changed else ""


def ambient_slots(tops: Iterable[str]) -> list[Slot]:
    """Return the places of the settings of those of these libraries that have any."""
    return [_SLOTS[top] for top in sorted(AMBIENT.intersection(tops))]


_DECIMAL: Final = {
    "prec": 28,
    "rounding": "ROUND_HALF_EVEN",
    "Emin": -999999,
    "Emax": 999999,
    "capitals": 1,
    "clamp": 0,
    "traps": ["InvalidOperation", "DivisionByZero", "Overflow"],
}


def _decimal_raw(module: Any) -> tuple[object, ...]:
    at = module.getcontext()
    return at.prec, at.rounding, at.Emin, at.Emax, at.capitals, at.clamp, dict(at.traps)


def _decimal_named(raw: tuple[Any, ...]) -> dict[str, object]:
    traps = [signal.__name__ for signal, is_on in raw[-1].items() if is_on]
    return dict(zip(_DECIMAL, (*raw[:-1], traps), strict=True))


def _set_decimal(module: Any, settings: dict[str, Any]) -> None:
    at = module.getcontext()
    for name, value in settings.items():
        if name == "traps":
            for signal in at.traps:
                at.traps[signal] = signal.__name__ in value
        else:
            setattr(at, name, value)


_CATEGORIES: Final = ("LC_COLLATE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME")


def _set_locale(module: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        module.setlocale(getattr(module, name), value)


_PANDAS: Final = ("compute", "future", "mode")
_NO_MATTER: Final = frozenset({"mode.max_threads", "mode.performance_warnings", "mode.sim_interactive"})


def _pandas_raw(module: Any) -> list[dict[str, object]]:
    options = object.__getattribute__(module.options, "d")
    return [options[group].copy() for group in _PANDAS]


def _pandas_named(raw: list[dict[str, object]]) -> dict[str, object]:
    groups = zip(_PANDAS, raw, strict=True)
    named = {f"{group}.{name}": value for group, items in groups for name, value in items.items()}
    return {name: value for name, value in named.items() if name not in _NO_MATTER}


def _pandas_defaults() -> dict[str, object]:
    registered = vars(sys.modules["pandas._config.config"])["_registered_options"]
    return {name: option.defval for name, option in registered.items() if name.startswith(_PANDAS)}


def _set_pandas(module: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        module.set_option(name, value)


_SKLEARN: Final = {
    "assume_finite": False,
    "array_api_dispatch": False,
    "enable_metadata_routing": False,
    "skip_parameter_validation": False,
    "sparse_interface": "spmatrix",
    "transform_output": "default",
}


_TORCH: Final = {
    "default_dtype": "torch.float32",
    "grad_enabled": True,
    "deterministic_algorithms": False,
    "float32_matmul_precision": "highest",
}


def _torch_raw(module: Any) -> tuple[object, ...]:
    return (
        str(module.get_default_dtype()),
        module.is_grad_enabled(),
        module.are_deterministic_algorithms_enabled(),
        module.get_float32_matmul_precision(),
    )


def _set_torch(module: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if name == "deterministic_algorithms":
            module.use_deterministic_algorithms(value)
        else:
            given = getattr(module, value.removeprefix("torch.")) if name == "default_dtype" else value
            getattr(module, f"set_{name}")(given)


_LIBRARIES: Final[dict[str, _Library]] = {
    "decimal": _Library(lambda: dict(_DECIMAL), _decimal_raw, _decimal_named, _set_decimal),
    "jax": _Library(
        lambda: {"jax_enable_x64": False},
        lambda module: module.config.jax_enable_x64,
        lambda raw: {"jax_enable_x64": raw},
        lambda module, settings: module.config.update("jax_enable_x64", settings["jax_enable_x64"]),
    ),
    "locale": _Library(
        lambda: dict.fromkeys(_CATEGORIES, "C"),
        lambda module: [module.setlocale(getattr(module, name)) for name in _CATEGORIES],
        lambda raw: dict(zip(_CATEGORIES, raw, strict=True)),
        _set_locale,
    ),
    "pandas": _Library(_pandas_defaults, _pandas_raw, _pandas_named, _set_pandas),
    "sklearn": _Library(
        lambda: dict(_SKLEARN),
        lambda module: module.get_config(),
        lambda raw: {name: raw[name] for name in _SKLEARN if name in raw},
        lambda module, settings: module.set_config(**settings),
    ),
    "torch": _Library(lambda: dict(_TORCH), _torch_raw, lambda raw: dict(zip(_TORCH, raw, strict=True)), _set_torch),
}
AMBIENT: Final[frozenset[str]] = frozenset(_LIBRARIES)
"""Libraries that have such settings."""

_ambient: Final = _Ambient()
_SLOTS: Final = {top: Slot(PartKind.GLOBAL, f"{top}.settings", _ambient, top, f"{top}.settings") for top in _LIBRARIES}
