"""msgspec: structs, whose fields and defaults stand in no body of a class once it is made."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULTS", "FACTORY", "FIELDS", "OPTIONS", "WRITTEN"]

FIELDS: Final = "__struct_fields__"
WRITTEN: Final = "__struct_encode_fields__"
"""The names of the fields in encoded texts."""
DEFAULTS: Final = "__struct_defaults__"
"""Those of the last fields: values, and factories."""
FACTORY: Final = "factory"
"""The attribute of a factory that is the function."""
OPTIONS: Final = "__struct_config__"
