"""fastText: models and texts that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "fasttext:load_model": "path",
    "fasttext:train_supervised": "input",
    "fasttext:train_unsupervised": "input",
}
