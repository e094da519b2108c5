"""What is given to functions and returned by them: small and large, of the classes that people use."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def array():
    return np.random.default_rng(1).random(12_500_000)


def frame():
    rng, rows = np.random.default_rng(1), 300_000
    return pd.DataFrame(
        {
            "count": rng.integers(0, 1000, rows),
            "value": rng.random(rows),
            "name": [f"name {number % 5000}" for number in range(rows)],
            "kind": pd.Categorical.from_codes(rng.integers(0, 5, rows), ["a", "b", "c", "d", "e"]),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D"),
        }
    )


def records():
    return [{"id": number, "name": f"name {number}", "score": number / 7} for number in range(100_000)]


def pipeline():
    rng = np.random.default_rng(1)
    data = rng.random((500, 20))
    return make_pipeline(StandardScaler(), PCA(5), LogisticRegression()).fit(data, data[:, 0] > 0.5)


MAKERS = {
    "a small number": lambda: 1,
    "an array of 100 MB": array,
    "a frame of 300,000 rows": frame,
    "100,000 records": records,
    "a fitted pipeline": pipeline,
}


def touched(value):
    """Read all of a value, so that what was only promised has to come."""
    if isinstance(value, np.ndarray):
        return value.sum()
    if isinstance(value, pd.DataFrame):
        return value["value"].sum() + value["count"].sum() + value["name"].str.len().sum() + value["day"].max().day
    if isinstance(value, list):
        return sum(record["score"] for record in value)
    if hasattr(value, "predict"):
        return value.predict(np.zeros((1, 20)))
    return value
