"""pandas: a styler draws a name for its table at random where it is given none."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["COMPARED"]

_RANDOM: Final = re.compile("[0-9a-f]{1,32}")


def _styler(styler: Any) -> dict[str, Any]:
    state = dict(vars(styler))
    if _RANDOM.fullmatch(str(state.get("uuid"))):
        del state["uuid"]
    return state


COMPARED = {"pandas.io.formats.style.Styler": _styler}
