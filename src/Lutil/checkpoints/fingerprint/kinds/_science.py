"""scipy matrices and boosters: what must not be taken for its attributes."""

from __future__ import annotations

import re
from typing import Any

from ..walk._nodes import Context, Node, Rule, attribute_label, packed, silent_label, size
from ..walk._scalars import LEAVES

__all__ = ["SCIENCE_RULES"]

_FORMATS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "coo": ("data", "coords"),
    "dia": ("data", "offsets"),
    "lil": ("data", "rows"),
}

_SPLINE = 14
"""What a spline of scipy's FITPACK keeps: what it was given, how many knots, knots, coefficients, and scratch space."""

_COUNTERS = slice(7, 11)
"""Where in the state of a tree of neighbours stands how it has been used."""


def _sparse(value: Any, context: Context) -> Node:
    """Take a sparse matrix for its arrays: what it remembers of them beside (sorted, canonical) does not count."""
    kind = value.format
    head = b"K" + context.type_code(type(value)) + LEAVES[str](f"{kind} {value.dtype.str}")
    head += b"".join(map(size, value.shape))
    if kind == "dok":
        return Node(head, (dict(value.items()),), silent_label, temporary=True)
    names = _FORMATS.get(kind)
    if names is None:
        return Node(head, (context.refuse(value, f"a sparse matrix of format {kind}"),), silent_label)
    parts = [getattr(value, name) for name in names]
    return Node(head, parts, attribute_label(names), temporary=True)


def _parsed(text: str | bytes) -> Any:
    import json  # noqa: PLC0415 - slow, and only where the user has what needs it

    return json.loads(text)


def _neighbours(value: Any, context: Context) -> Node:
    """Take a tree of neighbours for its data; how often it has been asked does not count."""
    state = value.__getstate__()
    parts = (*state[: _COUNTERS.start], *state[_COUNTERS.stop :])
    return Node(b"K" + context.type_code(type(value)), parts, silent_label, temporary=True)


def _spline(value: Any, context: Context) -> Node:
    """Take a spline for its data, knots and coefficients: behind these its arrays hold whatever was there before."""
    state = dict(vars(value))
    data = state.get("_data")
    if isinstance(data, tuple) and len(data) == _SPLINE:
        *given, count, knots, coefficients, error, _, _, flag = data
        degree = given[5]
        state["_data"] = [*given, knots[:count], coefficients[: count - degree - 1], error, flag]
    return Node(b"K" + context.type_code(type(value)), (state,), silent_label, temporary=True)


def _of_process(value: Any, context: Context) -> bytes:
    """Refuse what is a number of this process only, although it can be read off."""
    return context.refuse(value)


def _xgboost(value: Any, context: Context) -> Node:
    """Take a booster for its model and settings; raw bytes of its buffer hold more than that."""
    raw = bytes(value.save_raw("json"))
    parts = (_parsed(raw), _parsed(value.save_config()), dict(value.attributes()))
    return Node(
        b"K" + context.type_code(type(value)), parts, attribute_label(("model", "config", "attributes")), temporary=True
    )


def _lightgbm(value: Any, context: Context) -> Node:
    names = ("params", "best_iteration", "best_score", "pandas_categorical")
    parts = (value.model_to_string(num_iteration=-1), *(getattr(value, name, None) for name in names))
    return Node(b"K" + context.type_code(type(value)), parts, attribute_label(("model", *names)), temporary=True)


_ADDRESS = re.compile(r"(?<=#)[0-9a-f]+|0x[0-9a-f]+")


def _numba_type(value: object, context: Context) -> bytes:
    """Take a type of numba by its name: what it holds beside are numbers that follow from what was compiled before."""
    return packed(b"K", context.type_code(type(value)) + LEAVES[str](_ADDRESS.sub("", str(value))))


def _numba_container(value: Any, context: Context) -> Node:
    items = dict(value) if hasattr(value, "keys") else list(value)
    head = b"K" + context.type_code(type(value)) + LEAVES[str](_ADDRESS.sub("", str(value._numba_type_)))
    return Node(head, (items,), silent_label, temporary=True)


def _stencil(value: Any, context: Context) -> Node:
    """Take a stencil for the Python function that it was made from; below it lies all of the compiler."""
    parts = (value.kernel_ir.func_id.func, value.mode, value.options)
    names = ("kernel", "mode", "options")
    return Node(b"K" + context.type_code(type(value)), parts, attribute_label(names), temporary=True)


SCIENCE_RULES: dict[str, Rule] = {
    "scipy.sparse._base._spbase": _sparse,
    "scipy.sparse.spmatrix": _sparse,
    "h5py._objects.ObjectID": _of_process,
    "scipy.interpolate._fitpack2.UnivariateSpline": _spline,
    "sklearn.neighbors._kd_tree.BinaryTree64": _neighbours,
    "sklearn.neighbors._kd_tree.BinaryTree32": _neighbours,
    "sklearn.neighbors._ball_tree.BinaryTree64": _neighbours,
    "sklearn.neighbors._ball_tree.BinaryTree32": _neighbours,
    "numba.core.types.abstract.Type": _numba_type,
    "numba.stencils.stencil.StencilFunc": _stencil,
    "numba.typed.typeddict.Dict": _numba_container,
    "numba.typed.typedlist.List": _numba_container,
    "xgboost.core.Booster": _xgboost,
    "lightgbm.basic.Booster": _lightgbm,
}
"""Rules by the name of a class; none of these libraries is ever imported."""
