"""The notice of declared objects that hold an instance of a class without a rule: which it is, and the ways out."""

from __future__ import annotations

from ..computation import Computation, is_below, joined
from ..fingerprint import holder_of
from ..model._errors import ComplexParamsIdentifyWarning
from ..model._key import Note, NoteKind
from ..model.process._notices import notice

__all__ = ["tell_complex"]


def tell_complex(computation: Computation) -> None:
    """Warn, once per class, of declared objects with attributes of a class without a rule."""
    for note in computation.notes:
        if note.kind is NoteKind.COMPLEX_ATTRIBUTE and (held := _holder(computation, note)) is not None:
            owner, path = held
            notice(
                ComplexParamsIdentifyWarning,
                "",
                note.what,
                f"A complicated object is an attribute of {owner}, it may cause mistake when detecting whether "
                f"there is checkpoint for this call. `{path}` is of class {note.what}, which no rule is known for: "
                "it is compared by its attributes. Where these do not tell all, give the class a `__fingerprint__` "
                "method, register a rule for it with `Lutil.checkpoints.register`, or leave it out with "
                f'ignore=["{path}"]',
            )


def _holder(computation: Computation, note: Note) -> tuple[str, str] | None:
    """Return the declared object that has the attribute, as Python prints one, and the path of the attribute.

    No method of the object is called for that: its own `__repr__` may say what is secret, or take long.
    """
    declared = False
    for item, value in zip(computation.recipe.inputs, computation.values, strict=True):
        if note.path == item.path or is_below(note.path, item.path):
            declared = True
            without = [joined(item.path, rest) for rest in item.without]
            found = holder_of(value, note.what, item.path, without)
            if found is not None:
                return object.__repr__(found[0]), found[1]
    return (note.path.rpartition(".")[0] or note.path, note.path) if declared else None
