"""scikit-learn: a `Bunch` is its items; what it keeps beside them (deprecated keys) is not in its own pickles."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "STORED"]


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
