"""One abstract run over code: what becomes of the refs that its instructions take off the stack.

Whatever an instruction does with a ref that is not known to be harmless counts as use of its value, so that
ignorance costs a recomputation at worst, never a stale result.
"""

from __future__ import annotations

from collections.abc import Container
from types import CodeType

from .._instructions import Instruction, local_names
from ._refs import EXTEND, GROW, TEXT, VALUE, WRITE, Const, Outcome, Ref, RefMode, Taint, is_environment, within
from ._words import CHOOSES, GIVES, NAMERS

__all__ = ["BY_WAY", "AbstractRun", "Stack", "take"]

BY_WAY = frozenset({"NOP", "JUMP", "FOR_ITER", "SEND"})
"""Instructions that do nothing to the stack, or what depends on the way that is taken."""

Stack = tuple[object, ...]

_OPTIMIZED = 1


class AbstractRun:
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
        self.modes: dict[Ref, set[RefMode]] = {}
        self.notes: list[tuple[Ref | None, str]] = []
        self.nested: list[tuple[int, CodeType]] = []
        self.bound: list[frozenset[str]] = []
        self.reread: set[str] = set()
        self.filled: set[Ref] = set()
        self.attributes = False
        self.namers = NAMERS.intersection(code.co_names)
        plain = inside is None and not imports
        self.locals = [None] * len(self.fast) if plain else [self.local("L", name) for name in self.fast]

    # What becomes of a value.

    def note(self, ref: Ref, mode: RefMode) -> None:
        self.modes.setdefault(ref, set()).add(mode)
        if ref.kind == "I" and not ref.chain and ref.name.endswith(":") and "." in ref.name:
            self.note(ref._replace(name=ref.name[:-1]), mode)  # `import a.b` binds `a`, in which `b` is then found

    def use(self, value: object, mode: RefMode = VALUE, own: Ref | None = None) -> None:
        """Count a value as used; what flows back to `own` alone is not used by that."""
        if value is None or isinstance(value, Const):
            return
        if isinstance(value, Outcome):
            self.note(value.ref, RefMode("call", value.first))
        elif isinstance(value, Ref):
            self.note(value, WRITE if own is not None and within(value, own) else mode)
        elif isinstance(value, Taint):
            for ref, through in value.refs:
                if own is not None and within(ref, own):
                    chosen = any(one.name in CHOOSES for one in through)  # `best = max(best, n)` is no counter
                    self.note(ref, VALUE if chosen else RefMode("sink", "", through) if through else WRITE)
                    if len(ref.chain) > len(own.chain) and not is_environment(own):
                        self.note(ref, GROW)
                elif mode.what == "sink":
                    self.note(ref, RefMode("sink", "", tuple(sorted({*mode.to, *through}, key=repr))))
                else:
                    self.note(ref, mode)
            for one in value.given:
                back = own is not None and within(one.ref, own)
                self.note(one.ref, EXTEND if back else RefMode("call", one.first))

    def taint(self, values: Stack, through: tuple[Ref, ...] = ()) -> object:
        """Return what was computed from these values."""
        found: set[tuple[Ref, tuple[Ref, ...]]] = set()
        given: set[Outcome] = set()
        for value in values:
            if isinstance(value, Ref):
                found.add((value, through))
            elif isinstance(value, Taint):
                found.update((ref, tuple(sorted({*way, *through}, key=repr))) for ref, way in value.refs)
                given |= value.given
            elif isinstance(value, Outcome) and value.ref.chain[-1:] in GIVES:
                given.add(value)
            else:
                self.use(value)
        if through and given:
            self.use(Taint(frozenset(), frozenset(given)))
            given.clear()
        return Taint(frozenset(found), frozenset(given)) if found or given else None

    # Names.

    def is_bound(self, number: int, name: str) -> bool:
        """Return whether the code itself has bound the name by now, and remember that it reads it then."""
        if self.bound and name in self.bound[number]:
            self.reread.add(name)
            return True
        return False

    def name_in_text(self, number: int, name: str) -> None:
        """Count a name that stands inside of a text as read, as a frame finds it where the text is evaluated."""
        code = self.code
        if self.is_bound(number, name):
            return
        if name in code.co_freevars or name in code.co_cellvars:
            ref = self.local("D", name)
        elif name in code.co_varnames:
            ref = self.local("L", name)
        else:
            ref = Ref("G" if code.co_flags & _OPTIMIZED else "N", name)
        if isinstance(ref, Ref):
            self.note(ref, TEXT)

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


def take(stack: list[object], count: int) -> Stack:
    """Take values off the stack, the deepest first; below its known part lies anything."""
    if count == 0:
        return ()
    missing = count - len(stack)
    taken = (*[None] * missing, *stack) if missing > 0 else tuple(stack[-count:])
    del stack[-count:]
    return taken
