"""xarray: variables by dimensions, values and attributes; what their objects remember beside that does not count.

Values that are still in an open file are read for it and not kept, so that loading them is no change. Those of
large ones (and of arrays of dask, which have a rule of their own) are not: they count by the file that they are in.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["COMPARED"]

_LARGEST = 256_000_000
"""Bytes that are read from a file in order to compare them."""


def _variable(variable: Any) -> tuple[Any, ...]:
    if type(variable).__name__ == "IndexVariable":  # the labels of a dimension
        return variable.dims, variable.to_index(), dict(variable.attrs), _encoding(variable)
    return variable.dims, _values(variable), dict(variable.attrs), _encoding(variable)


def _values(variable: Any) -> Any:
    data = variable._data  # noqa: SLF001 - the public one loads it
    if hasattr(data, "dask") or type(data).__module__.partition(".")[0] != "xarray":
        return data
    source = variable.encoding.get("source")
    if variable.nbytes > _LARGEST and not variable._in_memory and isinstance(source, str):  # noqa: SLF001 - no public way
        state = os.stat(source)  # noqa: PTH116 - no path object is needed for one call
        return source, state.st_size, state.st_mtime_ns, _way_to(data)
    return data.get_duck_array()


def _way_to(data: Any) -> list[tuple[str, str]]:
    """Return which part of a file an array stands for: what each layer around the file takes of it."""
    way: list[tuple[str, str]] = []
    while data is not None:
        name = getattr(data, "variable_name", "")
        way.append((type(data).__qualname__, f"{name} {getattr(getattr(data, 'key', None), 'tuple', '')}"))
        data = getattr(data, "array", None)
    return way


def _encoding(variable: Any) -> dict[str, Any]:
    """Return how it would be written; where it was read from is no value."""
    told = {"source", "original_shape", "preferred_chunks", "chunksizes"}
    return {name: item for name, item in variable.encoding.items() if name not in told}


def _array(array: Any) -> tuple[Any, ...]:
    coordinates = {name: _variable(item.variable) for name, item in array.coords.items()}
    return array.name, _variable(array.variable), coordinates, sorted(map(str, array.xindexes))


def _dataset(dataset: Any) -> tuple[Any, ...]:
    variables = {name: _variable(item) for name, item in dataset.variables.items()}
    return variables, sorted(map(str, dataset.coords)), dict(dataset.attrs), sorted(map(str, dataset.xindexes))


def _tree(tree: Any) -> tuple[Any, ...]:
    return tree.name, {node.path: _dataset(node.to_dataset(inherit=False)) for node in tree.subtree}


def _grouped(grouped: Any) -> tuple[Any, ...]:
    return grouped._obj, [(g.name, g.codes, g.full_index) for g in grouped.groupers]  # noqa: SLF001 - no public way


COMPARED = {
    "xarray.core.variable.Variable": _variable,
    "xarray.core.dataarray.DataArray": _array,
    "xarray.core.dataset.Dataset": _dataset,
    "xarray.core.datatree.DataTree": _tree,
    "xarray.core.groupby.GroupBy": _grouped,
}
