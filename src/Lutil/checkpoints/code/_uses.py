"""Which names code reads, and what becomes of each value: an abstract run of the bytecode's stack.

Whatever an instruction does with a ref that is not known to be harmless counts as use of its value, so that
ignorance costs a recomputation at worst, never a stale result.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Callable, Container, Mapping
from types import CodeType
from typing import NamedTuple

from ._instructions import HAS_METHOD_FLAG, Instruction, handlers, local_names, successors
from ._refs import FLOWS, FLOWS_BY_ARG, TAKES, TAKES_BY_ARG, Const, Mode, Outcome, Ref, Taint, within

__all__ = ["Uses", "find_uses"]


class Uses(NamedTuple):
    """What a code object does with names.

    Attributes:
        modes: for each ref, what becomes of it.
        notes: dynamic places, in words.
        nested: nested code objects, each with the index of the instruction that loads it.
        imports: locals that are bound by import statements only, and what to.
        bound: for each instruction, the names that the code itself has bound before.
    """

    modes: dict[Ref, set[Mode]]
    notes: list[tuple[Ref, str]]
    nested: list[tuple[int, CodeType]]
    imports: dict[str, Ref]
    bound: list[frozenset[str]]


Stack = tuple[object, ...]

_VALUE = Mode("value")
_WRITE = Mode("write")
_BIND = Mode("bind")
_PURE_CALLS = frozenset({"len", "str", "repr", "int", "float", "bool", "sum", "min", "max", "round", "abs", "type"})
_GETATTR = Ref("G", "getattr")
_IMPORTERS = frozenset({"import_module", "__import__"})
_DYNAMIC = frozenset({"eval", "exec", "globals", "__import__", "import_module"})

_LOADS = {
    "LOAD_GLOBAL": "G",
    "LOAD_NAME": "N",
    "LOAD_DEREF": "D",
    "LOAD_CLASSDEREF": "D",
    "LOAD_FAST": "L",
    "LOAD_FROM_DICT_OR_GLOBALS": "N",
    "LOAD_FROM_DICT_OR_DEREF": "D",
}
_BINDS = {
    "STORE_GLOBAL": "G",
    "STORE_NAME": "N",
    "STORE_DEREF": "D",
    "STORE_FAST": "L",
    "DELETE_GLOBAL": "G",
}
_NULL_LAST = sys.version_info >= (3, 13)
_SUBSCRIPT = 26
"""From 3.14 on a subscript is BINARY_OP with this argument."""


class _Run:
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

    def use(self, value: object, mode: Mode = _VALUE, own: Ref | None = None) -> None:
        """Count a value as used; what flows back to `own` alone is not used by that."""
        if value is None or isinstance(value, Const):
            return
        if isinstance(value, Outcome):
            self.note(value.ref, Mode("call", value.first))
        elif isinstance(value, Ref):
            self.note(value, _WRITE if own is not None and within(value, own) else mode)
        elif isinstance(value, Taint):
            for ref, through in value.refs:
                if own is not None and within(ref, own):
                    self.note(ref, Mode("sink", "", through) if through else _WRITE)
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

    def step(self, number: int, stack: list[object]) -> None:
        """Do what the instruction does to the stack."""
        _, name, arg, _ = self.instructions[number]
        if name in _BY_WAY:
            return
        special = _STEPS.get(name)
        if special is not None:
            special(self, number, arg, stack)
        elif name in FLOWS or name in FLOWS_BY_ARG:
            count = FLOWS[name][0] if name in FLOWS else FLOWS_BY_ARG[name](arg)
            stack.append(self.taint(_take(stack, count)))
        elif name in TAKES or name in TAKES_BY_ARG:
            count, put = TAKES[name] if name in TAKES else TAKES_BY_ARG[name](arg)
            for value in _take(stack, count):
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
        kind = _LOADS[name]
        if kind == "G":
            text = self.names[arg >> 1]
            loaded = None if self.is_bound(number, text) else Ref("G", text)
            # Before 3.13 the empty place for `self` comes first, from then on last.
            stack.extend([loaded] if not arg & 1 else [loaded, None] if _NULL_LAST else [None, loaded])
            return
        if name.startswith("LOAD_FROM_DICT"):
            _take(stack, 1)
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

    def load_small_int(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        stack.append(Const(arg))

    def attribute(self, number: int, arg: int, stack: list[object]) -> None:
        method = self.instructions[number][1] == "LOAD_METHOD" or (HAS_METHOD_FLAG and arg & 1)
        name = self.names[arg >> 1 if HAS_METHOD_FLAG else arg]
        (value,) = _take(stack, 1)
        got = value._replace(chain=(*value.chain, (False, name))) if isinstance(value, Ref) else self.taint((value,))
        stack.extend([got, None] if method else [got])

    def super_attribute(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        for value in _take(stack, 3):
            self.use(value)
        stack.extend([None, None] if arg & 1 else [None])

    def subscript(self, number: int, arg: int, stack: list[object]) -> None:
        if self.instructions[number][1] == "BINARY_OP" and arg != _SUBSCRIPT:
            left, right = _take(stack, 2)
            stack.append(self.taint((left, right)))
            return
        value, key = _take(stack, 2)
        if isinstance(value, Ref) and isinstance(key, Const) and type(key.value) in (str, int):
            stack.append(value._replace(chain=(*value.chain, (True, key.value))))
        else:
            stack.append(self.taint((value, key)))

    def contains(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        key, value = _take(stack, 2)
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
        (value,) = _take(stack, 1)
        if isinstance(value, Outcome):
            self.note(value.ref, Mode("drop", value.first))
        elif isinstance(value, Ref):
            self.note(value, Mode("sink"))

    def bind(self, number: int, arg: int, stack: list[object]) -> None:
        name = self.instructions[number][1]
        kind = _BINDS[name]
        text = self.names[arg] if kind in "GN" else self.fast[arg]
        target = self.local(kind, text)
        value = None if name.startswith("DELETE") else _take(stack, 1)[0]
        if isinstance(target, Ref) and target.kind == "I":
            return
        if isinstance(target, Ref):
            # What a block binds is what it produces: there even `n += 1` reads `n`.
            self.use(value, own=target if self.inside is None else None)
            self.note(target, _BIND)
        else:
            self.use(value)

    def store_attribute(self, number: int, arg: int, stack: list[object]) -> None:
        delete = self.instructions[number][1] == "DELETE_ATTR"
        (owner,) = _take(stack, 1)
        value = None if delete else _take(stack, 1)[0]
        if isinstance(owner, Ref):
            target = owner._replace(chain=(*owner.chain, (False, self.names[arg])))
            self.use(value, own=target)
            self.note(target, _BIND)
        else:
            self.use(owner)
            self.use(value)

    def store_item(self, number: int, arg: int, stack: list[object]) -> None:
        del arg
        name = self.instructions[number][1]
        keys = 2 if name == "STORE_SLICE" else 1
        taken = _take(stack, keys + (1 if name == "DELETE_SUBSCR" else 2))
        owner = taken[-keys - 1]
        own = owner if isinstance(owner, Ref) else None
        for value in (*taken[: -keys - 1], *taken[-keys:]):
            self.use(value, own=own)
        if own is not None:
            self.note(own, _WRITE)
        else:
            self.use(owner)

    def end_for(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        _take(stack, -opcode.stack_effect(opcode.opmap["END_FOR"]))

    def test(self, number: int, arg: int, stack: list[object]) -> None:
        del number, arg
        self.use(stack[-1] if stack else None)

    def import_name(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        level, names = _take(stack, 2)
        depth = level.value if isinstance(level, Const) else 0
        listed = isinstance(names, Const) and names.value
        top = "" if listed else ":"
        stack.append(Ref("I", f"{depth}:{self.names[arg]}{top}"))

    def import_from(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        value = stack[-1] if stack else None
        step = (False, self.names[arg])
        stack.append(value._replace(chain=(*value.chain, step)) if isinstance(value, Ref) else None)

    def make_function(self, number: int, arg: int, stack: list[object]) -> None:
        del number
        for value in _take(stack, 1 + arg.bit_count()):
            self.use(value)
        stack.append(None)

    def call(self, number: int, arg: int, stack: list[object]) -> None:
        if self.instructions[number][1] == "CALL_KW":
            _take(stack, 1)
        taken = _take(stack, arg + 2)
        callee, other, arguments = taken[0], taken[1], taken[2:]
        if callee is None:
            callee, other = other, None
        if other is not None:
            arguments = (other, *arguments)
        stack.append(self.result(callee, arguments))

    def call_ex(self, number: int, arg: int, stack: list[object]) -> None:
        # From 3.13 on the empty place stands above the callable, before that below it.
        del number
        taken = _take(stack, 3 + (arg & 1))
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
        if callee == _GETATTR:
            return self.get_attribute(callee, arguments)
        if callee.kind == "G" and not callee.chain and callee.name in _PURE_CALLS:
            self.note(callee, Mode("call", first))
            return self.taint(arguments, (callee,))
        last = str(callee.chain[-1][1]) if callee.chain else callee.name
        if last in _IMPORTERS and first:
            self.note(callee, Mode("call", first))
            return Ref("I", f"0:{first}" + (":" if last == "__import__" else ""))
        if last in _DYNAMIC:
            self.notes.append((callee, f"{last}(...)"))
        for value in arguments:
            self.use(value, Mode("sink", "", (callee,)))
        return Outcome(callee, first)

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


_STEPS: dict[str, Callable[[_Run, int, int, list[object]], None]] = {
    **dict.fromkeys(_LOADS, _Run.load),
    **dict.fromkeys(_BINDS, _Run.bind),
    "BINARY_SUBSCR": _Run.subscript,
    "BINARY_OP": _Run.subscript,
    "CONTAINS_OP": _Run.contains,
    "CALL": _Run.call,
    "END_FOR": _Run.end_for,
    "JUMP_IF_FALSE_OR_POP": _Run.test,
    "JUMP_IF_TRUE_OR_POP": _Run.test,
    "CALL_KW": _Run.call,
    "CALL_FUNCTION_EX": _Run.call_ex,
    "COPY": _Run.copy,
    "DELETE_ATTR": _Run.store_attribute,
    "DELETE_SUBSCR": _Run.store_item,
    "IMPORT_FROM": _Run.import_from,
    "IMPORT_NAME": _Run.import_name,
    "LOAD_ATTR": _Run.attribute,
    "LOAD_CONST": _Run.load_const,
    "LOAD_CONST_IMMORTAL": _Run.load_const,
    "LOAD_METHOD": _Run.attribute,
    "LOAD_SMALL_INT": _Run.load_small_int,
    "LOAD_SUPER_ATTR": _Run.super_attribute,
    "MAKE_FUNCTION": _Run.make_function,
    "POP_TOP": _Run.pop,
    "STORE_ATTR": _Run.store_attribute,
    "STORE_SLICE": _Run.store_item,
    "STORE_SUBSCR": _Run.store_item,
    "SWAP": _Run.swap,
}


def _take(stack: list[object], count: int) -> Stack:
    """Take values off the stack, the deepest first; below its known part lies anything."""
    if count == 0:
        return ()
    missing = count - len(stack)
    taken = (*[None] * missing, *stack) if missing > 0 else tuple(stack[-count:])
    del stack[-count:]
    return taken


def find_uses(
    code: CodeType,
    instructions: list[Instruction],
    *,
    inside: Container[int] | None = None,
    imports: Mapping[str, Ref] | None = None,
) -> Uses:
    """Return what code, or the part of it that is `inside`, does with names.

    Args:
        code: the code object.
        instructions: as `prepared` gives them.
        inside: offsets of a block; its names are then those of the scope that it stands in.
        imports: what the cells of an enclosing function are bound to by import statements only.
    """
    edges = successors(instructions)
    own = _imports(code, instructions, inside)
    run = _Run(code, instructions, inside, {**(imports or {}), **own})
    run.bound = _bound(code, instructions, edges, inside)
    index = {instruction[0]: number for number, instruction in enumerate(instructions)}
    start = 0 if inside is None else next((n for n, one in enumerate(instructions) if one[0] in inside), 0)
    before: dict[int, Stack] = {}
    waiting: list[tuple[int, Stack]] = [(start, ())]
    for row in handlers(code):
        if row.target in index and (inside is None or row.target in inside):
            waiting.insert(0, (index[row.target], (None,) * (row.depth + row.lasti + 1)))
    while waiting:
        number, stack = waiting.pop()
        if inside is not None and instructions[number][0] not in inside:
            continue
        known = before.get(number)
        if known is not None:
            joined = _join(run, known, stack)
            if joined == known:
                continue
            stack = joined
        before[number] = stack
        after = list(stack)
        run.step(number, after)
        following = edges[number]
        for place, other in enumerate(following):
            jumps = place == len(following) - 1 and instructions[number][3] >= 0
            waiting.append((other, _after(instructions[number], after, jumps=jumps)))
    for ref, modes in run.modes.items():
        if _WRITE in modes and ref.name in run.reread:
            modes.add(_VALUE)  # `n += 1`, and `n` is read afterwards
    return Uses(run.modes, run.notes, run.nested, run.imports, run.bound)


_BY_WAY = frozenset({"NOP", "JUMP", "FOR_ITER", "SEND"})
_JUMP_OR_POP = frozenset({"JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP"})


def _after(instruction: Instruction, stack: list[object], *, jumps: bool) -> Stack:
    """Return the stack on one way out of an instruction whose effect depends on the way."""
    name = instruction[1]
    if name == "FOR_ITER":
        if jumps and not _EXHAUSTED_KEEPS:
            return tuple(stack[:-1])
        return (*stack, None)
    if name == "SEND" and jumps and not _EXHAUSTED_KEEPS:
        return tuple(stack[:-1])
    if name in _JUMP_OR_POP and not jumps:
        return tuple(stack[:-1])
    return tuple(stack)


_EXHAUSTED_KEEPS = "END_FOR" in opcode.opmap
"""From 3.12 on an exhausted iterator is taken off the stack by an instruction of its own."""


def _join(run: _Run, left: Stack, right: Stack) -> Stack:
    """Return the stack where two ways meet: what came from several refs came from each of them."""
    if left == right:
        return left
    # Depths differ only where something unknown was met; the deeper part was counted as used there.
    depth = min(len(left), len(right))
    left, right = left[len(left) - depth :], right[len(right) - depth :]
    return tuple(one if one == other else run.taint((one, other)) for one, other in zip(left, right, strict=True))


def _imports(code: CodeType, instructions: list[Instruction], inside: Container[int] | None) -> dict[str, Ref]:
    """Return the local names that are bound by one import statement and by nothing else."""
    if not any(instruction[1] == "IMPORT_NAME" for instruction in instructions):
        return {}
    fast, names = local_names(code), code.co_names
    run = _Run(code, instructions, inside, {})
    found: dict[str, Ref | None] = {}
    stack: list[object] = []
    parameters = code.co_argcount + code.co_kwonlyargcount
    for number, (_, name, arg, _) in enumerate(instructions):
        if name == "LOAD_CONST":
            stack.append(Const(code.co_consts[arg]))
        elif name in ("IMPORT_NAME", "IMPORT_FROM", "SWAP"):
            run.step(number, stack)
        elif name in _BINDS and name != "STORE_GLOBAL" and (inside is None or name != "STORE_NAME"):
            text = names[arg] if name in ("STORE_NAME", "DELETE_GLOBAL") else fast[arg]
            value = stack.pop() if stack else None
            ref = value if isinstance(value, Ref) and value.kind == "I" else None
            found[text] = ref if found.get(text, ref) == ref else None
        elif name == "POP_TOP":
            _take(stack, 1)
        elif name != "NOP":
            stack.clear()
    taken = set(code.co_varnames[:parameters])
    return {name: ref for name, ref in found.items() if ref is not None and name not in taken}


def _bound(
    code: CodeType, instructions: list[Instruction], edges: list[tuple[int, ...]], inside: Container[int] | None
) -> list[frozenset[str]]:
    """Return, for each instruction, the names that the code itself has bound before on every way there."""
    # What a function binds of its own are no inputs anyway.
    local_scope = inside is None and code.co_flags & _OPTIMIZED
    kinds = frozenset({"STORE_GLOBAL"}) if local_scope else _STORES
    if not any(instruction[1] in kinds for instruction in instructions):
        return []
    fast, names = local_names(code), code.co_names
    index = {instruction[0]: number for number, instruction in enumerate(instructions)}
    rows = [(row, index[row.target]) for row in handlers(code) if row.target in index]
    start = 0 if inside is None else next((n for n, one in enumerate(instructions) if one[0] in inside), 0)
    state: list[frozenset[str] | None] = [None] * len(instructions)
    state[start] = frozenset()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        offset, name, arg, _ = instructions[number]
        if inside is not None and offset not in inside:
            continue
        held = state[number] or frozenset()
        ways = [(target, held) for row, target in rows if row.start <= offset < row.end]
        text = names[arg] if name in _BY_NAME else fast[arg] if name in _BY_PLACE else ""
        if name in kinds:
            held |= {text}
        elif text and name.startswith("DELETE"):
            held -= {text}
        for other, reached in [*ways, *[(other, held) for other in edges[number]]]:
            known = state[other]
            merged = reached if known is None else known & reached
            if merged != known:
                state[other] = merged
                waiting.append(other)
    return [one or frozenset() for one in state]


_OPTIMIZED = 1
_BY_NAME = frozenset({"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL"})
_BY_PLACE = frozenset({"STORE_FAST", "STORE_DEREF", "DELETE_FAST", "DELETE_DEREF"})
_STORES = frozenset({"STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF"})
