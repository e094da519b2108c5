"""SQLAlchemy: rows by their mapped columns, statements by their compiled text and parameters, tables by their schema.

What an object knows of its session, and what a statement remembers of having been compiled, is nobody's value.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED"]


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
    return type(statement).__qualname__, compiled.string, compiled.params, entities, options, more


def _described(statement: Any) -> list[Any]:
    return list(getattr(statement, "column_descriptions", None) or ())


def _option(option: Any) -> tuple[str, list[str]]:
    return type(option).__qualname__, [f"{part.path} {part.strategy}" for part in getattr(option, "context", ())]


def _table(table: Any) -> tuple[Any, ...]:
    schema = importlib.import_module("sqlalchemy.schema")
    indexes = sorted(str(schema.CreateIndex(index)) for index in table.indexes)
    return table.fullname, str(schema.CreateTable(table)), indexes, dict(table.info)


def _column(column: Any) -> tuple[Any, ...]:
    return str(column), repr(column.type), column.nullable, column.primary_key, str(column.default)


def _metadata(metadata: Any) -> tuple[Any, ...]:
    return metadata.schema, [metadata.tables[name] for name in sorted(metadata.tables)]


def _mapper(mapper: Any) -> tuple[Any, ...]:
    """Say what a class was declared to be; what becomes of that when the first row is made does not count."""
    declared = [(name, _declared(item)) for name, item in sorted(mapper._init_properties.items())]  # noqa: SLF001 - no public way
    kind = (mapper.polymorphic_identity, str(mapper.polymorphic_on))
    return mapper.class_.__qualname__, mapper.local_table, declared, kind


def _declared(item: Any) -> tuple[str, str]:
    argument = getattr(item, "argument", "")
    return type(item).__qualname__, getattr(argument, "__qualname__", argument if isinstance(argument, str) else "")


def _attribute(attribute: Any) -> tuple[str, str]:
    """Say which attribute of a mapped class it is; what it is stands in the mapper of that class."""
    return attribute.class_.__qualname__, attribute.key


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
    "sqlalchemy.sql.schema.MetaData": _metadata,
}
