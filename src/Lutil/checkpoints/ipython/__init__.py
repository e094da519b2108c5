"""Notebooks: a quiet line under a cell that was skipped or recomputed, `%%checkpoint` and `%why`.

Knows: IPython's shell, its events, streams and display machinery. Guarantees: nothing is shown outside of
notebooks; what is wrapped while a cell runs is as it was afterwards, whatever the cell does.
Never sees: keys, stores, fingerprints; a cell is a block like any other.
"""

from __future__ import annotations

from ._cell import attach
from ._magics import load

__all__ = ["attach", "load"]
