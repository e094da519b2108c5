"""sympy: expressions remember their hash and what they were found to be."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "MEMOS", "STORED"]

MEMOS = {"sympy.core.basic.Basic": ("_mhash", "_assumptions")}


def _with_domain(poly: Any) -> tuple[Any, ...]:
    """Say what a polynomial is: its own pickles leave out over which domain it stands."""
    return type(poly), poly.as_expr(), poly.gens, poly.domain


def _over_domain(state: tuple[Any, ...]) -> Any:
    cls, expression, generators, domain = state
    return cls(expression, *generators, domain=domain)


def _compared(poly: Any) -> tuple[Any, ...]:
    cls, *parts, domain = _with_domain(poly)
    return cls.__qualname__, *parts, str(domain)


COMPARED = {"sympy.polys.polytools.Poly": _compared}
STORED = {
    "sympy.polys.polytools.Poly": (_with_domain, _over_domain),
    "sympy.polys.polytools.PurePoly": (_with_domain, _over_domain),
}
