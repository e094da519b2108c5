"""cvxpy: problems and expressions by their shape, data and values; variables by the order in which they appear."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _tree(root: Any) -> list[Any]:
    """Return what an expression is made of; a variable that appears again is referred to by its number."""
    numbers: dict[int, int] = {}
    return [_described(root, numbers)]


def _described(part: Any, numbers: dict[int, int]) -> Any:
    kind = type(part).__qualname__
    if hasattr(part, "attributes") and not hasattr(part, "id"):
        return kind, part.value
    if hasattr(part, "attributes"):  # a variable or parameter
        known = numbers.get(part.id)
        if known is not None:
            return kind, known
        numbers[part.id] = len(numbers)
        given = {name: item for name, item in part.attributes.items() if item is not None and item is not False}
        name = part.name().replace(str(part.id), "")
        return kind, name, part.shape, given, part.value
    data = part.get_data() if hasattr(part, "get_data") else None
    own = [item for item in data or () if not hasattr(item, "id")] if not hasattr(part, "constr_id") else []
    return kind, own, [_described(inner, numbers) for inner in part.args]


def _problem(problem: Any) -> tuple[Any, ...]:
    numbers: dict[int, int] = {}
    objective = _described(problem.objective, numbers)
    return objective, [_described(constraint, numbers) for constraint in problem.constraints], problem.value


COMPARED = {
    "cvxpy.problems.problem.Problem": _problem,
    "cvxpy.utilities.canonical.Canonical": _tree,
}
