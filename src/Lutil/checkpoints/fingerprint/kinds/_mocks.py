"""Mocks of `unittest.mock`: they count by what they were told to answer, never by what they were asked."""

from __future__ import annotations

import sys
from typing import Any

from ...model._identity import identity
from ...model._key import NoteKind
from ..walk._class_state import type_name
from ..walk._nodes import Context, Node, named, silent_label

__all__ = ["mock"]

_OWN = frozenset({"method_calls"})


def mock(value: Any, context: Context) -> Node:
    """Take a mock for its class and its answers: return values, side effects, attributes, and mocks that have such."""
    kind = type(value).__mro__[1]  # each mock has a class of its own, for the magic methods that it is given
    context.note(NoteKind.HANDLE, type_name(kind))
    answers = {name: item for name, item in sorted(_answers(value).items()) if _says(item, set())}
    return Node(b"q" + named("mock", type_name(kind).encode()), (answers,), silent_label, temporary=True)


def _answers(value: Any) -> dict[str, object]:
    own = vars(value)
    library: Any = sys.modules["unittest.mock"]
    found = {name: item for name, item in own.items() if name[:1] != "_" and name not in _OWN}
    found |= {f".{name}": child for name, child in own.get("_mock_children", {}).items()}
    for name, unset in (("return_value", library.DEFAULT), ("side_effect", None), ("wraps", None)):
        item = own.get(f"_mock_{name}", unset)
        if item is not unset:
            found[f"{name}()"] = item
    return found


def _says(item: object, met: set[int]) -> bool:
    """Tell whether a value is more than a mock that came about by being asked for."""
    library: Any = sys.modules["unittest.mock"]
    if not isinstance(item, library.NonCallableMock):
        return True
    if identity(item) in met:
        return False
    met.add(identity(item))
    return any(_says(inner, met) for inner in _answers(item).values())
