"""The libraries of the extra `shared`: loaded when they are first needed, none of them by a hit of the local store."""

from __future__ import annotations

import importlib
from typing import Any

from ...model._errors import SettingError

__all__ = ["extra"]


def extra(module: str) -> Any:
    """Return a module of a library of the extra.

    Raises:
        SettingError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SettingError(f"sharing results needs more libraries ({error}): pip install 'Lutil[shared]'") from error
