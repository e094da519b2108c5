"""XGBoost: data and models that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "xgboost:DMatrix.__init__": "data",
    "xgboost:QuantileDMatrix.__init__": "data",
    "xgboost:ExtMemQuantileDMatrix.__init__": "data",
    "xgboost:Booster.__init__": "_ _ model_file",
    "xgboost:Booster.load_model": "fname",
    "xgboost:Booster.load_config": "fname",
    "xgboost:XGBModel.load_model": "fname",
}
