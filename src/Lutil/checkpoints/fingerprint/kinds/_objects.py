"""Objects by their class and state, and which have none that could be compared."""

from __future__ import annotations

import copyreg
import io
import sys
import types
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from ...model._errors import described, text_of
from ...model._identity import identity
from ...model.process._asking import has, is_written_in_python, of_class, own_dict
from ...model.process._interrupts import let_pass
from ..walk._class_state import (
    LIBRARIES,
    is_installed,
    is_standard,
    libraries_of,
    memo_names,
    module_name,
    slot_members,
    slot_names,
    type_name,
)
from ..walk._nodes import Context, Node, Rule, attribute_label, digested, silent_label, size
from ..walk._scalars import LEAVES
from ._consumables import consumed, iterator

__all__ = [
    "LIBRARIES",
    "EstimatorRule",
    "OwnRule",
    "PlainRule",
    "ReduceRule",
    "StateRule",
    "memo_names",
    "object_rule",
    "slot_names",
    "state_node",
    "type_name",
    "without",
]

_KEPT_APART: Final = {"__dict__", "__pydantic_extra__", "__pydantic_private__", "__pydantic_fields_set__"}


def state_node(head: bytes, state: dict[str, Any], context: Context, owner: object) -> bytes | Node:
    """Return the code or node of an object with these attributes; the order they were set in is no value."""
    left_out = context.skip.get(identity(owner)) if context.skip else None
    if left_out:
        state = {name: item for name, item in state.items() if name not in left_out}
    try:
        names = sorted(state)
        content = head + size(len(names)) + b"".join([LEAVES[str](name) for name in names])
    except TypeError:  # somebody has put keys that are no names into `__dict__`
        return Node(head + b"?", (state,), silent_label, temporary=True)
    code = _leaves(map(state.__getitem__, names))
    if code is not None:
        return digested(content + code)
    return Node(content, [state[name] for name in names], attribute_label(names), attributes=True)


def _leaves(values: Iterable[object]) -> bytes | None:
    """Return the codes of values that are leaves; None if one is none, or has a class that cannot be looked up."""
    codes = []
    try:
        for value in values:
            leaf = LEAVES.get(type(value))
            if leaf is None:
                return None
            codes.append(leaf(value))
    except Exception as error:  # noqa: BLE001 - a metaclass of the user's: the walk tells where
        let_pass(error)
        return None
    return b"".join(codes)


