"""pyarrow and polars: columns by type and values, whatever their chunks, offsets and slices.

Every type is fed to hashes of its own kind of content (lengths, values, which are null), piece by piece: so
the same rows in other chunks give the same digest, and no column is ever combined.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from xxhash import xxh3_128

from ...model._identity import identity
from ...model.process._interrupts import let_pass
from ..walk._nodes import Context, Node, Rule, attribute_label, named, silent_label, size
from ..walk._scalars import LEAVES
from ._opened import lazy_frame, sql_context
from ._pickled import plan_of

__all__ = ["ARROW_RULES", "arrow_content"]

_ROWS = 1 << 18


class _Sink:
    """Hashes one column: how many rows, which are null, and what its type is made of."""

    def __init__(self, kind: Any, arrow: Any) -> None:
        self.kind = kind
        self.arrow = arrow
        self.rows = 0
        self.nulls = xxh3_128()
        self.values = xxh3_128()
        self.lengths = xxh3_128()
        self.inner: list[_Sink] = []
        types = arrow.types
        self.feed_values = self._reader(kind, types)

    def _reader(self, kind: Any, types: Any) -> Callable[[Any], None]:
        """Return what reads arrays of a type, with sinks for what is inside them."""
        if types.is_null(kind):
            return lambda _: None
        if types.is_boolean(kind):
            return self._booleans
        if types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind) or types.is_large_binary(kind):
            return self._strings
        nested = self._nested(kind, types)
        if nested is not None:
            kinds, reader = nested
            self.inner = [_Sink(inner, self.arrow) for inner in kinds]
            return reader
        if _is_view(kind):
            return self._views
        if kind.bit_width % 8 == 0:  # raises ValueError for what has no fixed width
            return self._fixed
        raise ValueError(str(kind))

    def _nested(self, kind: Any, types: Any) -> tuple[list[Any], Callable[[Any], None]] | None:
        """Return the types inside a nested one, and what reads it."""
        found: tuple[list[Any], Callable[[Any], None]] | None = None
        if types.is_dictionary(kind):
            found = [kind.value_type], self._dictionary
        elif types.is_struct(kind):
            found = [kind.field(index).type for index in range(kind.num_fields)], self._struct
        elif types.is_map(kind):
            found = [self.arrow.struct([kind.key_field, kind.item_field])], self._lists
        elif types.is_list(kind) or types.is_large_list(kind):
            found = [kind.value_type], self._lists
        elif types.is_fixed_size_list(kind):
            found = [kind.value_type], self._fixed_lists
        elif isinstance(kind, self.arrow.BaseExtensionType):
            found = [kind.storage_type], self._storage
        return found

    def _storage(self, array: Any) -> None:
        self.inner[0].feed(array.storage)

    def feed(self, array: Any) -> None:
        """Add the rows of one array."""
        for start in range(0, len(array), _ROWS):
            part = array.slice(start, _ROWS)
            self.rows += len(part)
            if part.null_count:
                missing = part.is_null().to_numpy(zero_copy_only=False)
                self.nulls.update((missing.nonzero()[0] + (self.rows - len(part))).astype("<i8"))
            self.feed_values(part)

    def digest(self) -> bytes:
        """Return the digest of all rows."""
        inner = b"".join(sink.digest() for sink in self.inner)
        own = (self.nulls.digest(), self.values.digest(), self.lengths.digest())
        return bytes(xxh3_128(size(self.rows) + b"".join(own) + inner).digest())

    def _filled(self, array: Any, value: Any) -> Any:
        return array.fill_null(value) if array.null_count else array

    def _fixed(self, array: Any) -> None:
        width = self.kind.bit_width // 8
        buffer = array.buffers()[1]
        if buffer is None or not len(array):
            return
        raw = memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]
        if not array.null_count:
            self.values.update(raw)
            return
        numpy = _numpy()
        rows = numpy.frombuffer(raw, "u1").reshape(-1, width).copy()
        rows[array.is_null().to_numpy(zero_copy_only=False)] = 0
        self.values.update(rows.reshape(-1))

    def _booleans(self, array: Any) -> None:
        values = self._filled(array, False)  # noqa: FBT003 - the value to fill in
        self.values.update(values.cast(self.arrow.uint8()).to_numpy(zero_copy_only=False))

    def _strings(self, array: Any) -> None:
        text = self.arrow.types.is_string(self.kind) or self.arrow.types.is_large_string(self.kind)
        array = self._filled(array, "" if text else b"")
        large = self.arrow.types.is_large_string(self.kind) or self.arrow.types.is_large_binary(self.kind)
        _, places, data = array.buffers()
        if places is None or not len(array):
            return
        width = 8 if large else 4
        numpy = _numpy()
        raw = memoryview(places)[array.offset * width : (array.offset + len(array) + 1) * width]
        offsets = numpy.frombuffer(raw, "<i8" if large else "<i4")
        self.lengths.update(numpy.diff(offsets).astype("<i8"))
        if data is not None:
            self.values.update(memoryview(data)[int(offsets[0]) : int(offsets[-1])])

    def _views(self, array: Any) -> None:
        wide = self.arrow.large_string() if "string" in str(self.kind) else self.arrow.large_binary()
        if not self.inner:
            self.inner = [_Sink(wide, self.arrow)]
        self.inner[0].feed(array.cast(wide))

    def _dictionary(self, array: Any) -> None:
        self.inner[0].feed(array.dictionary_decode())

    def _struct(self, array: Any) -> None:
        for sink, column in zip(self.inner, array.flatten(), strict=True):
            sink.feed(column)

    def _lists(self, array: Any) -> None:
        counts = array.value_lengths() if hasattr(array, "value_lengths") else None
        if counts is None:
            raise ValueError(str(self.kind))
        self.lengths.update(counts.fill_null(0).to_numpy(zero_copy_only=False).astype("<i8"))
        if self.arrow.types.is_map(self.kind):
            array = array.cast(self.arrow.list_(self.inner[0].kind))
        self.inner[0].feed(array.flatten())

    def _fixed_lists(self, array: Any) -> None:
        self.inner[0].feed(array.flatten())


def _numpy() -> Any:
    """Return numpy, which pyarrow needs for this as well; it may not have loaded it yet."""
    import numpy as np  # noqa: PLC0415 - slow, and only where the user has what needs it

    return np


def _is_view(kind: Any) -> bool:
    return str(kind) in {"string_view", "binary_view"}


def arrow_content(array: Any) -> bytes | None:
    """Return the digest of the values of an arrow array, chunked or not; None where its type is not known."""
    arrow = sys.modules["pyarrow"]
    try:
        sink = _Sink(array.type, arrow)
        for chunk in array.chunks if isinstance(array, arrow.ChunkedArray) else (array,):
            sink.feed(chunk)
    except (ValueError, NotImplementedError, arrow.ArrowException):
        return None
    return sink.digest()


def _type_code(kind: Any) -> bytes:
    """Return the code of a type: its text, and what that does not tell of it."""
    return LEAVES[str](str(kind)) + _untold(kind)


def _untold(kind: Any) -> bytes:
    """Return what the text of a type leaves out: parameters of extension types, metadata of fields inside it."""
    arrow = sys.modules["pyarrow"]
    if isinstance(kind, arrow.BaseExtensionType):
        told = getattr(kind, "__arrow_ext_serialize__", bytes)()
        return named(f"extension {kind.extension_name}", bytes(told) + _untold(kind.storage_type))
    found = b""
    for field in _fields(kind, arrow.types):
        if field.metadata:
            found += named(f"metadata of {field.name}", repr(sorted(field.metadata.items())).encode())
        inner = _untold(field.type)
        found += named(f"inside {field.name}", inner) if inner else b""
    return found


def _fields(kind: Any, types: Any) -> list[Any]:
    if types.is_struct(kind) or types.is_union(kind):
        return [kind.field(index) for index in range(kind.num_fields)]
    if types.is_map(kind):
        return [kind.key_field, kind.item_field]
    inner = getattr(kind, "value_field", None)
    return [] if inner is None else [inner]


def _array(value: Any, context: Context) -> bytes | Node:
    arrow = sys.modules["pyarrow"]
    head = b"w" + context.type_code(type(value)) + _type_code(value.type)
    content = arrow_content(value)
    if content is None and arrow.types.is_union(value.type):
        chunks = value.chunks if isinstance(value, arrow.ChunkedArray) else [value]
        which = [code for chunk in chunks for code in chunk.type_codes.to_pylist()]
        return Node(head, (value.to_pylist(), which), silent_label, temporary=True)
    if content is None:
        return Node(head, (value.to_pylist(),), silent_label, temporary=True)
    return named("arrow", head + content + _dictionary_of(value, context))


def _dictionary_of(value: Any, context: Context) -> bytes:
    """Return what a dictionary-encoded array says of its values beside their order: the dictionary itself."""
    arrow = sys.modules["pyarrow"]
    if not arrow.types.is_dictionary(value.type):
        return b""
    if isinstance(value, arrow.ChunkedArray):
        unified = value.unify_dictionaries()
        return b"" if not unified.num_chunks else _dictionary_of(unified.chunk(0), context)
    return arrow_content(value.dictionary) or b""


def _table(value: Any, context: Context) -> Node:
    names = list(value.schema.names)
    head = b"w" + context.type_code(type(value)) + size(len(names)) + size(value.num_rows)
    columns = [value.column(index) for index in range(len(names))]
    if type(value).__name__ == "RecordBatch":
        columns = [sys.modules["pyarrow"].chunked_array([column]) for column in columns]
    return Node(
        head,
        (value.schema, *columns),
        lambda index: f"[{names[index - 1]!r}]" if 0 < index <= len(names) else ".schema",
        temporary=True,
    )


def _schema(value: Any, context: Context) -> Node:
    fields = [(field.name, _type_code(field.type), field.nullable, field.metadata) for field in value]
    return Node(b"w" + context.type_code(type(value)), (fields, value.metadata), silent_label, temporary=True)


def _field(value: Any, context: Context) -> Node:
    parts = (value.name, _type_code(value.type), value.nullable, value.metadata)
    return Node(b"w" + context.type_code(type(value)), parts, silent_label, temporary=True)


def _type(value: Any, context: Context) -> bytes:
    return named("arrow type", context.type_code(type(value)) + _type_code(value))


def _tensor(value: Any, context: Context) -> Node:
    names = list(value.dim_names)
    return Node(b"w" + context.type_code(type(value)), (value.to_numpy(), names), silent_label, temporary=True)


def _arrow_scalar(value: Any, context: Context) -> Node:
    head = b"w" + context.type_code(type(value)) + _type_code(value.type)
    return Node(head, (value.as_py(),), silent_label, temporary=True)


def _polars_series(value: Any, context: Context) -> Node:
    head = b"w" + context.type_code(type(value)) + LEAVES[str](repr(value.dtype))
    return Node(head, (value.name, _polars_values(value)), attribute_label(("name", "")), temporary=True)


def _polars_frame(value: Any, context: Context) -> Node:
    left_out = context.skip.get(identity(value), frozenset()) if context.skip else frozenset()
    columns = [column for column in value.get_columns() if column.name not in left_out]
    names = [column.name for column in columns]
    head = b"w" + context.type_code(type(value)) + size(len(columns)) + size(value.height)
    return Node(head, columns, lambda index: f"[{names[index]!r}]" if index < len(names) else "", temporary=True)


def _polars_values(series: Any) -> object:
    """Return arrow's digest of the values of a series, or the values where arrow is not there."""
    polars = sys.modules["polars"]
    if series.dtype in {polars.Categorical, polars.Enum}:
        series = series.cast(polars.String)  # codes of categories depend on what the process met before
    if series.dtype == polars.Object:
        return series.to_list()
    try:
        array = series.to_arrow()
    except Exception as error:  # noqa: BLE001 - arrow is not there, or knows no such type
        let_pass(error)
        return series.to_list()
    content = arrow_content(array)
    return series.to_list() if content is None else content


def _polars_type(value: Any, context: Context) -> bytes:
    return named("polars type", context.type_code(type(value)) + LEAVES[str](repr(value)))


def _expression(value: Any, context: Context) -> Node:
    return Node(b"w" + context.type_code(type(value)), plan_of(value.meta.serialize()), silent_label, temporary=True)


ARROW_RULES: dict[str, Rule] = {
    "pyarrow.Array": _array,
    "pyarrow.ChunkedArray": _array,
    "pyarrow.Table": _table,
    "pyarrow.RecordBatch": _table,
    "pyarrow.Schema": _schema,
    "pyarrow.Field": _field,
    "pyarrow.DataType": _type,
    "pyarrow.Scalar": _arrow_scalar,
    "pyarrow.Tensor": _tensor,
    "polars.Series": _polars_series,
    "polars.DataFrame": _polars_frame,
    "polars.LazyFrame": lazy_frame,
    "polars.SQLContext": sql_context,
    "polars.Expr": _expression,
    "polars.DataType": _polars_type,
}
"""Rules by the name of a class; neither library is ever imported, only used where the user has it."""
