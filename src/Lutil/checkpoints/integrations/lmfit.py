"""lmfit: parameters by themselves and by what the user defined beside them.

Their interpreter has their values once more, as what was asked last has left them, in the order of a set.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _parameters(parameters: Any) -> tuple[Any, ...]:
    interpreter = parameters._asteval  # noqa: SLF001 - lmfit has no other name for it
    own = sorted(set(interpreter.user_defined_symbols()).difference(parameters))
    return list(parameters.items()), [(name, interpreter.symtable[name]) for name in own]


COMPARED = {"lmfit.parameter.Parameters": _parameters}