class PlainRule:
    """The rule for instances of an ordinary class: its code and what its attributes and slots hold.

    Attributes:
        known: whether an attribute of this class is nothing to be said about: a dataclass, an attrs class,
            a namespace, an estimator.
        slots: names of the slots.
        columns: whether lists of instances can be encoded by one column per attribute.
    """

    __slots__ = ("_checked", "_members", "_sound", "cls", "columns", "known", "memos", "slots")
    _tells = False
    """Whether the class says itself what its state is."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.slots = slot_names(cls)
        self.known = _is_known(cls)
        self.memos = memo_names(cls)
        self._members = tuple(pair for pair in slot_members(cls) if pair[0] not in self.memos)
        hidden = any(of_class(cls, name) is not member for name, member in self._members)
        self.columns = not (self.slots and cls.__dictoffset__) and not self.memos and not hidden
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
            except Exception as error:  # noqa: BLE001 - a metaclass that is asked for `__slots__`, as by all who pickle
                let_pass(error)
                self._sound = is_written_in_python(self.cls)
            self._checked = True
        return self._sound

    def by_attributes(self, value: object) -> bool:
        """Return whether attributes and slots are all of the state, whatever way the class pickles in."""
        if self._tells:
            return has(self.cls, "__attrs_attrs__") or has(self.cls, "__pydantic_fields__")
        return self.check(value)

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        if not self.check(value):
            return context.refuse(value)
        return state_node(b"o" + context.type_code(type(value)), self.state(value), context, value)

    def state(self, value: Any) -> dict[str, Any]:
        """Return the attributes that count."""
        state = dict(own_dict(value))
        for name in self.memos:
            state.pop(name, None)
        for name, member in self._members:
            try:
                state[name] = member.__get__(value)
            except AttributeError:
                continue  # an unset slot is no state
        return state


class EstimatorRule(PlainRule):
    """The rule for estimators of scikit-learn: what they keep of a random stream that was not theirs is no state.

    With `random_state=None` they hold on to the stream of the process, and, once unpickled, to a copy of it.
    """

    __slots__ = ()

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.columns = False

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        state = self.state(value)
        if state.get("random_state", self) is None:
            state = {name: item for name, item in state.items() if not _is_stream(item)}
            trees = getattr(state.get("estimators_"), "flat", ())  # of gradient boosting, to which it is handed on
            for tree in trees:
                if _is_stream(getattr(tree, "random_state", None)):
                    context.skip[identity(tree)] = context.skip.get(identity(tree), frozenset()) | {"random_state"}
        return state_node(b"o" + context.type_code(type(value)), state, context, value)


def _is_stream(value: object) -> bool:
    return type(value).__name__ == "RandomState"


def _is_known(cls: type) -> bool:
    return (
        has(cls, "__dataclass_fields__")
        or has(cls, "__attrs_attrs__")
        or has(cls, "__pydantic_fields__")
        or (has(cls, "get_params") and has(cls, "set_params"))  # an estimator or a transformer
        or issubclass(cls, BaseException)
        or bool(libraries_of(cls))  # or of a base: data sets and modules of torch, estimators
        or is_standard(cls)
    )


class StateRule(PlainRule):
    """The rule for instances of a class that says itself what its state is, by `__getstate__`."""

    __slots__ = ()
    _tells = True

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.columns = False

    def told(self, value: Any) -> object:
        """Return what the object says its state is."""
        return value.__getstate__()

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            state = self.told(value)
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            let_pass(error)
            return context.refuse(value, f"its `__getstate__` raised {described(error)}")
        left_out = context.skip.get(identity(value), frozenset()) if context.skip else frozenset()
        if (self.memos or left_out) and type(state) is dict:
            state = without(state, left_out | set(self.memos))
        head = b"e" + context.type_code(type(value))
        if type(state) is dict and all(type(name) is str for name in state):
            node = state_node(head, state, context, value)
        else:
            node = Node(head, (state,), silent_label)
        if isinstance(node, Node):
            node.temporary = True
        return node


class MemoryFileRule(StateRule):
    """The rule for `StringIO` and `BytesIO`, which have a dictionary of attributes once somebody has asked for it."""

    __slots__ = ()

    def told(self, value: Any) -> object:
        """Return what the file says its state is, with no attributes where it has none."""
        state = super().told(value)
        return (*state[:-1], state[-1] or None) if type(state) is tuple and state else state


def without(state: dict[Any, Any], names: AbstractSet[object]) -> dict[Any, Any]:
    """Return a state without these attributes, also in the parts of it where pydantic keeps them."""
    kept = {name: item for name, item in state.items() if name not in names}
    for name in kept.keys() & _KEPT_APART:
        if type(kept[name]) is dict:
            kept[name] = {inner: item for inner, item in kept[name].items() if inner not in names}
        elif type(kept[name]) is set:
            kept[name] = kept[name] - names
    return kept


class ReduceRule(PlainRule):
    """The rule for instances of a class that says itself how it is rebuilt, by `__reduce__` or copyreg.

    Attributes:
        forgets: whether attributes count where its way to be rebuilt has no state. Of a type of the standard library
            those do which a class derived from it has; it knows nothing of them. A class that says so itself may leave
            out what tells two of its instances apart, as the domain of a polynomial.
    """

    __slots__ = ("forgets",)
    _tells = True

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.columns = False
        teller = _teller(cls)
        self.forgets = teller is not object and not (teller is cls and is_standard(teller))

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        reducer = copyreg.dispatch_table.get(type(value))
        try:
            reduced: Any = value.__reduce_ex__(4) if reducer is None else reducer(value)
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            let_pass(error)
            return context.refuse(value, f"{type_name(type(value))}: {text_of(error) or described(error)}")
        head = b"R" + context.type_code(type(value))
        if isinstance(reduced, str):
            head += LEAVES[str](reduced)
            # A name says all of what a library has under it; what the project has there may be made otherwise.
            own = {} if is_installed(type(value)) else self.state(value)
            return state_node(head, own, context, value) if own else digested(head)
        parts: tuple[Any, ...] = (*reduced, None, None, None)
        function, arguments, state, items, pairs = parts[:5]
        if state is None and self.forgets:
            state = self.state(value)  # an object that was given as an argument counts once more: it costs nothing
        if type(state) is dict and not state:
            state = None  # whether the attributes of an exception are a dictionary yet depends on who has looked
        children: list[object] = [function, arguments]
        labels = ["", ""]
        if type(state) is dict and all(type(name) is str for name in state):
            left_out = context.skip.get(identity(value), frozenset()) if context.skip else frozenset()
            names = [name for name in sorted(state) if name not in left_out and name not in self.memos]
            head += size(len(names)) + b"".join([LEAVES[str](name) for name in names])
            children += [state[name] for name in names]
            labels += [f".{name}" for name in names]
        else:
            children.append(state)
            labels.append("")
        children += [None if items is None else list(items), None if pairs is None else list(pairs)]
        children += _bearers(arguments)
        labels += [""] * (len(children) - len(labels))
        return Node(head, children, lambda index: labels[index], temporary=True)


def _bearers(arguments: Any) -> list[object]:
    """Return the functions and classes that are given to a reducer by their names alone, as `module:name`."""
    found: list[object] = []
    for text in arguments if type(arguments) is tuple else ():
        module, colon, path = text.partition(":") if type(text) is str else ("", "", "")
        bearer: object = sys.modules.get(module) if colon and path.replace(".", "").isidentifier() else None
        for name in path.split(".") if bearer is not None else ():
            bearer = getattr(bearer, "__dict__", {}).get(name)
        if isinstance(bearer, types.FunctionType | type):
            found.append(bearer)
    return found


class OwnRule:
    """The rule for instances of a class with a `__fingerprint__` method: what it returns stands for them."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known = True

    def __call__(self, value: Any, context: Context) -> bytes | Node:
        try:
            stands_for = value.__fingerprint__()
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            let_pass(error)
            return context.refuse(value, f"its `__fingerprint__` raised {described(error)}")
        return Node(b"p" + context.type_code(type(value)), (stands_for,), silent_label, temporary=True)


