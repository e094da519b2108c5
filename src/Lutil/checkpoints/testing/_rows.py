"""How the tables of the conformance suite are written: rows of text, so that each case takes little room."""

from __future__ import annotations

__all__ = ["alike", "apart"]


def apart(text: str) -> list[str]:
    """Return the expressions of a set, which stand between bars; each of them differs from every other."""
    return list(dict.fromkeys(part.strip() for line in text.strip().splitlines() for part in line.split(" | ")))


def alike(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return pairs of expressions that agree, by library, from lines `library: one = other`."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for line in text.strip().splitlines():
        group, _, rest = line.partition(": ")
        left, _, right = rest.partition(" = ")
        pairs.setdefault(group, []).append((left, right))
    return pairs
