"""The meeting of the two rooms that know values and code: what a walk through values asks, code answers."""

from __future__ import annotations

from types import SimpleNamespace

from ..code import Plan, Slot, Walk
from ..model._key import Note, NoteKind
from ..model.process._asking import has, own_dict

__all__ = ["Walking", "narrowed"]


def narrowed(value: object, slot: Slot) -> object:
    """Return a namespace of the attributes that are read of a value, where nothing else of it can matter.

    So it is for plain namespaces (argparse, dataclasses) of which reached code reads attributes only: the rest of
    a configuration may change without a run.
    """
    cls = type(value)
    if not slot.only or not (cls is SimpleNamespace or has(cls, "__dataclass_fields__") or _is_argparse(cls)):
        return value
    own = own_dict(value)
    usual = cls is SimpleNamespace or cls.__getattribute__ is object.__getattribute__
    plain = usual and all(name in own and not _is_computed(cls, name) for name in slot.only)
    return SimpleNamespace(**{name: own[name] for name in slot.only}) if plain else value


def _is_computed(cls: type, name: str) -> bool:
    """Tell whether a class has a descriptor of that name, which would be asked in the place of the attribute."""
    return any(name in base.__dict__ and hasattr(base.__dict__[name], "__get__") for base in cls.__mro__)


def _is_argparse(cls: type) -> bool:
    return cls.__module__ == "argparse" and cls.__name__ == "Namespace"


class Walking:
    """Answers what `fingerprint` asks while it walks values (`_key.Resolver`), and remembers what was met.

    Attributes:
        plan: from which the walk's list of reached code starts.
        walk: that list, made when the first function or class is met in a value.
        met: top-level modules of library types.
        notes: handles, blind spots, complex attributes.
        codes: the functions, classes and modules that were met in values.
    """

    __slots__ = ("codes", "met", "notes", "plan", "walk")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.start()

    def start(self) -> None:
        """Begin a walk: nothing was met."""
        self.walk: Walk | None = None
        self.met: set[str] = set()
        self.notes: list[Note] = []
        self.codes: list[object] = []

    def code(self, value: object, /) -> bytes:
        """Return canonical bytes for a function, class or module in a value, and reach into it."""
        if self.walk is None:
            self.walk = Walk(self.plan)
            self.walk.pending()  # those of the root are looked at in any case
        self.codes.append(value)
        return self.walk.code(value)

    def library(self, module: str, /) -> None:
        """Count the version of a library of which a type was met."""
        self.met.add(module)

    def note(self, kind: NoteKind, path: str, what: str, /) -> None:
        """Take note of a handle, blind spot or complex attribute."""
        self.notes.append(Note(kind, path, what))

    def plans(self) -> list[Plan]:
        """Return the plans of all code that is reached, in order of discovery."""
        return [self.plan] if self.walk is None else self.walk.plans