def _teller(cls: type) -> type:
    """Return the class that says how instances are rebuilt."""
    return next(base for base in cls.__mro__ if {"__reduce_ex__", "__reduce__"} & base.__dict__.keys())


def _refused(value: object, context: Context) -> bytes:
    return context.refuse(value)


def object_rule(cls: type) -> Rule:
    """Return the rule for instances of a class that has none of its own."""
    plain: Any = object
    own_reduce = (
        cls.__reduce_ex__ is not plain.__reduce_ex__
        or cls.__reduce__ is not plain.__reduce__
        or cls in copyreg.dispatch_table
        or has(cls, "__getnewargs_ex__")
        or has(cls, "__getnewargs__")
    )
    told = own_reduce and not is_standard(_teller(cls))  # iterators of Python tell what they have still to give
    if not told and _moves_unseen(cls):
        return iterator
    # An iterator of a library is not compared by what it holds: that need not be all of its state.
    hidden = (consumed(cls) and is_installed(cls) and not told) or module_name(cls) in {"_io", "_thread", "_asyncio"}
    if hidden and not (module_name(cls) == "_io" and cls.__name__ in {"BytesIO", "StringIO"}):
        return _refused
    if own_reduce:
        return ReduceRule(cls)
    getstate: Any = cls.__getstate__
    if _is_sklearn(getstate):
        return EstimatorRule(cls)
    if issubclass(cls, io.StringIO | io.BytesIO):
        return MemoryFileRule(cls)
    return PlainRule(cls) if getstate is plain.__getstate__ or _is_dataclasses(getstate) else StateRule(cls)


def _moves_unseen(cls: type) -> bool:
    """Return whether instances are iterators written in C: how far they have come is in no attribute."""
    if issubclass(cls, types.GeneratorType | types.CoroutineType | types.AsyncGeneratorType):
        return True
    step = of_class(cls, "__next__")
    return type(step) is types.WrapperDescriptorType and issubclass(cls, Iterator) and not issubclass(cls, io.IOBase)


def _is_dataclasses(getstate: Any) -> bool:
    """Return whether a `__getstate__` is that of frozen dataclasses with slots, which forgets the names."""
    return getattr(getstate, "__module__", "") == "dataclasses"


def _is_sklearn(getstate: Any) -> bool:
    """Return whether a `__getstate__` is scikit-learn's, which adds its version to the attributes.

    The version counts in the key where the user wants it to, so it must not count here as well.
    """
    return str(getattr(getstate, "__module__", "")).startswith("sklearn.")
