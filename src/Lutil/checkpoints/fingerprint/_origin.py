"""Where a class comes from."""

from __future__ import annotations

import os
import sys

__all__ = ["is_installed", "is_standard"]

_LIBRARY_ROOT = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib would be used for one name


def is_standard(cls: type) -> bool:
    """Return whether a class is Python's own, so that it counts by its name.

    A project may have a package with the name of a standard one, `code` or `test`: what is loaded from
    elsewhere than the standard library is none of it.
    """
    module = cls.__module__
    if module == "builtins":
        return True
    if module.partition(".")[0] not in sys.stdlib_module_names or module == "__main__":
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or (file.startswith(_LIBRARY_ROOT) and "-packages" not in file)


def is_installed(cls: type) -> bool:
    """Return whether a class is Python's own or of a library that was installed, other than in place."""
    if is_standard(cls):
        return True
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return file is not None and "-packages" in file
