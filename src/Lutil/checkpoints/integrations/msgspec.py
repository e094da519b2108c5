"""msgspec: structs, whose fields and defaults stand in no body of a class once it is made; encoders and decoders."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["COMPARED", "DEFAULTS", "FACTORY", "FIELDS", "OPTIONS", "WRITTEN"]

FIELDS: Final = "__struct_fields__"
WRITTEN: Final = "__struct_encode_fields__"
"""The names of the fields in encoded texts."""
DEFAULTS: Final = "__struct_defaults__"
"""Those of the last fields: values, and factories."""
FACTORY: Final = "factory"
"""The attribute of a factory that is the function."""
OPTIONS: Final = "__struct_config__"

_SHOWN: Final = (
    *("enc_hook", "decimal_format", "uuid_format", "order"),
    *("type", "strict", "dec_hook", "ext_hook", "float_hook"),
)


def _options(coder: Any) -> dict[str, object]:
    return {name: getattr(coder, name) for name in _SHOWN if hasattr(coder, name)}


COMPARED: Final = dict.fromkeys(
    ("msgspec.json.Encoder", "msgspec.json.Decoder", "msgspec.msgpack.Encoder", "msgspec.msgpack.Decoder"), _options
)
