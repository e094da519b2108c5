"""Classes made by attrs that the table of the conformance suite uses."""

from __future__ import annotations

import functools

import attrs

__all__ = ["Dictionary", "Frozen", "Lazy", "Private", "Slotted", "looked_at"]


@attrs.define
class Slotted:
    """Attributes in slots."""

    x: object
    y: object = None


@attrs.frozen
class Frozen:
    """Attributes that stay as they are."""

    x: object
    y: object = attrs.field(factory=list)


@attrs.define(slots=False)
class Dictionary:
    """Attributes in a dictionary; one of them does not count when two are compared."""

    x: object
    y: object = attrs.field(default=1, eq=False)


@attrs.define
class Private:
    """An attribute with a private name."""

    x: object
    __y: object = 3


@attrs.define
class Lazy:
    """An attribute that is found out when it is asked for."""

    x: int

    @functools.cached_property
    def y(self) -> int:
        """Return the next number."""
        return self.x + 1


def looked_at(value: Lazy) -> Lazy:
    """Return an object that has been asked for what it finds out."""
    _ = value.y
    return value
