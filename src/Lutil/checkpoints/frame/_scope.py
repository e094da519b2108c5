"""The names of a running frame, read and written as its own code would.

Where a name lives:

| code | name | place |
|---|---|---|
| function | local, argument, cell, free variable | a slot of the frame |
| function | any other | globals, then builtins |
| module, class, exec | declared `global` | globals, then builtins |
| module, class, exec | any other | the namespace, then the cell around a class, then globals, then builtins |

Up to 3.12 slots are seen through a snapshot that the frame keeps until it ends. The snapshot is emptied after use,
because a `del big` in the body would otherwise free nothing; but not while somebody else holds it, as it is the
dictionary that the user's own `locals()` returned.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..model._errors import BlockError, UnknownNameError
from ..model.process._late import loading
from ._block_facts import facts
from ._location import location

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    from ._block_facts import Block, BlockFacts

__all__ = ["UNBOUND", "Namespace", "bound", "check_writable", "namespace", "read", "write"]

_SNAPSHOT = sys.version_info < (3, 13)
UNBOUND: Any = type("Unbound", (), {"__repr__": lambda _: "<unbound>", "__slots__": ()})()
"""Stands for the value of a name that has none; no value of the user's."""


class Namespace(Mapping[str, object]):
    """The names of a frame as they were when `namespace` was called: a mapping that resolves as its code does.

    Attributes:
        module: whether the names of the frame are the globals themselves, as in a module, cell or at a prompt. Ask here
            and not `frame.f_locals`, which up to 3.12 makes a snapshot that keeps every local alive.
    """

    __slots__ = ("_builtins", "_facts", "_frame", "_globals", "_locals", "module")

    def __init__(self, frame: types.FrameType) -> None:
        self._facts = facts(frame.f_code)
        self._frame = None if self._facts.optimized else frame
        self._locals: Mapping[str, object] = _slots(frame) if self._facts.optimized else frame.f_locals
        self._globals = frame.f_globals
        self.module = self._locals is self._globals
        self._builtins = frame.f_builtins

    def own(self, name: str, default: object = None) -> object:
        """Return what is bound in the place that an assignment in the block would bind, or the default."""
        return self._place(name).get(name, default)

    def bound(self, name: str) -> bool:
        """Tell whether a name is bound in the place that an assignment in the block would bind."""
        return name in self._place(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what a name means here, or the default where it means nothing."""
        value = self._find(name)
        return default if value is UNBOUND else value

    def __getitem__(self, name: str) -> object:
        value = self._find(name)
        if value is UNBOUND:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not UNBOUND

    def __iter__(self) -> Iterator[str]:
        around = self._frame.f_code.co_freevars if self._frame is not None else ()
        names = [*self._locals, *around, *self._globals, *self._builtins]
        return (name for name in dict.fromkeys(names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _place(self, name: str) -> Mapping[str, object]:
        return self._globals if _is_global(self._facts, name) else self._locals

    def _find(self, name: str) -> object:
        known = self._facts
        if known.optimized:
            if name in known.slots:
                return self._locals.get(name, UNBOUND)  # an unbound local hides a global of the same name
        elif name not in known.declared:
            if name in self._locals:
                return self._locals[name]
            if self._frame is not None and name in self._frame.f_code.co_freevars:
                return _around_class(self._frame, name)
        if name in self._globals:
            return self._globals[name]
        return self._builtins.get(name, UNBOUND)


def namespace(frame: types.FrameType) -> Namespace:
    """Return the names of a frame, to read several of them at the price of one."""
    return Namespace(frame)


def read(frame: types.FrameType, name: str) -> object:
    """Return what a name means in a frame: local, cell, global or builtin, as Python resolves it there.

    Raises:
        UnknownNameError: it means nothing, or it is a local that is not bound yet.
    """
    value = Namespace(frame).get(name, UNBOUND)
    if value is UNBOUND:
        known = facts(frame.f_code)
        what = "not bound" if known.optimized and name in known.slots else "not defined"
        raise UnknownNameError(f"`{name}` is {what} at {location(frame)}", name=name)
    return value


def bound(frame: types.FrameType, name: str) -> bool:
    """Tell whether a name is bound in the place that an assignment in the block would bind."""
    return Namespace(frame).bound(name)


def check_writable(frame: types.FrameType, block: Block, names: Collection[str], unbind: Collection[str] = ()) -> None:
    """Return if `write` can bind these names, and unbind those, as the block would; change nothing.

    Raises:
        BlockError: the block never assigns a name, it belongs to a function around a class body, or it is bound
            and this Python cannot unbind it from outside.
    """
    known = facts(frame.f_code)
    for name in names:
        if name not in block.writes and name not in block.later_writes and name != block.target:
            raise BlockError(f"`{name}` is produced but never assigned by the block at {location(frame)}")
    for name in (*names, *unbind):
        if not known.optimized and name in frame.f_code.co_freevars:
            raise BlockError(
                f"`{name}` belongs to the function around this class body, and cannot be assigned from the block at "
                f"{location(frame)}"
            )
    if unbind:
        _check_unbindable(frame, known, unbind)


def _check_unbindable(frame: types.FrameType, known: BlockFacts, names: Collection[str]) -> None:
    if sys.version_info < (3, 12) or not known.optimized:
        return
    here = Namespace(frame)
    for name in names:
        # From 3.12 on a load that follows a store does not look whether the slot is empty: CPython itself keeps
        # locals from being emptied from outside. Cells are still looked at; 3.13 has no way to them either.
        if _SNAPSHOT and name in (*frame.f_code.co_cellvars, *frame.f_code.co_freevars):
            continue
        if name in known.slots and here.bound(name):
            raise BlockError(
                f"`{name}` would have to be deleted at {location(frame)}, which Python "
                f"{sys.version_info[0]}.{sys.version_info[1]} lets only the function itself do"
            )


def write(frame: types.FrameType, values: Mapping[str, object], unbind: Collection[str] = ()) -> None:
    """Bind names in a frame as its own code would have, and unbind others; call `check_writable` first.

    Raises:
        BlockError: a local would have to be unbound and cannot be; nothing was written.
    """
    known = facts(frame.f_code)
    if unbind:
        _unbind(frame, known, unbind)
    if not known.optimized:
        place = frame.f_locals
        for name, value in values.items():
            (frame.f_globals if name in known.declared else place)[name] = value
        return
    slots = known.slots
    local = {name: value for name, value in values.items() if name in slots}
    if local:
        _write_slots(frame, local)
    if len(local) != len(values):
        frame.f_globals.update({name: value for name, value in values.items() if name not in slots})


def _unbind(frame: types.FrameType, known: BlockFacts, names: Collection[str]) -> None:
    _check_unbindable(frame, known, names)
    gone: list[str] = []
    for name in names:
        if _is_global(known, name):
            frame.f_globals.pop(name, None)
        elif known.optimized:
            gone.append(name)
        elif name in frame.f_locals:
            del frame.f_locals[name]
    if gone and _SNAPSHOT:  # later Pythons: they are unbound already, `_check_unbindable` has seen to it
        _empty_slots(frame, gone)


def _is_global(known: BlockFacts, name: str) -> bool:
    return name not in known.slots if known.optimized else name in known.declared


def _slots(frame: types.FrameType) -> Mapping[str, object]:
    """Return the bound slots of a function's frame."""
    if not _SNAPSHOT:
        return frame.f_locals
    snapshot = frame.f_locals
    values = snapshot.copy()
    if sys.getrefcount(snapshot) <= 3:  # the frame, this function, the call
        snapshot.clear()
    return values


if _SNAPSHOT:
    _to_slots: Callable[[types.FrameType, int], None] | None = None

    def _load() -> Callable[[types.FrameType, int], None]:
        """Return CPython's own way from the snapshot to the slots; ctypes is imported when first needed."""
        global _to_slots  # noqa: PLW0603 - one prototype per process
        with loading:
            import ctypes  # noqa: PLC0415 - 12 ms that only a hit in a function owes

        prototype = ctypes.PYFUNCTYPE(None, ctypes.py_object, ctypes.c_int)
        _to_slots = prototype(("PyFrame_LocalsToFast", ctypes.pythonapi))
        return _to_slots

    def _write_slots(frame: types.FrameType, values: dict[str, object]) -> None:
        to_slots = _to_slots or _load()
        snapshot = frame.f_locals  # once: a second look would undo what is set below
        alone = sys.getrefcount(snapshot) <= 3
        if alone:
            # A slot that the snapshot lacks is left as it is, so another thread's write to a shared cell survives.
            snapshot.clear()
        snapshot.update(values)
        to_slots(frame, 0)
        if alone:
            snapshot.clear()

    def _empty_slots(frame: types.FrameType, names: list[str]) -> None:
        to_slots = _to_slots or _load()
        snapshot = frame.f_locals
        for name in names:
            snapshot.pop(name, None)
        to_slots(frame, 1)
        if sys.getrefcount(snapshot) <= 3:
            snapshot.clear()

else:

    def _write_slots(frame: types.FrameType, values: dict[str, object]) -> None:
        slots = frame.f_locals
        for name, value in values.items():
            slots[name] = value


def _around_class(frame: types.FrameType, name: str) -> object:
    """Return the free variable of a class body from the function around it, which is waiting for the class."""
    outer = frame.f_back
    if outer is not None and any(constant is frame.f_code for constant in outer.f_code.co_consts):
        return Namespace(outer).get(name, UNBOUND)
    return UNBOUND
