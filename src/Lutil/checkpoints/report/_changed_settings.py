"""Settings that a run changes and a hit does not: how values are printed, where modules are looked for and the like.

They are no input, since they do not decide what comes out; so nothing puts them back. It is said once.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ..model._errors import CheckpointWarning
from ..model.process._interrupts import let_pass
from ..model.process._notices import notice_after

__all__ = ["settings_now", "tell_set"]

SettingsNow = dict[str, object]


def settings_now() -> SettingsNow:
    """Return the settings of the loaded libraries by what people call them; made of copies."""
    found: SettingsNow = {}
    try:
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None:
            found["numpy's print options"] = numpy.get_printoptions()
            found["numpy's error handling (np.seterr)"] = numpy.geterr()
        pandas: Any = sys.modules.get("pandas")
        if pandas is not None:
            options = object.__getattribute__(pandas.options, "d")
            found["pandas' display options"] = options["display"].copy()
    except Exception as error:  # noqa: BLE001  (a library that is half imported, or has it elsewhere)
        let_pass(error)
    found["sys.path"], found["the limit of recursion"] = [*sys.path], sys.getrecursionlimit()
    found["the filters of warnings"] = len(sys.modules), [*warnings.filters]  # who is imported may add some
    return found


def tell_set(computation: str, before: SettingsNow) -> None:
    """Say once which settings a run has changed."""
    now = settings_now()
    filters = "the filters of warnings"
    names = [name for name, value in now.items() if name in before and before[name] != value]
    if filters in names and now[filters][0] != before[filters][0]:  # type: ignore[index]  # both are pairs
        names.remove(filters)
    if names:
        notice_after(
            CheckpointWarning,
            computation,
            "settings",
            f"{computation} changes {' and '.join(names)}, and a skip will not: set them outside of what is kept, or "
            "change them back in it",
        )
