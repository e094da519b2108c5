"""Where a value on the abstract stack came from, and how many values instructions take and put.

The stack holds, in place of values, where they came from:

    Ref      a name, followed by attributes and constant subscripts: `helpers.STEPS['a']`
    Taint    something computed from refs alone, which flows on: `len(calls)`, `f"{n}"`
    Outcome  what a call of a ref returned, as long as nobody has used it
    Const    a constant
    None     anything else
"""

from __future__ import annotations

from collections.abc import Callable

from ...model.process._records import NamedTuple

__all__ = [
    "ANY_ITEM",
    "ASKED",
    "BIND",
    "DEFAULT",
    "EXTEND",
    "FLOWS",
    "FLOWS_BY_ARG",
    "GROW",
    "TAKES",
    "TAKES_BY_ARG",
    "TEST",
    "TEXT",
    "VALUE",
    "WRITE",
    "Chain",
    "Const",
    "Outcome",
    "Ref",
    "RefMode",
    "Taint",
    "is_environment",
    "within",
]

Chain = tuple[tuple[bool, object], ...]
"""Steps from a name: (False, attribute) or (True, constant subscript)."""

ANY_ITEM = (True, ...)
"""The step to an item whose key only a run can tell; it leads nowhere, but says what is read."""
ASKED = (True, None)
"""The step to whether a key is there."""


class RefMode(NamedTuple):
    """What becomes of a value.

    Attributes:
        what: `value` (flows somewhere), `call` (called, result used), `drop` (called, result dropped),
            `test` (decides a branch), `write` (changed in place), `bind` (the name is bound anew), `sink` (handed
            to a call), `text` (named in a text that is evaluated), `grow` (an item that is put back changed:
            `n[k] += 1`), `extend` (the same by a method: `n[k] = n.get(k, 0) + 1`, `n[k].append(1)`), `default`
            (asked for an item, or else for something to start from).
        first: for calls, the first argument where it is a constant string.
        to: for `sink`, the refs of what was called, all of which must be known to be harmless.
    """

    what: str
    first: str = ""
    to: tuple[Ref, ...] = ()


VALUE = RefMode("value")
WRITE = RefMode("write")
BIND = RefMode("bind")
GROW = RefMode("grow")
EXTEND = RefMode("extend")
DEFAULT = RefMode("default")
TEXT = RefMode("text")
TEST = RefMode("test")


class Ref(NamedTuple):
    """A name and the steps taken from it.

    Attributes:
        kind: G global, D cell, N name of a class body or module, L local, I imported module, A attribute of anything.
        name: for I, "level:module", with ":" appended where the top-level package is meant.
    """

    kind: str
    name: str
    chain: Chain = ()

    def attribute(self, name: str) -> Ref:
        """Return what stands for an attribute of this."""
        return Ref(self.kind, self.name, (*self.chain, (False, name)))

    def item(self, key: object) -> Ref:
        """Return what stands for an item of this."""
        return Ref(self.kind, self.name, (*self.chain, (True, key)))

    def unknown(self, step: tuple[bool, object]) -> Ref:
        """Return what stands for a part of this of which only the kind is known."""
        return Ref(self.kind, self.name, (*self.chain, step))


class Taint(NamedTuple):
    """Computed from refs alone, by way of calls that must turn out to be harmless.

    Attributes:
        refs: each with what was called on the way.
        given: items that methods of refs gave, on their way to where they may be put back.
    """

    refs: frozenset[tuple[Ref, tuple[Ref, ...]]]
    given: frozenset[Outcome] = frozenset()


CLASS = Ref("A", "__class__")
"""The class of an object, as far as attributes go: `type(self)`, `cls` and `self.__class__` are alike."""


class Outcome(NamedTuple):
    """What calling a ref returned."""

    ref: Ref
    first: str


class Const(NamedTuple):
    """A constant."""

    value: object


def within(ref: Ref, own: Ref) -> bool:
    """Return whether `ref` is `own` or a part of it."""
    return ref[:2] == own[:2] and ref.chain[: len(own.chain)] == own.chain


