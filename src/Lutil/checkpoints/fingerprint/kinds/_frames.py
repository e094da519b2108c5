"""pandas: frames by labels, dtypes, index, values and `attrs`, whatever their blocks, chunks or slices."""

from __future__ import annotations

import sys
from typing import Any

from ...model._identity import identity
from ..walk._nodes import Context, Node, Rule, attribute_label, digested, named, silent_label, size
from ..walk._scalars import LEAVES
from ._arrays import array_code
from ._arrow import arrow_content

__all__ = ["FRAME_RULES", "frame_columns"]


def frame_columns(frame: Any) -> list[Any]:
    """Return the values of the columns of a frame, in order, without copying them."""
    manager = getattr(frame, "_mgr", None)
    values = getattr(manager, "iget_values", None)
    count = frame.shape[1]
    if values is not None:
        return [values(index) for index in range(count)]
    return [frame.iloc[:, index].array for index in range(count)]


def _extras(value: Any) -> tuple[object, ...]:
    """Return what a frame or series carries beside labels and values; subclasses name theirs in `_metadata`."""
    flags = bool(value.flags.allows_duplicate_labels)
    # what pandas itself asks of a subclass that carries more
    more = {name: getattr(value, name, None) for name in getattr(type(value), "_metadata", ()) if name != "_name"}
    more.pop("name", None)
    return (value.attrs, flags, more)


def _frame(value: Any, context: Context) -> Node:
    left_out = context.skip.get(identity(value)) if context.skip else None
    labels = list(value.columns)
    columns = frame_columns(value)
    names: Any = value.columns
    if left_out:
        kept = [index for index, label in enumerate(labels) if not _among(label, left_out)]
        columns = [columns[index] for index in kept]
        labels = [labels[index] for index in kept]
        names = names[kept]
    head = b"P" + context.type_code(type(value)) + size(len(columns))
    children = (names, value.index, *_extras(value), *columns)
    fixed = (".columns", ".index", ".attrs", ".flags", "")
    return Node(
        head,
        children,
        lambda i: (
            fixed[i] if i < len(fixed) else f"[{labels[i - len(fixed)]!r}]" if i - len(fixed) < len(labels) else ""
        ),
        temporary=True,
    )


def _among(label: object, left_out: frozenset[object]) -> bool:
    try:
        return label in left_out
    except TypeError:
        return False


def _series(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value))
    children = (value.name, value.index, *_extras(value), value.array)
    return Node(head, children, attribute_label(("name", "index", "attrs", "flags", "", "")), temporary=True)


def _index(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value))
    # The name of a frequency would leave out its holidays and hours.
    frequency = getattr(value, "freq", None) if hasattr(value, "asi8") else None
    return Node(head, (value.name, frequency, value.array), attribute_label(("name", "freq", "array")), temporary=True)


def _range_index(value: Any, context: Context) -> Node:
    """Take a range for its start, step and count, and for its stop where that is not the next element."""
    count, end = len(value), value.start + len(value) * value.step
    head = b"P" + context.type_code(type(value)) + size(value.start) + size(value.step) + size(count)
    if value.stop != end:
        head += size(value.stop)
    return Node(head, (value.name,), attribute_label(("name",)), temporary=True)


def _multi_index(value: Any, context: Context) -> Node:
    """Take a multi-index for its values by level: unused ones, which slicing leaves behind, do not count.

    The order of those that are used does, as `unstack` goes by it. Whether a level was made from a range does not.
    """
    levels = [part for index in range(value.nlevels) for part in _level(value.levels[index], value.codes[index])]
    head = b"P" + context.type_code(type(value)) + size(value.nlevels)
    return Node(head, [list(value.names), *levels], _level_label, temporary=True)


def _level(values: Any, codes: Any) -> tuple[Any, Any]:
    """Return the values of a level that are used, in their order, and which of them is where."""
    numpy = sys.modules["numpy"]
    places = numpy.asarray(codes, "i8")
    used = numpy.bincount(places + 1, minlength=len(values) + 1)[1:] > 0
    if used.all():
        return values.array, places
    renamed = numpy.append(numpy.cumsum(used) - 1, -1)
    return values.array[used], renamed[places]


def _level_label(index: int) -> str:
    return f".levels[{(index - 1) // 2}]" if index else ".names"


def _numpy_array(value: Any, context: Context) -> bytes | Node:
    return array_code(value.to_numpy(), b"A", context)


