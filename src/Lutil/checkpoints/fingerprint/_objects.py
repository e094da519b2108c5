"""Objects by their class and state, and which have none that could be compared."""

from __future__ import annotations

import copyreg
import functools
import types
from collections.abc import Iterator
from typing import Any

from ._consumables import consumed, iterator
from ._nodes import Context, Node, Rule, attribute_label, digested, silent_label, size
from ._origin import is_installed
from ._scalars import LEAVES

__all__ = [
    "LIBRARIES",
    "OwnRule",
    "PlainRule",
    "ReduceRule",
    "StateRule",
    "memo_names",
    "object_rule",
    "slot_names",
    "state_node",
    "type_name",
]

LIBRARIES = frozenset(
    {"numpy", "pandas", "scipy", "sklearn", "torch", "polars", "pyarrow", "xgboost", "lightgbm", "tokenizers"}
)
"""Libraries with rules: a type of theirs counts by its name, and the library is noted."""


def slot_names(cls: type) -> tuple[str, ...]:
    """Return the names, as stored, of the slots that instances of a class have."""
    names: list[str] = []
    for base in reversed(cls.__mro__):
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name in {"__dict__", "__weakref__"}:
                continue
            private = name.startswith("__") and not name.endswith("__")
            names.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return tuple(dict.fromkeys(names))


def memo_names(cls: type) -> frozenset[str]:
    """Return the attributes that a `functools.cached_property` fills: they follow from the others."""
    return frozenset(
        name
        for base in cls.__mro__
        for name, item in base.__dict__.items()
        if isinstance(item, functools.cached_property)
    )


def state_node(head: bytes, state: dict[str, Any], context: Context, owner: object) -> bytes | Node:
    """Return the code or node of an object with these attributes; the order they were set in is no value."""
    try:
        names = sorted(state)
    except TypeError:  # somebody has put keys that are no names into `__dict__`
        return Node(head + b"?", (state,), silent_label, temporary=True)
    left_out = context.skip.get(id(owner)) if context.skip else None
    if left_out:
        names = [name for name in names if name not in left_out]
    content = head + size(len(names)) + b"".join([LEAVES[str](name) for name in names])
    codes = []
    for name in names:
        leaf = LEAVES.get(type(state[name]))
        if leaf is None:
            return Node(content, [state[name] for name in names], attribute_label(names), attributes=True)
        codes.append(leaf(state[name]))
    return digested(content + b"".join(codes))


class PlainRule:
    """The rule for instances of an ordinary class: its code and what its attributes and slots hold.

    Attributes:
        known: whether an attribute of this class is nothing to be said about: a dataclass, an attrs class,
            a namespace, an estimator.
        slots: names of the slots.
        columns: whether lists of instances can be encoded by one column per attribute.
    """

    __slots__ = ("_checked", "_sound", "cls", "columns", "known", "memos", "slots")

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.slots = slot_names(cls)
        self.known = _is_known(cls)
        self.memos = memo_names(cls)
        self.columns = not (self.slots and cls.__dictoffset__) and not self.memos
        self._checked = False
        self._sound = True

    def check(self, value: object) -> bool:
        """Return whether attributes and slots are all the state that the class has.

        A class written in C may keep state where nobody sees it. `object.__reduce_ex__` knows from the size
        of the instances, and refuses. Asked once per class.
        """
        if not self._checked:
            try:
                object.__reduce_ex__(value, 4)
            except (TypeError, AttributeError, ValueError):
                self._sound = False
            self._checked = True
        return self._sound

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        if not self.check(value):
            return context.refuse(value)
        state = dict(getattr(value, "__dict__", ()))
        for name in self.memos:
            state.pop(name, None)
        for name in self.slots:
            try:
                state[name] = getattr(value, name)
            except AttributeError:
                continue  # an unset slot is no state
        return state_node(b"o" + context.type_code(type(value)), state, context, value)


def _is_known(cls: type) -> bool:
    return (
        hasattr(cls, "__dataclass_fields__")
        or hasattr(cls, "__attrs_attrs__")
        or hasattr(cls, "__pydantic_fields__")
        or (hasattr(cls, "get_params") and hasattr(cls, "set_params") and hasattr(cls, "fit"))
        or issubclass(cls, BaseException)
        or cls.__module__.partition(".")[0] in LIBRARIES
        or cls.__module__ in {"builtins", "types", "functools", "operator", "typing", "collections"}
    )


