"""SQLAlchemy: rows by their mapped columns, statements by their compiled text and parameters, tables by their schema.

What an object knows of its session, and what a statement remembers of having been compiled, is nobody's value.
"""

from __future__ import annotations

import functools
import importlib
import operator
from typing import Any, Final

__all__ = ["COMPARED", "UNOPENED"]


def _instance_state(state: Any) -> tuple[Any, ...]:
    """Say of the state beside a row which columns are not loaded, and then whose they are."""
    missing = sorted(state.unloaded & set(state.mapper.column_attrs.keys()))
    return (missing, state.identity) if missing else ()


def _statement(statement: Any) -> tuple[Any, ...]:
    compiled = statement.compile()
    options = [_option(option) for option in getattr(statement, "_with_options", ())]
    entities = [
        (column["name"], str(column["type"]), getattr(column.get("entity"), "__qualname__", ""))
        for column in _described(statement)
    ]
    more = sorted(getattr(statement, "_execution_options", {}).items())
    return compiled.string, compiled.params, entities, options, more, _elements(statement)


def _described(statement: Any) -> list[Any]:
    return list(getattr(statement, "column_descriptions", None) or ())


def _option(option: Any) -> tuple[str, list[str]]:
    return type(option).__qualname__, [f"{part.path} {part.strategy}" for part in getattr(option, "context", ())]


def _elements(statement: Any) -> list[object]:
    """Return what the text of a statement does not tell: its tables, and the types by which values are converted."""
    visitors = importlib.import_module("sqlalchemy.sql.visitors")
    found: list[object] = []
    for element in map(_plain, visitors.iterate(statement)):
        if element is statement:
            found.append(getattr(element, "type", None))
        elif _is_table(element) or _is_table(getattr(element, "table", None)):
            found += [element, element if _is_table(element) else element.table]
        else:
            found += [type(element), getattr(element, "type", None)]
    return found


def _plain(element: Any) -> Any:
    """Return the element that a mapper has written something on."""
    return vars(element).get("_Annotated__element", element) if hasattr(element, "__dict__") else element


def _is_table(element: Any) -> bool:
    return hasattr(element, "fullname") and hasattr(element, "constraints")


_LINKS: Final = frozenset(
    "column columns constraint dispatch metadata parent table _columns _creation_order _pending_colargs "  # noqa: SIM905 - a list would take a line for each
    "_create_rule _memoized_keys _table_bound_expressions _table_column _unvalidated_dialect_kw".split()
)
"""What parts of a schema know of what they belong to, and what they remember."""
_SAID_OF_COLUMN: Final = operator.attrgetter(
    "key", "primary_key", "nullable", "index", "unique", "system", "doc", "autoincrement", "comment", "is_literal"
)
_MADE_OF_COLUMN: Final = (
    "default onupdate server_default server_onupdate computed identity _insert_sentinel _omit_from_statements".split()  # noqa: SIM905 - a list would take a line for each
)


def _state(item: Any) -> dict[str, object]:
    """Return the attributes of a part of a schema, without those that it fills when it is asked."""
    cls: Any = type(item)
    own = vars(item)
    kept = {name: own[name] for name in sorted(own) if name not in _LINKS and not _fills_itself(cls, name)}
    kept |= _options(item)
    return {**kept, "columns": [str(column.key) for column in own["_columns"]]} if "_columns" in own else kept


@functools.lru_cache(maxsize=4096)
def _fills_itself(cls: Any, name: str) -> bool:
    return any("memoized" in type(base.__dict__.get(name)).__name__ for base in cls.__mro__)


def _options(item: Any) -> dict[str, object]:
    own = vars(item)
    said = {name: dict(given._non_defaults) for name, given in own.get("dialect_options", {}).items()}  # noqa: SLF001 - the public way makes what it does not find
    found = {"dialect": {name: given for name, given in said.items() if given}, "info": dict(own.get("info") or ())}
    return {name: given for name, given in found.items() if given}


def _foreign_key(key: Any) -> tuple[Any, ...]:
    return _target(key), {name: value for name, value in _state(key).items() if name not in _OF_TARGET}


def _target(key: Any) -> str:
    """Return where a key leads, whether or not that table is there."""
    told: str = key.target_fullname
    return told


_OF_TARGET: Final = frozenset({"_colspec", "_given_tokens", "_unresolvable", "columns"})


def _table(table: Any) -> tuple[Any, ...]:
    table = _plain(table)
    said = (table.fullname, table.schema, table.comment, table.implicit_returning, [*map(str, table._prefixes)])  # noqa: SLF001 - no public way
    parts = ([*table.columns], _in_order(table.constraints), sorted(table.indexes, key=lambda index: str(index.name)))
    return *said, *parts, _options(table), dict(table.metadata.naming_convention or {})


