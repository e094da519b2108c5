"""Values to segments of bytes and back, exactly: type, dtype, sharing, writability, identity.

Knows: how values are written (pickle 5, arrays and tensors out of band), which classes have to be found again.
Never sees: keys, paths, stores.

Guarantees: `encode` gives bytes or `NotSavableError` with the way to the offending part; `decode` gives the
value or `UnresolvedError`. What cannot be the same: an array on mapped or given memory does not own it
(`OWNDATA` is False), so it has no in-place `resize`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._decode import decode
    from ._encode import Encoded, encode
    from ._globals import Resolve, UndecodableError, UnresolvedError
    from ._locate import offender
    from ._registered import register

__all__ = ["Encoded", "Resolve", "UndecodableError", "UnresolvedError", "decode", "encode", "offender", "register"]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._decode": "decode",
            "._encode": "Encoded encode",
            "._globals": "Resolve UndecodableError UnresolvedError",
            "._locate": "offender",
            "._registered": "register",
        },
    )