# Name: how many values are taken, how many put.
FLOWS = {  # the result is computed from what was taken, and from nothing else
    "BINARY_SLICE": (3, 1),
    "COMPARE_OP": (2, 1),
    "CONVERT_VALUE": (1, 1),
    "FORMAT_SIMPLE": (1, 1),
    "FORMAT_WITH_SPEC": (2, 1),
    "IS_OP": (2, 1),
    "LIST_TO_TUPLE": (1, 1),
    "TO_BOOL": (1, 1),
    "UNARY_INVERT": (1, 1),
    "UNARY_NEGATIVE": (1, 1),
    "UNARY_NOT": (1, 1),
    "UNARY_POSITIVE": (1, 1),
}
FLOWS_BY_ARG: dict[str, Callable[[int], int]] = {
    "BUILD_CONST_KEY_MAP": lambda arg: arg + 1,
    "BUILD_LIST": lambda arg: arg,
    "BUILD_MAP": lambda arg: 2 * arg,
    "BUILD_SET": lambda arg: arg,
    "BUILD_SLICE": lambda arg: arg,
    "BUILD_STRING": lambda arg: arg,
    "BUILD_TUPLE": lambda arg: arg,
    "FORMAT_VALUE": lambda arg: 2 if arg & 4 else 1,
}
TAKES_BY_ARG: dict[str, Callable[[int], tuple[int, int]]] = {
    "RAISE_VARARGS": lambda arg: (arg, 0),
    "UNPACK_EX": lambda arg: (1, 1 + (arg & 255) + (arg >> 8)),
    "UNPACK_SEQUENCE": lambda arg: (1, arg),
}
TAKES = {  # the values taken are used
    "BEFORE_ASYNC_WITH": (1, 2),
    "BEFORE_WITH": (1, 2),
    "CALL_INTRINSIC_1": (1, 1),
    "CALL_INTRINSIC_2": (2, 1),
    "ASYNC_GEN_WRAP": (1, 1),
    "CHECK_EG_MATCH": (2, 2),
    "CHECK_EXC_MATCH": (1, 1),
    "END_ASYNC_FOR": (2, 0),
    "END_SEND": (2, 1),
    "PREP_RERAISE_STAR": (2, 1),
    "RERAISE": (1, 0),
    "CLEANUP_THROW": (3, 2),
    "DELETE_FAST": (0, 0),
    "DELETE_NAME": (0, 0),
    "DELETE_DEREF": (0, 0),
    "DICT_MERGE": (1, 0),
    "DICT_UPDATE": (1, 0),
    "GET_AITER": (1, 1),
    "GET_ANEXT": (0, 1),
    "GET_AWAITABLE": (1, 1),
    "GET_ITER": (1, 1),
    "GET_LEN": (0, 1),
    "GET_YIELD_FROM_ITER": (1, 1),
    "KW_NAMES": (0, 0),
    "LIST_APPEND": (1, 0),
    "LIST_EXTEND": (1, 0),
    "LOAD_ASSERTION_ERROR": (0, 1),
    "LOAD_BUILD_CLASS": (0, 1),
    "LOAD_CLOSURE": (0, 1),
    "LOAD_COMMON_CONSTANT": (0, 1),
    "LOAD_FAST_AND_CLEAR": (0, 1),
    "LOAD_LOCALS": (0, 1),
    "LOAD_SPECIAL": (1, 2),
    "MAP_ADD": (2, 0),
    "MATCH_CLASS": (3, 1),
    "MATCH_KEYS": (0, 1),
    "MATCH_MAPPING": (0, 1),
    "MATCH_SEQUENCE": (0, 1),
    "POP_EXCEPT": (1, 0),
    "POP_ITER": (1, 0),
    "PRINT_EXPR": (1, 0),
    "PUSH_EXC_INFO": (0, 1),
    "PUSH_NULL": (0, 1),
    "RETURN_GENERATOR": (0, 1),
    "RETURN_VALUE": (1, 0),
    "SETUP_ANNOTATIONS": (0, 0),
    "SET_ADD": (1, 0),
    "SET_FUNCTION_ATTRIBUTE": (2, 1),
    "SET_UPDATE": (1, 0),
    "STORE_FAST": (1, 0),
    "WITH_EXCEPT_START": (0, 1),
    "YIELD_VALUE": (1, 1),
}


def is_environment(ref: Ref) -> bool:
    """Return whether a ref looks like `os.environ`, a method of it, or `os.getenv`."""
    names = [ref.name, *(str(step) for _, step in ref.chain)]
    return names[-1] == "getenv" or "environ" in names[-2:]
