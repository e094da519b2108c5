"""uncertainties: a number by its value and the variables that it depends on, which it works out when it is asked."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _number(number: Any) -> tuple[Any, ...]:
    parts = [(var.nominal_value, var.std_dev, var.tag, slope) for var, slope in number.derivatives.items()]
    return number.nominal_value, sorted(parts, key=repr)


def _variable(variable: Any) -> tuple[Any, ...]:
    return variable.nominal_value, variable.std_dev, variable.tag


COMPARED = {
    "uncertainties.core.AffineScalarFunc": _number,
    "uncertainties.core.Variable": _variable,
}
