"""LightGBM: data and models that are read in C++; data sets by what they were made of, built or not."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "READERS"]

_FREED = "its raw data was freed when it was built; make it with free_raw_data=False, or pass what it is made of"
_FIELDS = {"label": "f4", "weight": "f4", "group": "i4", "position": "i4", "init_score": "f8"}
"""What belongs to the rows, and as which numbers a data set that is built has it."""
_OF_TRAINING = "num_iterations"
_PLAIN = ("reference", "categorical_feature", "used_indices", "free_raw_data")


def _made_of(dataset: Any) -> dict[str, object]:
    """Return what a data set was made of: to have been built, which each training does, is no change.

    Raises:
        TypeError: that is not there any more.
    """
    if dataset.data is None and dataset.used_indices is None:
        raise TypeError(_FREED)
    found = {name: getattr(dataset, name, None) for name in _PLAIN}
    fields = {name: _numbers(getattr(dataset, name, None), kind) for name, kind in _FIELDS.items()}
    if fields["weight"] is not None and (fields["weight"] == 1).all():
        fields["weight"] = None  # as it is built
    return {"data": dataset.data, "feature_name": _names(dataset), "params": _own(dataset), **fields, **found}


def _own(dataset: Any) -> object:
    """Return its own parameters: those of a training are laid over them, which are then kept aside if there are any."""
    kept = getattr(dataset, "_params_back_up", None)
    if not kept and getattr(dataset, "_handle", None) is not None and _OF_TRAINING in dataset.params:
        return None
    return kept or dataset.params or None


def _numbers(values: Any, kind: str) -> Any:
    """Return values as the array that is built of them, column after column."""
    return None if values is None else importlib.import_module("numpy").asarray(values, kind).ravel(order="F")


def _names(dataset: Any) -> object:
    """Return the names of the columns; `auto` where they are what that comes to."""
    names = dataset.feature_name
    given = [*map(str, getattr(dataset.data, "columns", ()))]
    usual = [f"Column_{index}" for index in range(len(names))]
    return "auto" if names in (given, usual) else names


COMPARED = {"lightgbm.basic.Dataset": _made_of}
READERS = {
    "lightgbm:Dataset.__init__": "data",
    "lightgbm:Booster.__init__": "_ _ model_file",
    "lightgbm:Booster.predict": "data",
    "lightgbm:Booster.refit": "data",
}
