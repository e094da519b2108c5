"""LightGBM: data and models that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "lightgbm:Dataset.__init__": "data",
    "lightgbm:Booster.__init__": "_ _ model_file",
    "lightgbm:Booster.predict": "data",
    "lightgbm:Booster.refit": "data",
}
