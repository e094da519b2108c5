"""What must be known of one library stands in that library's file, as tables that the machines read.

Knows: names of classes, functions and attributes of the library, as text ("module.Class").
Never sees: keys, stores, settings, or any machine.
Guarantees: importing a file here imports no library and costs next to nothing; a library that is absent or has
changed makes its table empty of effect, never an error.

A file may have these tables, all of them by the name of a class:

    MEMOS        attributes that its instances fill for themselves
    COMPARED     a function of an instance: what is compared in its place
    STORED       a pair of functions: to a form that pickle can write, and back
    IDENTICAL    names of texts that its instances hold and compare by identity
    DRAWN        classes, and those derived from them, that are drawn on: what a run does to them is an effect
    MADE_PLAINLY classes, and those derived from them, whose instances are made without their constructor
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, Final

__all__ = ["LIBRARIES", "known_of", "known_of_bases", "stored_form"]

LIBRARIES: Final = frozenset({
    "_duckdb", "argparse", "astropy", "branca", "cvxpy", "formulaic", "httpx", "jinja2", "lxml", "matplotlib", "nltk",
    "numpy", "optparse", "pathlib", "pint", "plotly", "rdkit", "requests", "rich", "scipy", "sklearn", "spacy",
    "sqlalchemy", "statsmodels", "sympy", "tokenizers", "transformers", "trimesh", "uncertainties", "unyt", "xarray",
})  # fmt: skip
"""The files of this folder: each is named after the top module of its library, and loaded when a class of it is met."""


def known_of(cls: type, table: str) -> Any:
    """Return what a table says of exactly this class; None where that is nothing."""
    return _item(table, _name(cls))


def known_of_bases(cls: type, table: str) -> Iterator[Any]:
    """Yield what a table says of a class and its bases, that of the class itself first."""
    return (item for base in cls.__mro__ if (item := known_of(base, table)) is not None)


def stored_form(name: str) -> tuple[Callable[[Any], object], Callable[[Any], object]] | None:
    """Return how instances of exactly this class are stored, if its own pickles would lose something."""
    found: tuple[Callable[[Any], object], Callable[[Any], object]] | None = _item("STORED", name)
    return found


def _name(cls: type) -> str:
    """Return the full name of a class, whatever its metaclass says; one that has no module has none."""
    try:
        return f"{_MODULE.__get__(cls)}.{_QUALNAME.__get__(cls)}"
    except AttributeError:
        return ""


_MODULE: Any = type.__dict__["__module__"]
_QUALNAME: Any = type.__dict__["__qualname__"]


def _item(table: str, name: str) -> Any:
    top = name.partition(".")[0]
    if top not in LIBRARIES:
        return None
    known = getattr(importlib.import_module(f".{top}", __name__), table, {})
    return known.get(name) if isinstance(known, dict) else name in known or None
