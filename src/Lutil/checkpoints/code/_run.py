"""What single instructions do to the abstract stack, and what becomes of the refs that they take off it.

Whatever an instruction does with a ref that is not known to be harmless counts as use of its value, so that
ignorance costs a recomputation at worst, never a stale result.
"""

from __future__ import annotations

import opcode
from collections.abc import Callable, Container
from types import CodeType

from ._instructions import HAS_METHOD_FLAG, Instruction, local_names
from ._refs import FLOWS, FLOWS_BY_ARG, TAKES, TAKES_BY_ARG, Const, Mode, Outcome, Ref, Taint, is_environment, within
from ._words import BINDS, DYNAMIC, GETATTR, IMPORTERS, LOADS, NULL_LAST, PURE_CALLS, SUBSCRIPT

__all__ = ["BINDS", "BY_WAY", "VALUE", "WRITE", "Run", "Stack", "take"]

BY_WAY = frozenset({"NOP", "JUMP", "FOR_ITER", "SEND"})
"""Instructions that do nothing to the stack, or what depends on the way that is taken."""

Stack = tuple[object, ...]

VALUE = Mode("value")
WRITE = Mode("write")
BIND = Mode("bind")


class Run:
    """One abstract run over a code object, or over the part of it that is `inside`."""

    def __init__(
        self, code: CodeType, instructions: list[Instruction], inside: Container[int] | None, imports: dict[str, Ref]
    ) -> None:
        self.code = code
        self.instructions = instructions
        self.names = code.co_names
        self.consts = code.co_consts
        self.fast = local_names(code)
        self.inside = inside
        self.imports = imports
        self.modes: dict[Ref, set[Mode]] = {}
        self.notes: list[tuple[Ref, str]] = []
        self.nested: list[tuple[int, CodeType]] = []
        self.bound: list[frozenset[str]] = []
        self.reread: set[str] = set()

    # What becomes of a value.

    def note(self, ref: Ref, mode: Mode) -> None:
        self.modes.setdefault(ref, set()).add(mode)

    def use(self, value: object, mode: Mode = VALUE, own: Ref | None = None) -> None:
        """Count a value as used; what flows back to `own` alone is not used by that."""
        if value is None or isinstance(value, Const):
            return
        if isinstance(value, Outcome):
            self.note(value.ref, Mode("call", value.first))
        elif isinstance(value, Ref):
            self.note(value, WRITE if own is not None and within(value, own) else mode)
        elif isinstance(value, Taint):
            for ref, through in value.refs:
                if own is not None and within(ref, own):
                    self.note(ref, Mode("sink", "", through) if through else WRITE)
                elif mode.what == "sink":
                    self.note(ref, Mode("sink", "", tuple(sorted({*mode.to, *through}, key=repr))))
                else:
                    self.note(ref, mode)

    def taint(self, values: Stack, through: tuple[Ref, ...] = ()) -> object:
        """Return what was computed from these values."""
        found: set[tuple[Ref, tuple[Ref, ...]]] = set()
        for value in values:
            if isinstance(value, Ref):
                found.add((value, through))
            elif isinstance(value, Taint):
                found.update((ref, tuple(sorted({*way, *through}, key=repr))) for ref, way in value.refs)
            else:
                self.use(value)
        return Taint(frozenset(found)) if found else None

    # One instruction.

    def step(self, number: int, name: str, stack: list[object]) -> None:
        """Do what an instruction does to the stack."""
        arg = self.instructions[number][2]
        special = _STEPS.get(name)
        if special is not None:
            special(self, number, arg, stack)
        elif name in FLOWS or name in FLOWS_BY_ARG:
            count = FLOWS[name][0] if name in FLOWS else FLOWS_BY_ARG[name](arg)
            stack.append(self.taint(take(stack, count)))
        elif name in TAKES or name in TAKES_BY_ARG:
            count, put = TAKES[name] if name in TAKES else TAKES_BY_ARG[name](arg)
            for value in take(stack, count):
                self.use(value)
            stack.extend([None] * put)
        else:
            self._unknown(name, arg, stack)

    def _unknown(self, name: str, arg: int, stack: list[object]) -> None:
        """Count everything on the stack as used, and put its depth right."""
        for value in stack:
            self.use(value)
        number = opcode.opmap.get(name)
        change = 0
        if number is not None:
            change = opcode.stack_effect(number, arg if number >= opcode.HAVE_ARGUMENT else None)
        stack[:] = [None] * max(0, len(stack) + change)

    def load(self, number: int, arg: int, stack: list[object]) -> None:
        name = self.instructions[number][1]
        kind = LOADS[name]
        if kind == "G":
            text = self.names[arg >> 1]
            loaded = None if self.is_bound(number, text) else Ref("G", text)
            # Before 3.13 the empty place for `self` comes first, from then on last.
            stack.extend([loaded] if not arg & 1 else [loaded, None] if NULL_LAST else [None, loaded])
            return
        if name.startswith("LOAD_FROM_DICT"):
            take(stack, 1)
        text = self.names[arg] if kind == "N" else self.fast[arg]
        stack.append(None if self.is_bound(number, text) else self.local(kind, text))

    def is_bound(self, number: int, name: str) -> bool:
        """Return whether the code itself has bound the name by now, and remember that it reads it then."""
        if self.bound and name in self.bound[number]:
            self.reread.add(name)
            return True
        return False

    def local(self, kind: str, name: str) -> object:
        """Return what a local, cell or class-body name stands for."""
        if kind == "L" and (name in self.code.co_cellvars or name in self.code.co_freevars):
            return None  # from 3.13 on, the cell itself on its way into a closure
        if name in self.imports:
            return self.imports[name]
        if kind == "L" and self.inside is None:
            return None
        if kind == "D" and name in self.code.co_cellvars and self.inside is None:
            return None
        return Ref(kind, name)

    def load_const(self, number: int, arg: int, stack: list[object]) -> None:
        value = self.consts[arg]
        if isinstance(value, CodeType):
            if (number, value) not in self.nested:
                self.nested.append((number, value))
            stack.append(None)
        else:
            stack.append(Const(value))

    def load_small_int(self, _: int, arg: int, stack: list[object]) -> None:
        stack.append(Const(arg))

    def attribute(self, number: int, arg: int, stack: list[object]) -> None:
        method = self.instructions[number][1] == "LOAD_METHOD" or (HAS_METHOD_FLAG and arg & 1)
        name = self.names[arg >> 1 if HAS_METHOD_FLAG else arg]
        (value,) = take(stack, 1)
        got = value._replace(chain=(*value.chain, (False, name))) if isinstance(value, Ref) else self.taint((value,))
        stack.extend([got, None] if method else [got])

    def super_attribute(self, _: int, arg: int, stack: list[object]) -> None:
        for value in take(stack, 3):
            self.use(value)
        stack.extend([None, None] if arg & 1 else [None])

    def subscript(self, number: int, arg: int, stack: list[object]) -> None:
        if self.instructions[number][1] == "BINARY_OP" and arg != SUBSCRIPT:
            left, right = take(stack, 2)
            stack.append(self.taint((left, right)))
            return
        value, key = take(stack, 2)
        if isinstance(value, Ref) and isinstance(key, Const) and type(key.value) in (str, int):
            stack.append(value._replace(chain=(*value.chain, (True, key.value))))
        elif isinstance(value, Ref) and isinstance(key, Ref) and is_environment(value):
            stack.append(self.variable(value, key))
        else:
            stack.append(self.taint((value, key)))

    def contains(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        key, value = take(stack, 2)
        if isinstance(value, Ref) and isinstance(key, Const) and isinstance(key.value, str):
            self.note(value._replace(chain=(*value.chain, (False, "__contains__"))), Mode("call", key.value))
            stack.append(None)
        else:
            stack.append(self.taint((key, value)))

    def copy(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        stack.append(stack[-arg] if arg <= len(stack) else None)

    def swap(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        if arg <= len(stack):
            stack[-1], stack[-arg] = stack[-arg], stack[-1]

    def pop(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        (value,) = take(stack, 1)
        if isinstance(value, Outcome):
            self.note(value.ref, Mode("drop", value.first))
        elif isinstance(value, Ref):
            self.note(value, Mode("sink"))

    def bind(self, number: int, arg: int, stack: list[object]) -> None:
        name = self.instructions[number][1]
        kind = BINDS[name]
        text = self.names[arg] if kind in "GN" else self.fast[arg]
        target = self.local(kind, text)
        value = None if name.startswith("DELETE") else take(stack, 1)[0]
        if isinstance(target, Ref) and target.kind == "I":
            return
        if isinstance(target, Ref):
            # What a block binds is what it produces: there even `n += 1` reads `n`.
            self.use(value, own=target if self.inside is None else None)
            self.note(target, BIND)
        else:
            self.use(value)

    def store_attribute(self, number: int, arg: int, stack: list[object]) -> None:
        delete = self.instructions[number][1] == "DELETE_ATTR"
        (owner,) = take(stack, 1)
        value = None if delete else take(stack, 1)[0]
        if isinstance(owner, Ref):
            target = owner._replace(chain=(*owner.chain, (False, self.names[arg])))
            self.use(value, own=target)
            self.note(target, BIND)
        else:
            self.use(owner)
            self.use(value)

    def store_item(self, number: int, arg: int, stack: list[object]) -> None:
        del arg
        name = self.instructions[number][1]
        keys = 2 if name == "STORE_SLICE" else 1
        taken = take(stack, keys + (1 if name == "DELETE_SUBSCR" else 2))
        owner = taken[-keys - 1]
        own = owner if isinstance(owner, Ref) else None
        for value in (*taken[: -keys - 1], *taken[-keys:]):
            self.use(value, own=own)
        if own is not None:
            self.note(own, WRITE)
        else:
            self.use(owner)

    def end_for(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        take(stack, -opcode.stack_effect(opcode.opmap["END_FOR"]))

    def test(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        self.use(stack[-1] if stack else None)

    def import_name(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        level, names = take(stack, 2)
        depth = level.value if isinstance(level, Const) else 0
        listed = isinstance(names, Const) and names.value
        top = "" if listed else ":"
        stack.append(Ref("I", f"{depth}:{self.names[arg]}{top}"))

    def import_from(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        value = stack[-1] if stack else None
        step = (False, self.names[arg])
        stack.append(value._replace(chain=(*value.chain, step)) if isinstance(value, Ref) else None)

    def make_function(self, _: int, arg: int, stack: list[object]) -> None:
        for value in take(stack, 1 + arg.bit_count()):
            self.use(value)
        stack.append(None)

    def call(self, number: int, arg: int, stack: list[object]) -> None:
        if self.instructions[number][1] == "CALL_KW":
            take(stack, 1)
        taken = take(stack, arg + 2)
        callee, other, arguments = taken[0], taken[1], taken[2:]
        if callee is None:
            callee, other = other, None
        if other is not None:
            arguments = (other, *arguments)
        stack.append(self.result(callee, arguments))

    def call_ex(self, number: int, arg: int, stack: list[object]) -> None:
        # From 3.13 on the empty place stands above the callable, before that below it.
        del number
        taken = take(stack, 3 + (arg & 1))
        count = 1 + (arg & 1)
        arguments = taken[-count:]
        callee = taken[0] if taken[0] is not None else taken[1]
        stack.append(self.result(callee, arguments))

    def result(self, callee: object, arguments: Stack) -> object:
        """Return what a call gives, having counted what it is given."""
        if not isinstance(callee, Ref):
            self.use(callee)
            for value in arguments:
                self.use(value)
            return None
        first = arguments[0].value if arguments and isinstance(arguments[0], Const) else ""
        first = first if isinstance(first, str) else ""
        if callee == GETATTR:
            return self.get_attribute(callee, arguments)
        if callee.kind in ("G", "N") and not callee.chain and callee.name in PURE_CALLS:
            self.note(callee, Mode("call", first))
            return self.taint(arguments, (callee,))
        last = str(callee.chain[-1][1]) if callee.chain else callee.name
        if last in IMPORTERS and first:
            self.note(callee, Mode("call", first))
            return Ref("I", f"0:{first}" + (":" if last == "__import__" else ""))
        if arguments and isinstance(arguments[0], Ref) and is_environment(callee):
            for value in arguments[1:]:
                self.use(value)
            return self.variable(callee, arguments[0])
        if last in DYNAMIC:
            self.notes.append((callee, f"{last}(...)"))
        # What `builtins.len` says of a value is not followed further.
        mode = VALUE if last in PURE_CALLS else Mode("sink", "", (callee,))
        for value in arguments:
            self.use(value, mode)
        return Outcome(callee, first)

    def variable(self, environment: Ref, name: Ref) -> object:
        """Return the environment variable that a constant of the project names."""
        self.note(environment, Mode("call", "", (name,)))
        self.use(name)
        return None

    def get_attribute(self, callee: Ref, arguments: Stack) -> object:
        """Return the attribute that `getattr` with a constant name gives; any other use is a dynamic place."""
        self.note(callee, Mode("call"))
        if len(arguments) >= 2 and isinstance(arguments[0], Ref):
            name = arguments[1].value if isinstance(arguments[1], Const) else None
            if isinstance(name, str):
                if len(arguments) > 2:
                    self.use(arguments[2])
                owner = arguments[0]
                return owner._replace(chain=(*owner.chain, (False, name)))
        self.notes.append((callee, "getattr(...)"))
        for value in arguments:
            self.use(value)
        return None


_STEPS: dict[str, Callable[[Run, int, int, list[object]], None]] = {
    **dict.fromkeys(LOADS, Run.load),
    **dict.fromkeys(BINDS, Run.bind),
    "BINARY_SUBSCR": Run.subscript,
    "BINARY_OP": Run.subscript,
    "CONTAINS_OP": Run.contains,
    "CALL": Run.call,
    "END_FOR": Run.end_for,
    "JUMP_IF_FALSE_OR_POP": Run.test,
    "JUMP_IF_TRUE_OR_POP": Run.test,
    "CALL_KW": Run.call,
    "CALL_FUNCTION_EX": Run.call_ex,
    "COPY": Run.copy,
    "DELETE_ATTR": Run.store_attribute,
    "DELETE_SUBSCR": Run.store_item,
    "IMPORT_FROM": Run.import_from,
    "IMPORT_NAME": Run.import_name,
    "LOAD_ATTR": Run.attribute,
    "LOAD_CONST": Run.load_const,
    "LOAD_CONST_IMMORTAL": Run.load_const,
    "LOAD_METHOD": Run.attribute,
    "LOAD_SMALL_INT": Run.load_small_int,
    "LOAD_SUPER_ATTR": Run.super_attribute,
    "MAKE_FUNCTION": Run.make_function,
    "POP_TOP": Run.pop,
    "STORE_ATTR": Run.store_attribute,
    "STORE_SLICE": Run.store_item,
    "STORE_SUBSCR": Run.store_item,
    "SWAP": Run.swap,
}


def take(stack: list[object], count: int) -> Stack:
    """Take values off the stack, the deepest first; below its known part lies anything."""
    if count == 0:
        return ()
    missing = count - len(stack)
    taken = (*[None] * missing, *stack) if missing > 0 else tuple(stack[-count:])
    del stack[-count:]
    return taken
