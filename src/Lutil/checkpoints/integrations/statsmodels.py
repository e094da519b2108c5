"""statsmodels: results and models remember what was asked of them; filters of state spaces are made when needed.

The attributes of a `Bunch` are its items; copies of it lose that.
"""

from __future__ import annotations

__all__ = ["COMPARED", "MEMOS"]

COMPARED = {"statsmodels.tools.tools.Bunch": dict}
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
