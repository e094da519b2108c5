"""asteval: an interpreter by its symbols and what it allows; it remembers what it was asked, and when.

Its symbols come in the order of a set, and its methods are among them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _interpreter(interpreter: Any) -> tuple[Any, ...]:
    def without_it(names: dict[str, Any]) -> list[tuple[str, Any]]:
        pairs = sorted(names.items())
        return [(name, one.__func__ if getattr(one, "__self__", 0) is interpreter else one) for name, one in pairs]

    allowed = {name: value for name in ("config", "readonly_symbols") if (value := getattr(interpreter, name, None))}
    return without_it(interpreter.symtable), without_it(interpreter.node_handlers), allowed


COMPARED = {"asteval.asteval.Interpreter": _interpreter}
