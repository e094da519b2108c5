"""CatBoost: data and models that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "catboost:CatBoost.load_model": "fname",
    "catboost:Pool.__init__": "data * column_description pairs",
    "catboost:CatBoost.fit": "X * eval_set column_description",
}
