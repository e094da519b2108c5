"""What a rewritten script saw: imported by it, writes one JSON file when it ends.

For each block: the values of its names before and behind it, what was printed in it, and whether it was skipped. Values
are told by a walk of its own, which knows nothing of the package that is tried.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import random
import re
import sys
import types
from typing import Any

RESULT = os.environ["WITNESS"]
BLOCKS: dict[int, dict[str, Any]] = {}
FINAL: dict[str, str] = {}
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_OPAQUE = ("matplotlib", "mpl_toolkits", "seaborn", "plotly", "asteval")
"""Libraries whose objects a hit does not draw on, and those that put the time on theirs."""
_LEAVES = (type(None), bool, int, float, complex, str, bytes, bytearray, range, slice, type(...))
_NAMES = (types.FunctionType, types.BuiltinFunctionType, type)


class _Heard:
    """Standard output, and what was written since the last time that somebody asked."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        self._parts.append(text)
        return self._stream.write(text)

    def taken(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return _ADDRESS.sub("@", text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _seed() -> None:
    """Let what a script draws without a seed of its own be the same in each run."""
    random.seed(1)
    try:
        import numpy as np
    except ImportError:
        return
    np.random.seed(1)


_seed()
_heard = sys.stdout = _Heard(sys.stdout)


def before(number: int, space: dict[str, Any], names: tuple[str, ...]) -> None:
    """Take note of what a block is given."""
    BLOCKS[number] = {"outside": _heard.taken(), "before": _values(space, names)}


def after(number: int, space: dict[str, Any], names: tuple[str, ...], block: Any) -> None:
    """Take note of what a block left."""
    seen = BLOCKS[number]
    seen["printed"] = _heard.taken()
    if block is not None:
        seen["hit"] = block.hit
        seen["why"] = "" if block.hit else str(block.explain())
    seen["after"] = _values(space, names)


def close(space: dict[str, Any]) -> None:
    """Write what was seen."""
    names = [name for name in space if not name.startswith("_")]
    found = {"blocks": BLOCKS, "final": _values(space, names), "rest": _heard.taken()}
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(found, file)


def _values(space: dict[str, Any], names: Any) -> dict[str, str]:
    return {name: told(space[name]) for name in names if name in space and _is_data(space[name])}


def _is_data(value: object) -> bool:
    return not isinstance(value, (types.ModuleType, *_NAMES))


def told(value: object) -> str:
    """Return a digest of a value: the same for equal ones in every process, shared or not."""
    return _told(value, {}, 0)[:12]


def _told(value: Any, known: dict[int, tuple[object, str]], depth: int) -> str:
    cls = type(value)
    name = f"{cls.__module__}.{cls.__qualname__}"
    if cls in _LEAVES:
        return _digest(name, repr(value))
    if isinstance(value, _NAMES):
        return _digest(name, f"{value.__module__}.{value.__qualname__}")
    if isinstance(value, types.ModuleType):
        return _digest(name, value.__name__)
    if cls.__module__.partition(".")[0] in _OPAQUE or depth > 60:
        return _digest(name)
    if id(value) not in known:
        known[id(value)] = value, "in itself"
        parts = _parts(value)
        found = [part if isinstance(part, bytes) else _told(part, known, depth + 1) for part in parts]
        known[id(value)] = value, _digest(name, *found)  # kept alive: its address is given to no other value meanwhile
    return known[id(value)][1]


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass"))
        digest.update(b"|")
    return digest.hexdigest()


def _parts(value: Any) -> list[Any]:
    """Return what a value holds."""
    cls = type(value)
    if cls in (list, tuple):
        return list(value)
    if cls is dict:
        return [one for pair in value.items() for one in pair]
    if cls in (set, frozenset):
        return sorted(map(told, value))
    module = cls.__module__.partition(".")[0]
    if module == "numpy" and hasattr(value, "dtype") and hasattr(value, "tobytes"):
        return _of_array(value)
    if module == "pandas" and hasattr(value, "to_numpy"):
        return _of_table(value)
    try:
        parts = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001  (what cannot be taken apart is told by its attributes)
        parts = vars(value) if hasattr(value, "__dict__") else repr(cls)
    if isinstance(parts, tuple):
        parts = [_without_remembered(cls, list(one) if hasattr(one, "__next__") else one) for one in parts]
    return [parts]


def _without_remembered(cls: type, state: Any) -> Any:
    """Return attributes without those that only keep what has been asked once: a hit does not ask."""
    if type(state) is not dict:
        return state
    return {
        name: item
        for name, item in state.items()
        if not isinstance(getattr(cls, str(name), None), functools.cached_property)
    }


def _of_array(value: Any) -> list[Any]:
    import numpy as np

    if value.dtype.hasobject:
        return [value.shape, value.tolist()]
    return [value.shape, str(value.dtype), np.ascontiguousarray(value).tobytes()]


def _of_table(value: Any) -> list[Any]:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, place] for place in range(value.shape[1])]
        return [list(value.columns), list(value.columns.names), value.index, *columns]
    if isinstance(value, pd.Series):
        return [value.name, str(value.dtype), value.to_numpy(), value.index]
    return [str(value.dtype), list(value.names), value.to_numpy()]
