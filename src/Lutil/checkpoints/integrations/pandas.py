"""pandas: a styler draws a name for its table at random where it is given none; its copies are made anew."""

from __future__ import annotations

import re
from typing import Any, Final

from . import attributes_of

__all__ = ["COMPARED"]

_RANDOM: Final = re.compile("[0-9a-f]{1,32}")


def _styler(styler: Any) -> dict[str, Any]:
    cls = type(styler)  # a copy has what its class has, templates for one, as attributes of its own
    state = {name: item for name, item in attributes_of(styler).items() if getattr(cls, name, styler) is not item}
    if _RANDOM.fullmatch(str(state.get("uuid"))):
        del state["uuid"]
    return state


COMPARED = {"pandas.io.formats.style.Styler": _styler}
