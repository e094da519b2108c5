"""Small tables beside the entries: notes of JSON, by kind and name of a computation, with one row per key.

They tell of earlier times, and no result depends on them: a row that cannot be read is no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..model._entry import EntryStore
from ..model._identity import identity
from ..model.process._late import loading
from ..model.process._limits import make_room

__all__ = ["NoteTables", "Row", "read_table", "write_table"]

Row = dict[str, Any]
_MOST: Final = 1024  # tables of one store that a process remembers
_MOST_STORES: Final = 64  # each keeps a descriptor


def read_table(store: EntryStore, kind: str, name: str, fields: Mapping[str, type]) -> dict[str, Row]:
    """Return a table as it is in the store.

    Args:
        store: where it is.
        kind: what it is about.
        name: of the computation.
        fields: what each row must have, and of which type.
    """
    data = store.get_note(kind, name)
    if not data:
        return {}
    with loading:
        import json  # noqa: PLC0415  (few hits need it)

    try:
        table = json.loads(data)
    except ValueError:
        table = {}
    rows = table.items() if isinstance(table, dict) else ()
    return {key: row for key, row in rows if isinstance(row, dict) and _has(row, fields)}


def _has(row: Row, fields: Mapping[str, type]) -> bool:
    return all(isinstance(row.get(field), kind) for field, kind in fields.items())


def write_table(store: EntryStore, kind: str, name: str, table: Mapping[str, Row]) -> None:
    """Put a table into the store, in the place of what is there."""
    with loading:
        import json  # noqa: PLC0415  (no hit needs it)

    store.put_note(kind, name, json.dumps(table).encode())


class NoteTables:
    """The tables of one kind that this process has met: read once, then filled here.

    Args:
        kind: what they are about.
        fields: what each row must have, and of which type.
        kept: rows of a table; the oldest go.
    """

    def __init__(self, kind: str, fields: Mapping[str, type], kept: int) -> None:
        self._kind = kind
        self._fields = fields
        self._kept = kept
        self._met: dict[int, tuple[EntryStore, dict[str, dict[str, Row]]]] = {}
        """By store, tables by name; the store is kept, so that its identity is its own."""

    def of(self, store: EntryStore, name: str) -> dict[str, Row]:
        """Return the table of a computation, to be read and changed."""
        known = self._met.get(identity(store))
        if known is None:
            make_room(self._met, _MOST_STORES)
            known = self._met[identity(store)] = (store, {})
        tables = known[1]
        if name not in tables:
            make_room(tables, _MOST)
            tables[name] = read_table(store, self._kind, name, self._fields)
        return tables[name]

    def put(self, store: EntryStore, name: str, key: str, row: Row) -> None:
        """Make a row the newest of the table of a computation, in this process."""
        table = self.of(store, name)
        table.pop(key, None)
        table[key] = row
        while len(table) > self._kept:
            del table[next(iter(table))]

    def write(self, store: EntryStore, name: str) -> None:
        """Put the table of a computation into the store, as it is now."""
        write_table(store, self._kind, name, self.of(store, name))
