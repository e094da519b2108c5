"""pydantic: objects that hold a schema compiled from types, with addresses in its names, and the types themselves."""

from __future__ import annotations

from typing import Final

__all__ = ["SHOWN"]

SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "pydantic.type_adapter.TypeAdapter": ("_type", "_config"),
    "pydantic._internal._validate_call.ValidateCallWrapper": ("function", "validate_return", "config_wrapper"),
    "pydantic._internal._config.ConfigWrapper": ("config_dict",),
}
"""Attributes from which all the others are made, by the name of the class."""
