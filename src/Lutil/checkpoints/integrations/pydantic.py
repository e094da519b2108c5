"""pydantic: objects that hold a schema compiled from types, with addresses in its names, and the types themselves."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["COMPILED", "SHOWN", "plain_schema"]

SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "pydantic.type_adapter.TypeAdapter": ("_type", "_config"),
    "pydantic._internal._validate_call.ValidateCallWrapper": ("function", "validate_return", "config_wrapper"),
    "pydantic._internal._config.ConfigWrapper": ("config_dict",),
}
"""Attributes from which all the others are made, by the name of the class."""

COMPILED: Final = ("pydantic_core._pydantic_core.SchemaValidator", "pydantic_core._pydantic_core.SchemaSerializer")
"""What is compiled from a schema, which is the first argument that rebuilds it."""
_REFERENCES: Final = frozenset({"ref", "schema_ref"})
_ADDRESS: Final = re.compile(r":\d{6,}")


def plain_schema(schema: Any) -> Any:
    """Return a schema without addresses, and without what pydantic notes for itself."""
    if type(schema) is dict:
        return {
            key: _ADDRESS.sub("", item) if key in _REFERENCES and type(item) is str else plain_schema(item)
            for key, item in schema.items()
            if key != "metadata"
        }
    if type(schema) in (list, tuple):
        return [plain_schema(item) for item in schema]
    return schema
