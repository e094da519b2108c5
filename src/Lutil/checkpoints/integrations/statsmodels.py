"""statsmodels: results and models remember what was asked of them; filters of state spaces are made when needed.

The attributes of a `Bunch` are its items; copies and pickles of it lose that.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "MEMOS", "STORED"]


def _items(bunch: Any) -> dict[Any, Any]:
    return dict(bunch)


def _bunch(items: dict[Any, Any]) -> Any:
    return importlib.import_module("statsmodels.tools.tools").Bunch(**items)


COMPARED = {"statsmodels.tools.tools.Bunch": _items}
STORED = {"statsmodels.tools.tools.Bunch": (_items, _bunch)}
MEMOS = {
    "statsmodels.base.model.Results": ("_cache", "_nobs_int", "_summary_cache", "_summary_statistics_cache", "diagn"),
    "statsmodels.base.model.Model": ("_cache",),
    "statsmodels.base.data.ModelData": ("_cache", "predict_dates", "predict_end", "predict_start"),
    "statsmodels.regression.linear_model.RegressionResults": ("het_scale",),
    "statsmodels.nonparametric.kde.KDEUnivariate": ("_cache",),
    "statsmodels.genmod.generalized_linear_model.GLM": ("_tmp_like_exog",),
    "statsmodels.tsa.statespace.representation.Representation": ("_statespaces", "_statespace"),
    "statsmodels.tsa.statespace.kalman_filter.KalmanFilter": ("_kalman_filters", "_kalman_filter"),
    "statsmodels.tsa.statespace.kalman_smoother.KalmanSmoother": ("_kalman_smoothers", "_kalman_smoother"),
    "statsmodels.tsa.statespace.simulation_smoother.SimulationSmoother": ("_simulators",),
}
