"""What a run does out of sight, or on the outside: said once, with the way out, where nothing stands for it."""

from __future__ import annotations

import os
from typing import Final

from ..computation import Computation
from ..model._errors import CheckpointWarning
from ..model._key import NoteKind, PartKind
from ..model.process._notices import notice_after
from ..observe import Observation

__all__ = ["tell_unseen", "unseeded"]

_FILES: Final = ("sqlite3.", "duckdb.", "_duckdb.")
_SERVERS: Final = (
    *("sqlalchemy.", "psycopg", "asyncpg.", "pymysql.", "mysql.", "MySQLdb.", "oracledb.", "cx_Oracle.", "pyodbc."),
    *("snowflake.", "databricks.", "clickhouse", "pymongo.", "motor."),
)


def tell_unseen(computation: Computation, observation: Observation) -> None:
    """Say once that what another program or a database gives is not seen, if nothing is declared to stand for it."""
    options = computation.recipe.options
    if computation.markers() or options.version is not None or options.expires is not None:
        return
    name = computation.recipe.name
    for started in observation.programs[:1]:
        text = f'{name} {started}, whose reads are not seen: declare them, watch=[File("data.csv"), Dir("images/")]'
        notice_after(CheckpointWarning, name, "program", text)
    for note in computation.notes:
        if note.kind is NoteKind.HANDLE and _is_database(note.what):
            text = f"{name} uses `{note.path}` ({note.what}), and what it reads there is not seen: declare what stands "
            notice_after(CheckpointWarning, name, "database", f'{text}for it, watch=[File("app.db")], or expires="1d"')
            return


def unseeded(observation: Observation) -> list[str]:
    """Return the random streams that a run drew from and that nobody has seeded: the next run finds them elsewhere."""
    drawn = [one.shown for one in observation.trace.names if one.kind is PartKind.STREAM]
    return [name for name in drawn if name not in observation.streams_after]


def _is_database(handle: str) -> bool:
    """Tell whether a handle leads to a database whose content does not count; one in memory counts by it."""
    return handle.startswith(_SERVERS) or (handle.startswith(_FILES) and os.sep in handle)