class StateRule(PlainRule):
    """The rule for instances of a class that says itself what its state is, by `__getstate__`."""

    __slots__ = ()

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.columns = False

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            state = value.__getstate__()
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            return context.refuse(value, f"its `__getstate__` raised {type(error).__name__}: {error}")
        head = b"e" + context.type_code(type(value))
        if type(state) is dict and all(type(name) is str for name in state):
            node = state_node(head, state, context, value)
        else:
            node = Node(head, (state,), silent_label)
        if isinstance(node, Node):
            node.temporary = True
        return node


class ReduceRule(PlainRule):
    """The rule for instances of a class that says itself how it is rebuilt, by `__reduce__` or copyreg."""

    __slots__ = ()

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.columns = False

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        reducer = copyreg.dispatch_table.get(type(value))
        try:
            reduced: Any = value.__reduce_ex__(4) if reducer is None else reducer(value)
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            return context.refuse(value, f"{type_name(type(value))}: {error}")
        head = b"R" + context.type_code(type(value))
        if isinstance(reduced, str):
            return digested(head + LEAVES[str](reduced))
        parts: tuple[Any, ...] = (*reduced, None, None, None)
        function, arguments, state, items, pairs = parts[:5]
        children: list[object] = [function, arguments]
        labels = ["", ""]
        if type(state) is dict and all(type(name) is str for name in state):
            left_out = context.skip.get(id(value), frozenset()) if context.skip else frozenset()
            names = [name for name in sorted(state) if name not in left_out]
            head += size(len(names)) + b"".join([LEAVES[str](name) for name in names])
            children += [state[name] for name in names]
            labels += [f".{name}" for name in names]
        else:
            children.append(state)
            labels.append("")
        children += [None if items is None else list(items), None if pairs is None else list(pairs)]
        labels += ["", ""]
        return Node(head, children, lambda index: labels[index], temporary=True)


class OwnRule:
    """The rule for instances of a class with a `__fingerprint__` method: what it returns stands for them."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known = True

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            stands_for = value.__fingerprint__()
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            return context.refuse(value, f"its `__fingerprint__` raised {type(error).__name__}: {error}")
        return Node(b"p" + context.type_code(type(value)), (stands_for,), silent_label, temporary=True)


def type_name(cls: type) -> str:
    """Return the full name of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _refused(value: object, context: Context) -> bytes:
    return context.refuse(value)


def object_rule(cls: type) -> Rule:
    """Return the rule for instances of a class that has none of its own."""
    if issubclass(cls, Iterator) and cls.__module__ in {"builtins", "itertools", "_collections", "collections", "_csv"}:
        return iterator
    if issubclass(cls, types.GeneratorType | types.CoroutineType | types.AsyncGeneratorType):
        return iterator
    # An iterator of a library is not refused for what it holds: that need not be all of its state.
    hidden = (consumed(cls) and is_installed(cls)) or cls.__module__ in {"_io", "_thread", "_asyncio"}
    if hidden and not (cls.__module__ == "_io" and cls.__name__ in {"BytesIO", "StringIO"}):
        return _refused
    own_reduce = (
        cls.__reduce_ex__ is not object.__reduce_ex__
        or cls.__reduce__ is not object.__reduce__
        or cls in copyreg.dispatch_table
        or hasattr(cls, "__getnewargs_ex__")
        or hasattr(cls, "__getnewargs__")
    )
    if own_reduce:
        return ReduceRule(cls)
    getstate: Any = cls.__getstate__
    if getstate is not object.__getstate__ and not _is_sklearn(getstate):
        return StateRule(cls)
    return PlainRule(cls)


def _is_sklearn(getstate: Any) -> bool:
    """Return whether a `__getstate__` is scikit-learn's, which adds its version to the attributes.

    The version counts in the key where the user wants it to, so it must not count here as well.
    """
    return str(getattr(getstate, "__module__", "")).startswith("sklearn.")
