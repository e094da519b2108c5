"""What the uses of a name tell of its value: whether a run only writes to it or shows it, and how it reads a dict."""

from __future__ import annotations

import types
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from types import BuiltinFunctionType, FunctionType

from ...bytecode.stack._refs import ASKED, Chain, RefMode
from ...bytecode.stack._words import PURE_CALLS
from ...project._libraries import is_project_name
from ._sorts import is_class, is_module, is_talker, static, static_module

__all__ = ["are_made_more_of", "dict_reads", "effect_like", "harmless", "is_writable", "own_attribute"]

_HOMES = frozenset({"builtins", "collections", "array", "fractions", "decimal"})
_WRITABLE = frozenset(
    {"list", "dict", "set", "deque", "Counter", "defaultdict", "OrderedDict", "bytearray", "array"}
    | {"int", "float", "complex", "str", "bytes", "bool", "tuple", "frozenset", "Fraction", "Decimal"}
)
_FILLERS = frozenset(
    {"append", "extend", "insert", "add", "update", "discard", "clear", "appendleft", "extendleft", "setdefault"}
)
_TELLERS = {
    **dict.fromkeys(("queue", "asyncio.queues"), frozenset({"put", "put_nowait", "task_done"})),
    **dict.fromkeys(("threading", "asyncio.locks", "multiprocessing.synchronize"), frozenset({"set", "clear", "wait"})),
}
_GIVING = frozenset({"setdefault"})
"""Those of them that give something else than None."""
_SAYS = frozenset(
    "debug info warning warn error exception critical fatal log write print set_description set_postfix "  # noqa: SIM905 - a list would take a line for each
    "set_postfix_str update add_scalar success trace log_metric log_metrics log_param log_params".split()
)
_PURE = frozenset({"print", "len", "str", "repr", "int", "float", "bool", "sum", "min", "max", "round", "abs", "type"})


def harmless(value: object, owner: object, name: str) -> bool:
    """Return whether calling this does nothing with its arguments but show them or measure them."""
    kind = type(value)
    if kind is BuiltinFunctionType or is_class(value):
        module = static(value, "__module__") if kind is BuiltinFunctionType else static_module(value)
        return (module == "builtins" and name in _PURE) or (module == "_warnings" and name == "warn")
    if isinstance(value, FunctionType):
        return value.__globals__.get("__name__") in ("logging", "warnings") and name in _SAYS
    return owner is not None and is_talker(owner) and name in _SAYS


def is_writable(value: object) -> bool:
    """Return whether a value is a number, text or container of Python, as counters and logs are."""
    kind = type(value)
    return kind.__name__ in _WRITABLE and kind.__module__ in _HOMES


def _tellers(value: object) -> frozenset[str]:
    """Return the methods by which a queue or an event is told something or waited for, and tells nothing."""
    return _TELLERS.get(type(value).__module__, frozenset())


def own_attribute(value: object, rest: Chain) -> object:
    """Return the number, text or container that a plain object of the project has under the first step; else None."""
    subscript, name = rest[0][0], str(rest[0][1])
    kind = type(value)
    space = static(value, "__dict__")
    if subscript or type(space) is not dict or name not in space or is_class(value) or is_module(value):
        return None
    usual = kind.__getattribute__ is object.__getattribute__ and kind.__setattr__ is object.__setattr__
    ours = usual and is_project_name(static_module(kind))
    computed = any(hasattr(base.__dict__.get(name), "__set__") for base in kind.__mro__)
    if computed or not (ours or kind is types.SimpleNamespace):
        return None
    return space[name] if is_writable(space[name]) or _tellers(space[name]) else None


def effect_like(value: object, rest: Chain, mode: RefMode, *, sinks: bool) -> bool:  # noqa: PLR0911 - one per mode
    """Return whether what becomes of a value tells the computation nothing about it.

    Args:
        value: the value as it is now.
        rest: the steps from it that could not be looked up.
        mode: what becomes of what they lead to.
        sinks: for `sink`, whether all that it is handed to is harmless.
    """
    if is_talker(value) and mode.what == "drop":
        return len(rest) == 1 and str(rest[0][1]) in _SAYS
    if mode.what in {"grow", "default"} or (mode.what == "bind" and all(subscript for subscript, _ in rest)):
        return True
    if rest and (inside := own_attribute(value, rest)) is not None:
        return effect_like(inside, rest[1:], mode, sinks=sinks)
    if not is_writable(value):
        dropped = mode.what == "drop" or (mode.what == "call" and type(value).__module__ == "asyncio.locks")  # awaited
        return dropped and len(rest) == 1 and rest[0][1] in _tellers(value)
    if mode.what == "write":
        return not rest or all(subscript for subscript, _ in rest)
    if mode.what in {"drop", "call"}:
        names = _FILLERS if mode.what == "drop" else _FILLERS - _GIVING
        return len(rest) == 1 and not rest[0][0] and rest[0][1] in names
    return mode.what == "sink" and sinks


_GROWTH = {"grow": "grown", "extend": "grown", "default": "defaulted"}
_BY_KEY = frozenset({"get", "setdefault", "pop", "__getitem__"})
_NO_READ = frozenset({"clear", "popitem", "move_to_end", "update", "__setitem__", "__delitem__"})


def dict_reads(rest: Chain, mode: RefMode, *, harmless: bool) -> Iterable[str]:
    """Return how one use reads a dict, in the words of `Slot.reads`; a test of its size or emptiness reads nothing.

    A cache is read by its keys, and may be emptied when it has grown too large.
    """
    if rest:
        subscript, key = rest[0]
        if mode.what in _GROWTH:
            return (_GROWTH[mode.what],)
        if rest[0] == ASKED or key == "__contains__":
            return ("asked",)
        return () if key in _NO_READ else ("key",) if subscript or key in _BY_KEY else ("whole",)
    names = [callee.name for callee in mode.to if not callee.chain]
    if mode.what == "sink" and len(names) == len(mode.to):
        if not names or names == ["iter"]:
            return ()  # dropped, or `cache.pop(next(iter(cache)))`
        if PURE_CALLS.issuperset(names):
            return ("whole",)  # `ids[word] = len(ids)`
    return () if harmless or mode.what in ("test", "write", "bind") else ("whole",)


def are_made_more_of(reads: AbstractSet[str]) -> bool:
    """Return whether items of a dict are read, and made more of what they were: `n[k] = n.get(k, 0) + 1`."""
    return "key" in reads and ("grown" in reads or ("defaulted" in reads and "asked" not in reads))