def _column(column: Any) -> tuple[Any, ...]:
    column = _plain(column)
    own = column.table if hasattr(column, "table") and not _is_table(column.table) else None
    made = {name: getattr(column, name, None) for name in _MADE_OF_COLUMN}
    made = {name: item for name, item in made.items() if item is not None and item is not False}
    if column.constraints:
        made["constraints"] = _in_order(column.constraints)
    if column.foreign_keys:
        made["foreign_keys"] = sorted(column.foreign_keys, key=_target)
    return str(column), own, column.type, _SAID_OF_COLUMN(column), made | _options(column)


def _in_order(constraints: Any) -> list[Any]:
    """Return constraints in the order in which they were made: a set has another one in each process."""
    return sorted(constraints, key=lambda constraint: getattr(constraint, "_creation_order", 0))


def _quoted(name: Any) -> tuple[str, Any]:
    """Say how a name is written; it remembers how it looks in small letters."""
    return str.__str__(name), name.quote


def _metadata(metadata: Any) -> tuple[Any, ...]:
    tables = [metadata.tables[name] for name in sorted(metadata.tables)]
    return metadata.schema, dict(metadata.naming_convention or {}), _options(metadata), tables


def _mapper(mapper: Any) -> tuple[Any, ...]:
    """Say what a class was declared to be; what becomes of that when the first row is made does not count."""
    declared = [(name, _declared(item)) for name, item in sorted(mapper._init_properties.items())]  # noqa: SLF001 - no public way
    kind = (mapper.polymorphic_identity, str(mapper.polymorphic_on))
    return mapper.class_.__qualname__, mapper.local_table, declared, kind


_OF_RELATIONSHIP: Final = (
    "back_populates collection_class info innerjoin lazy omit_join passive_deletes passive_updates post_update "  # noqa: SIM905 - a list would take a line for each
    "single_parent viewonly".split()
)
"""What a relationship is told, and does not find out when the first row is made."""


def _declared(item: Any) -> tuple[Any, ...]:
    """Say what a property of a mapped class was told: its columns or expression, the ways of a relationship."""
    argument = getattr(item, "argument", "")
    name = getattr(argument, "__qualname__", argument if isinstance(argument, str) else "")
    own = getattr(item, "__dict__", {})
    told = {option: own[option] for option in _OF_RELATIONSHIP if option in own}
    ways = [_told(way.argument) for way in own.get("_init_args", ()) if hasattr(way, "argument")]
    cascade = sorted(own.get("_cascade", ()))
    return type(item).__qualname__, name, told, ways, cascade, list(own.get("columns", ()))


def _told(argument: Any) -> Any:
    """Return a condition of a relationship by its text: its tables are those of the two classes."""
    return str(argument) if hasattr(argument, "compile") or isinstance(argument, list | tuple) else argument


def _attribute(attribute: Any) -> tuple[Any, ...]:
    """Say which attribute of a mapped class it is, and what that was declared to be."""
    declared = getattr(attribute, "comparator", None)
    return attribute.class_.__qualname__, attribute.key, _declared(getattr(declared, "prop", None))


def _manager(manager: Any) -> str:
    name: str = manager.class_.__qualname__
    return name


def _registry(_registry: Any) -> tuple[()]:
    """Say nothing: it knows all mapped classes, whichever of them a function uses."""
    return ()


COMPARED = {
    "sqlalchemy.orm.mapper.Mapper": _mapper,
    "sqlalchemy.orm.attributes.QueryableAttribute": _attribute,
    "sqlalchemy.orm.instrumentation.ClassManager": _manager,
    "sqlalchemy.orm.decl_api.registry": _registry,
    "sqlalchemy.orm.state.InstanceState": _instance_state,
    "sqlalchemy.sql.elements.ClauseElement": _statement,
    "sqlalchemy.sql.schema.Table": _table,
    "sqlalchemy.sql.schema.Column": _column,
    "sqlalchemy.sql.elements.quoted_name": _quoted,
    "sqlalchemy.sql.schema.MetaData": _metadata,
    "sqlalchemy.sql.schema.ForeignKey": _foreign_key,
    "sqlalchemy.sql.schema.SchemaItem": _state,
    "sqlalchemy.sql.schema.FetchedValue": _state,
    "sqlalchemy.sql.type_api.TypeEngine": _state,
}
UNOPENED = ("sqlalchemy.orm.instrumentation.ClassManager",)
