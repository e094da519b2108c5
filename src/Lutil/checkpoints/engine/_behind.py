"""Whether something looks behind the local store: asked at each miss; where nothing does, nothing of it is loaded."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from ..computation import Computation
from ..model._outcome import Cause, Miss
from ..model.process._late import loading

__all__ = ["sharing"]

_IN_ANY_CASE: Final = frozenset({Cause.RECOMPUTE, Cause.WRITTEN, Cause.UNRESOLVED, Cause.MISFIT})
"""Why a computation runs although there is an entry: another one would be the same."""


def sharing(computation: Computation, miss: Miss | None = None) -> ModuleType | None:
    """Return what looks behind the local store; None where no store is shared, or it has nothing better for a miss."""
    given = computation.recipe.options.shared
    if not (computation.settings.shared if given is None else given):
        return None
    if miss is not None and miss.reason.cause in _IN_ANY_CASE:
        return None
    with loading:
        from . import _sharing  # noqa: PLC0415  (no hit of the local store needs it)

    return _sharing
