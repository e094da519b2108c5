"""Blessing: an edit that its author declares harmless, so that the results of the code before it count again.

A blessing is a note beside the entries that leads from the salt of the present code to that of an earlier
one. It may be lost like any note: that costs a recomputation. It is never made unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..computation import Recipe
from ..model._entry import EntryStore
from ..model._errors import CheckpointError
from ..model._key import FORMAT_VERSION, PartKind
from ..model._outcome import Difference
from ..model.process._late import loading
from ..model.secrets._shown_text import lines_of, shown
from ._note_tables import read_table, write_table

if TYPE_CHECKING:
    from ..model._provenance import Provenance

__all__ = ["Blessing", "bless", "blessed_salts"]

_KIND: Final = "bless"
_FIELDS: Final = {"salt": str, "libraries": dict}
_NEWEST: Final = 256


class Blessing:
    """What was blessed.

    Attributes:
        name: of the computation.
        differences: what changed in its code and libraries since the version that counts again.
    """

    def __init__(
        self, recipe: Recipe, store: EntryStore, differences: tuple[Difference, ...], forget: Callable[[], None]
    ) -> None:
        self.name = recipe.name
        self.differences = differences
        self._recipe = recipe
        self._store = store
        self._forget = forget

    def __str__(self) -> str:
        with loading:
            from ._reasons import values_of  # noqa: PLC0415  (no hit needs it)

        lines = [f"{shown(self.name)}: results from before this change count again; undo() takes it back"]
        for item in self.differences:
            values = " -> ".join(values_of(item)) if item.before else ""
            lines.append(f"  {item.kind} {shown(item.path)} {values}".rstrip())
            lines += [f"    {line}" for line in lines_of(item.diff)]
        return "\n".join(lines)

    __repr__ = __str__

    def undo(self) -> None:
        """The results from before the change do not count any more."""
        table = read_table(self._store, _KIND, self.name, _FIELDS)
        table.pop(self._recipe.salt.hex(), None)
        write_table(self._store, _KIND, self.name, table)
        self._forget()


def bless(recipe: Recipe, store: EntryStore, forget: Callable[[], None]) -> Blessing:
    """Let the results of the newest earlier version count for this one; return what changed in between.

    Raises:
        CheckpointError: there is no entry of an earlier version.
    """
    with loading:
        from ._comparing import compare  # noqa: PLC0415  (no hit needs it)
        from ._history import earlier  # noqa: PLC0415

    salt = recipe.salt.hex()
    for _, found in islice(earlier(store, recipe.name, recipe.where), _NEWEST):
        if not found.salt or found.salt == salt or found.rules != FORMAT_VERSION:
            continue
        table = read_table(store, _KIND, recipe.name, _FIELDS)
        table[salt] = {"salt": found.salt, "libraries": _libraries(found)}
        write_table(store, _KIND, recipe.name, table)
        own = [part for part in recipe.parts() if part.kind in (PartKind.CODE, PartKind.LIBRARY)]
        before = [part for part in found.parts if part.kind in (PartKind.CODE, PartKind.LIBRARY)]
        return Blessing(recipe, store, compare(before, own), forget)
    raise CheckpointError(f"{recipe.name}: there is no entry of an earlier version that could count for this one")


def blessed_salts(recipe: Recipe, store: EntryStore) -> tuple[tuple[bytes, dict[str, str]], ...]:
    """Return the salts of earlier versions that count as well, newest first, each with its versions of libraries."""
    table = read_table(store, _KIND, recipe.name, _FIELDS)
    found: list[tuple[bytes, dict[str, str]]] = []
    salt = recipe.salt.hex()
    while (row := table.pop(salt, None)) is not None:
        salt = row["salt"]
        found.append((bytes.fromhex(salt), row["libraries"]))
    return tuple(found)


def _libraries(provenance: Provenance) -> dict[str, str]:
    return {part.path: part.preview for part in provenance.parts if part.kind is PartKind.LIBRARY}
