"""The third face: `Memory`, for those who come from joblib. It translates words; `checkpoint` does the rest."""
