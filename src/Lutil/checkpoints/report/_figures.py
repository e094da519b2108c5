"""Whether a run drew: the state of the open pyplot figures, and how many pictures a notebook showed.

A hit draws nothing. Where a run did, `plt.savefig` after a skipped block would write an empty picture.
"""

from __future__ import annotations

import sys
from typing import Any

from ..model._errors import CheckpointWarning
from ..model._identity import identity
from ..model.process._notices import notice_after
from ._ledger import ledger

__all__ = ["figures", "tell_drawn"]

Figures = tuple[int, tuple[tuple[object, ...], ...]]


def figures() -> Figures:
    """Return what can be compared before and after a run; cheap where pyplot is not loaded."""
    helpers: Any = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is None or "matplotlib.pyplot" not in sys.modules:
        return ledger.displayed, ()
    return ledger.displayed, tuple(_state(manager) for manager in helpers.Gcf.get_all_fig_managers())


def _state(manager: Any) -> tuple[object, ...]:
    figure = manager.canvas.figure
    axes = tuple((identity(one), len(one.get_children())) for one in figure.axes)
    return manager.num, identity(figure), len(figure.get_children()), axes


def tell_drawn(computation: str, before: Figures) -> None:
    """Say once that a hit will not draw, where figures are other than they were before the run."""
    after = figures()
    if after[0] > before[0] or set(after[1]) - set(before[1]):
        notice_after(
            CheckpointWarning,
            computation,
            "figures",
            f"{computation} draws into pyplot figures, and a skip will not: keep plotting outside of what is kept",
        )
