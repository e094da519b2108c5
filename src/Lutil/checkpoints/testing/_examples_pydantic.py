"""Models of pydantic that the table of the conformance suite uses."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr, RootModel, computed_field

__all__ = ["Extra", "Inner", "LazyModel", "Outer", "PrivateModel", "Root", "looked_at"]


class Inner(BaseModel):
    """A model."""

    x: int
    y: Any = None


class Outer(BaseModel):
    """Models in a model."""

    one: Inner
    several: list[Inner] = []
    named: dict[str, Inner] = {}


class Extra(BaseModel):
    """A model that takes more than its fields."""

    model_config = ConfigDict(extra="allow")
    x: int


class PrivateModel(BaseModel):
    """A model with a private attribute."""

    x: int
    _y: Any = PrivateAttr(default=1)

    def having(self, y: object) -> PrivateModel:
        """Return itself with another private attribute."""
        self._y = y
        return self


class Root(RootModel[list[int]]):
    """A model of a list."""


class LazyModel(BaseModel):
    """A model with fields that are found out when they are asked for."""

    x: int

    @functools.cached_property
    def y(self) -> int:
        """Return the next number."""
        return self.x + 1

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @functools.cached_property
    def z(self) -> int:
        """Return the number after the next."""
        return self.x + 2


def looked_at(value: LazyModel) -> LazyModel:
    """Return a model that has been asked for what it finds out."""
    _ = value.y, value.z
    return value
