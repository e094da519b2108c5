"""pydantic: what counts of the objects behind its decorators."""

from __future__ import annotations

from typing import Final

__all__ = ["PARTS"]

PARTS: Final = {
    "pydantic._internal._validate_call.ValidateCallWrapper": ("function", "validate_return", "config_wrapper"),
    "pydantic._internal._config.ConfigWrapper": ("config_dict",),
}
"""Classes whose instances count by a few attributes: the rest is made of those, or is a module's whole namespace."""
