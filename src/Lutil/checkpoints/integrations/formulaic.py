"""formulaic: formulas by their text, matrices by their values and formula."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _formula(formula: Any) -> str:
    return repr(formula)


def _matrix(matrix: Any) -> tuple[Any, ...]:
    spec = matrix.model_spec
    return matrix.__wrapped__, None if spec is None else repr(spec.formula)


COMPARED = {
    "formulaic.formula.Formula": _formula,
    "formulaic.model_matrix.ModelMatrix": _matrix,
}
