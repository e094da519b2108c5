"""sympy: expressions remember their hash and what they were found to be; undefined functions are classes.

Each class of expressions is given all that follows from its assumptions, and in which order depends on the hash seed.
The pickles of rings of polynomials, and of what is in them, hold functions that were made for them, or fail.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "HOLDING", "IMPLIED", "MEMOS", "STORED"]


def _with_domain(poly: Any) -> tuple[Any, ...]:
    """Say what a polynomial is: its own pickles leave out over which domain it stands."""
    return type(poly), poly.as_expr(), poly.gens, poly.domain


def _over_domain(state: tuple[Any, ...]) -> Any:
    cls, expression, generators, domain = state
    return cls(expression, *generators, domain=domain)


def _compared(poly: Any) -> tuple[Any, ...]:
    cls, *parts, domain = _with_domain(poly)
    return cls.__qualname__, *parts, str(domain)


def _ring(ring: Any) -> tuple[Any, ...]:
    return ring.symbols, ring.domain, ring.order


def _ring_to_store(ring: Any) -> tuple[Any, ...]:
    return type(ring), _ring(ring)


def _ring_again(state: tuple[Any, ...]) -> Any:
    cls, parts = state
    return cls(*parts)


def _terms(element: Any) -> tuple[Any, ...]:
    return element.ring, dict(element)


def _of_terms(state: tuple[Any, ...]) -> Any:
    ring, terms = state
    return ring.zero.new(terms)


def _fraction(element: Any) -> tuple[Any, ...]:
    return element.field, element.numer, element.denom


def _of_fraction(state: tuple[Any, ...]) -> Any:
    field, numerator, denominator = state
    return field.zero.raw_new(numerator, denominator)


COMPARED = {
    "sympy.polys.polytools.Poly": _compared,
    "sympy.polys.rings.PolyRing": _ring,
    "sympy.polys.rings.PolyElement": _terms,
    "sympy.polys.fields.FracField": _ring,
    "sympy.polys.fields.FracElement": _fraction,
}
HOLDING = {"sympy.core.function.AppliedUndef": "_kwargs"}
MEMOS = {
    "sympy.core.basic.Basic": ("_mhash", "_assumptions"),
    "sympy.core.numbers.AlgebraicNumber": ("minpoly", "_own_minpoly"),
}
STORED = {
    "sympy.polys.polytools.Poly": (_with_domain, _over_domain),
    "sympy.polys.polytools.PurePoly": (_with_domain, _over_domain),
    "sympy.polys.rings.PolyRing": (_ring_to_store, _ring_again),
    "sympy.polys.rings.PolyElement": (_terms, _of_terms),
    "sympy.polys.fields.FracField": (_ring_to_store, _ring_again),
    "sympy.polys.fields.FracElement": (_fraction, _of_fraction),
}
IMPLIED = {
    "sympy.core.basic.Basic": ("_explicit_class_assumptions", "_prop_handler", "default_assumptions"),
    "sympy.core.function.AppliedUndef": ("_sage_",),
}
