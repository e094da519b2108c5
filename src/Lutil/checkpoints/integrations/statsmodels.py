"""statsmodels: results and models remember what was asked of them; filters of state spaces are made when needed."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {
    "statsmodels.base.model.Results": ("_cache", "_nobs_int", "_summary_cache", "_summary_statistics_cache", "diagn"),
    "statsmodels.base.model.Model": ("_cache",),
    "statsmodels.base.data.ModelData": ("_cache",),
    "statsmodels.tsa.statespace.representation.Representation": ("_statespaces", "_statespace"),
    "statsmodels.tsa.statespace.kalman_filter.KalmanFilter": ("_kalman_filters", "_kalman_filter"),
    "statsmodels.tsa.statespace.kalman_smoother.KalmanSmoother": ("_kalman_smoothers", "_kalman_smoother"),
    "statsmodels.tsa.statespace.simulation_smoother.SimulationSmoother": ("_simulators",),
}
