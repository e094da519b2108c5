"""nltk: a distribution of frequencies remembers its total once somebody has asked for it."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {"nltk.probability.FreqDist": ("_N",)}
