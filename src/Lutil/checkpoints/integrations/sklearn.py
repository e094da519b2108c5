"""scikit-learn: a `Bunch` is its items; what it keeps beside them (deprecated keys) is not in its own pickles.

While a pipeline or a search fits an estimator, that has an attribute with the time of it and who else is told.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "MEMOS", "STORED"]


def _items(bunch: Any) -> dict[Any, Any]:
    return dict(bunch)


def _to_store(bunch: Any) -> tuple[dict[Any, Any], dict[str, Any]]:
    return dict(bunch), dict(vars(bunch))


def _from_store(state: tuple[dict[Any, Any], dict[str, Any]]) -> Any:
    items, attributes = state
    bunch = importlib.import_module("sklearn.utils").Bunch()
    bunch.update(items)
    vars(bunch).update(attributes)
    return bunch


COMPARED = {"sklearn.utils._bunch.Bunch": _items}
STORED = {"sklearn.utils._bunch.Bunch": (_to_store, _from_store)}
MEMOS = {"sklearn.base.BaseEstimator": ("_callback_fit_ctx", "_parent_callback_ctx")}
