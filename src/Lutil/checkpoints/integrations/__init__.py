"""What must be known of one library stands in that library's file, as tables that the machines read.

Knows: names of classes, functions and attributes of the library, as text ("module.Class").
Never sees: keys, stores, settings, or any machine.
Guarantees: importing a file here imports no library and costs next to nothing; a library that is absent or has
changed makes its table empty of effect, never an error.

A file may have these tables, by the name of a class, `"pandas.core.frame.DataFrame"`:

    MEMOS        attributes that its instances fill for themselves
    COMPARED     a function of an instance: what is compared in its place
    SHOWN        attributes that its instances show, which are not all of what they are
    STORED       a pair of functions: to a form that pickle can write, and back
    IDENTICAL    names of texts that its instances hold and compare by identity
    HOLDING      the attribute for the sake of which classes derived from it are made while a program runs
    IMPLIED      attributes that the library writes into classes derived from it, and that follow from the others
    SHOWN_BY_PICKLE  whether unpickling an instance shows it to the user: then none is unpickled to be looked at
    DRAWN        classes, and those derived from them, that are drawn on: what a run does to them is an effect
    UNOPENED     classes, and those derived from them: a run changes an instance only by what is compared in its place
    MADE_PLAINLY classes, and those derived from them, whose instances are made without their constructor

these by the name of a module, `"rich.style"`:

    AT_RANDOM    modules that draw from a random stream as they are loaded, for nothing that could be a result
    DRAWS_ASIDE  modules that draw while others run, for nothing that could be a result: their name for `random`

and these by that of a function, with its module, `"pyarrow.parquet:read_table"`:

    READERS      functions and methods that read files without telling Python: which of their parameters name those
    WRITERS      those that write: which of their parameters name the files
    DATABASES    those that open a database: which parameter names it
    QUERIES      those that are given a text of SQL, which may name files: which parameter it is
    ALSO         a function of a path, by the library: what else is read where its readers are given that path

Parameters are written in their order, as in `"_ source|path * index"`: `_` names no file, `source|path` has another
name in other versions, and what follows `*` is given by name only.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

__all__ = ["LIBRARIES", "attributes_of", "is_made_to_hold", "known_of", "known_of_bases", "stored_form", "table"]

LIBRARIES: Final = frozenset({
    "PIL", "SimpleITK", "_duckdb", "annoy", "argparse", "asteval", "astropy", "av", "branca", "catboost", "cffi",
    "chdb", "cv2", "cvxpy", "dask", "datafusion", "dateutil", "dbm", "decord", "deltalake", "distributed", "duckdb",
    "faiss", "fastexcel", "fasttext", "fiona", "formulaic", "gemmi", "h5py", "hnswlib", "httpx", "igraph", "jinja2",
    "lance", "lightgbm", "llama_cpp", "lmfit", "lxml", "matplotlib", "msgspec", "mujoco", "netCDF4", "nltk", "numpy",
    "onnxruntime", "open3d", "optparse", "osgeo", "pandas", "pathlib", "pint", "plotly", "polars", "pyarrow",
    "pymupdf", "pyogrio", "pypdfium2", "pyreadstat", "pysam", "python_calamine", "pyvips", "rasterio", "rdkit",
    "requests", "rich", "safetensors", "scipy", "sentencepiece", "shapely", "skimage", "sklearn", "soundfile", "spacy",
    "sqlalchemy", "statsmodels", "sympy", "tables", "tensorflow", "tokenizers", "torch", "torchaudio",
    "torchvision", "tornado", "transformers", "trimesh", "uncertainties", "unyt", "usearch", "xarray", "xgboost",
})  # fmt: skip
"""The files of this folder with such tables, named after the top module of their library, and loaded when needed."""


@functools.lru_cache(maxsize=1024)
def table(library: str, name: str) -> Mapping[str, Any]:
    """Return a table of one library; an empty one where it has none."""
    if library not in LIBRARIES:
        return {}
    found: Mapping[str, Any] = getattr(importlib.import_module(f".{library}", __name__), name, {})
    return found


def attributes_of(value: Any) -> dict[str, Any]:
    """Return the attributes of an instance in the order of their names: a copy may have set them in another one."""
    return dict(sorted(vars(value).items()))


def known_of(cls: type, name: str) -> Any:
    """Return what a table says of exactly this class; None where that is nothing."""
    return _item(name, _name(cls))


def known_of_bases(cls: type, name: str) -> Iterator[Any]:
    """Yield what a table says of a class and its bases, that of the class itself first."""
    return (item for base in cls.__mro__ if (item := known_of(base, name)) is not None)


def is_made_to_hold(cls: type) -> bool:
    """Return whether a library made a class for what it holds, as pint does for each registry."""
    above = cls.__mro__[1:]  # the class itself need not say from which module it is
    holding = table(_name(above[0]).partition(".")[0], "HOLDING") if above else {}
    return bool(holding) and any(holding.get(_name(base)) in cls.__dict__ for base in above)


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


def _item(name: str, cls: str) -> Any:
    known: Mapping[str, Any] | Collection[str] = table(cls.partition(".")[0], name)
    return known.get(cls) if isinstance(known, Mapping) else cls in known or None