def _categorical(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + size(int(bool(value.ordered)))
    return Node(head, (value.categories, value.codes), attribute_label(("categories", "codes")), temporary=True)


def _datetimes(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + LEAVES[str](str(value.dtype))
    # zones of one name may be of several kinds
    zone = (value.asi8,) if getattr(value, "tz", None) is None else (value.asi8, value.tz)
    return Node(head, zone, attribute_label(("", "tz")) if len(zone) > 1 else silent_label, temporary=True)


def _nullable(value: Any, context: Context) -> Node:
    """Take a nullable array for its mask and its values; what stands under the mask is an accident."""
    mask = value._mask  # noqa: SLF001 - no public way says the same
    data = value._data  # noqa: SLF001 - no public way says the same
    if mask.any():
        data = data.copy()
        data[mask] = 0
    head = b"P" + context.type_code(type(value)) + LEAVES[str](str(value.dtype))
    return Node(head, (data, mask), silent_label, temporary=True)


def _string_head(dtype: Any) -> bytes:
    missing = getattr(dtype, "na_value", None)
    return LEAVES[str](f"{dtype!s} {getattr(dtype, 'storage', '')} {missing!s}")


def _strings(value: Any, context: Context) -> bytes | Node:
    head = b"P" + context.type_code(type(value)) + _string_head(value.dtype)
    return array_code(value.to_numpy(dtype=object), head, context)


def _arrow(value: Any, context: Context) -> bytes | Node:
    head = b"P" + context.type_code(type(value)) + _string_head(value.dtype)
    content = arrow_content(value.__arrow_array__())
    if content is not None:
        return digested(head + content)
    return array_code(value.to_numpy(dtype=object), head, context)


def _sparse(value: Any, context: Context) -> Node:
    about = f"{value.dtype} {value.kind}"
    head = b"P" + context.type_code(type(value)) + LEAVES[str](about) + size(len(value))
    places = value.sp_index.to_int_index().indices
    return Node(head, (value.sp_values, places, value.fill_value), silent_label, temporary=True)


def _periods(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + LEAVES[str](str(value.dtype))
    return Node(head, (value.asi8,), silent_label, temporary=True)


def _intervals(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + LEAVES[str](str(value.closed))
    return Node(head, (value.left, value.right), attribute_label(("left", "right")), temporary=True)


def _timestamp(value: Any, context: Context) -> Node:
    raw = size(value._value) + LEAVES[str](value.unit) + size(value.fold)  # noqa: SLF001 - no public way says the same
    return Node(b"P" + context.type_code(type(value)) + raw, (value.tzinfo,), lambda _: ".tzinfo", temporary=True)


def _timedelta(value: Any, context: Context) -> bytes:
    raw = size(value._value) + LEAVES[str](value.unit)  # noqa: SLF001 - no public way says the same
    return named("pandas.Timedelta", context.type_code(type(value)) + raw)


def _period(value: Any, context: Context) -> bytes:
    raw = size(value.ordinal) + LEAVES[str](value.freqstr)
    return named("pandas.Period", context.type_code(type(value)) + raw)


def _interval(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + LEAVES[str](value.closed)
    return Node(head, (value.left, value.right), attribute_label(("left", "right")), temporary=True)


def _missing(value: Any, context: Context) -> bytes:
    return named("pandas.missing", context.type_code(type(value)))


def _category_type(value: Any, context: Context) -> Node:
    head = b"P" + context.type_code(type(value)) + size(int(bool(value.ordered)))
    return Node(head, (value.categories,), attribute_label(("categories",)), temporary=True)


def _extension_type(value: Any, context: Context) -> bytes:
    return named("pandas.dtype", context.type_code(type(value)) + _string_head(value))


FRAME_RULES: dict[str, Rule] = {
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.RangeIndex": _range_index,
    "pandas.MultiIndex": _multi_index,
    "pandas.arrays.NumpyExtensionArray": _numpy_array,
    "pandas.arrays.PandasArray": _numpy_array,
    "pandas.arrays.StringArray": _strings,
    "pandas.arrays.ArrowExtensionArray": _arrow,
    "pandas.arrays.ArrowStringArray": _arrow,
    "pandas.arrays.BooleanArray": _nullable,
    "pandas.arrays.IntegerArray": _nullable,
    "pandas.arrays.FloatingArray": _nullable,
    "pandas.Categorical": _categorical,
    "pandas.arrays.DatetimeArray": _datetimes,
    "pandas.arrays.TimedeltaArray": _datetimes,
    "pandas.arrays.PeriodArray": _periods,
    "pandas.arrays.IntervalArray": _intervals,
    "pandas.arrays.SparseArray": _sparse,
    "pandas.Timestamp": _timestamp,
    "pandas.Timedelta": _timedelta,
    "pandas.Period": _period,
    "pandas.Interval": _interval,
    "pandas._libs.tslibs.nattype.NaTType": _missing,
    "pandas._libs.missing.NAType": _missing,
    "pandas.CategoricalDtype": _category_type,
    "pandas.api.extensions.ExtensionDtype": _extension_type,
}
"""Rules by the name of a class; pandas is never imported, only used where the user has it."""
