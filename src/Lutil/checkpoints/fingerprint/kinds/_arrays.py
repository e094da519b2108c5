"""numpy: arrays by dtype, shape and values in C order, whatever their layout; scalars, dtypes, generators."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

from xxhash import xxh3_128

from ..walk._class_state import module_name, own_state
from ..walk._columns import column
from ..walk._nodes import CHUNK, Context, Node, Rule, attribute_label, named, silent_label, size
from ..walk._scalars import LEAVES

__all__ = ["ARRAY_RULES", "array_code", "dtype_code", "feed"]

TILE = 1 << 22
"""Bytes that are copied at once where the layout of an array is not C order."""

_RUN = 512  # bytes that lie together in a transposed array, copied at once: they share pages of memory
_LIMIT = 48 << 20  # bytes of the buffer for them
_SIDE = 32  # elements of the last axis that a tile has where there are other axes to be tiled
_MANY = 8  # numbers that a text is copied as, at most
_SHORT = 8  # elements of a last axis below which numpy's inner loop would cost more than what it copies
_WIDTH = 512  # lines of the cache that a tile touches: what the first level holds
_ITEMS = 1 << 14  # of a tile at least: below, the loop over tiles costs more than copying
_CACHED = 1 << 17  # bytes that any cache holds: no need for tiles
_OBJECTS = 1 << 20
_EXTENDED = 63  # bits of the mantissa of an 80-bit float
_PLAIN_KINDS = frozenset("biufcmMSU")
_OWN = 256  # dtypes with a larger number come from other packages; `isbuiltin` differs after unpickling


def dtype_code(dtype: Any) -> bytes:
    """Return the code of a dtype: byte order, unit, and for records names, titles, types and offsets."""
    if dtype.names is None and dtype.subdtype is None:
        if dtype.kind in _PLAIN_KINDS and dtype.num < _OWN and not dtype.metadata:
            return named("dtype", dtype.str.encode())
        about = f"{dtype.str} {dtype!s} {dtype.type.__module__}.{dtype.type.__qualname__}{_metadata(dtype)}"
        return named("dtype", about.encode())
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return named("dtype[]", dtype_code(base) + repr(tuple(map(int, shape))).encode())
    parts = [size(dtype.itemsize), (dtype.type.__qualname__ + _metadata(dtype)).encode()]
    for name in dtype.names:
        kind, offset, *title = dtype.fields[name]
        parts += [LEAVES[str](name), size(offset), LEAVES[str](str(title[0]) if title else ""), dtype_code(kind)]
    return named("dtype{}", b"".join(parts))


def _metadata(dtype: Any) -> str:
    """Return what somebody has put on a dtype, as h5py does for texts: by names, so that no address counts."""
    items = sorted((dtype.metadata or {}).items())
    return "".join(f" {name}={getattr(item, '__qualname__', None) or repr(item)}" for name, item in items)


def _padded(dtype: Any) -> bool:
    """Return whether items of a dtype hold bytes that belong to no field."""
    if dtype.subdtype is not None:
        return _padded(dtype.subdtype[0])
    if dtype.names is None:
        return bool(_significant(dtype) != dtype.itemsize)
    kinds = [dtype.fields[name][0] for name in dtype.names]
    held = sum(int(kind.itemsize) for kind in kinds)
    return bool(held != dtype.itemsize) or any(map(_padded, kinds))


def _significant(dtype: Any) -> int:
    """Return how many bytes of an item count: an 80-bit float is padded with whatever was there before."""
    if dtype.kind not in "fc" or dtype.char not in "gG" or sys.modules["numpy"].finfo(dtype).nmant != _EXTENDED:
        return int(dtype.itemsize)
    return 10 if dtype.kind == "f" else 20


def _runs(array: Any, update: Callable[[Any], object]) -> None:
    """Feed the items of an array in C order, copying no more than some rows at a time, into one buffer."""
    if array.flags.c_contiguous:
        update(array.reshape(-1).view("u1") if array.ndim else array.tobytes())
        return
    near, depth, row = _nearest(array), 1, array.itemsize * math.prod(array.shape[1:])
    while row > (_LIMIT // 2 if near < depth else TILE * 4) and depth < array.ndim:
        row //= array.shape[depth]
        depth += 1
    together = min(_RUN // array.itemsize + 1, _LIMIT // row) if near < depth else 1
    rows = max(TILE // row, together, 1)
    numpy = sys.modules["numpy"]
    buffer = numpy.empty((min(rows, array.shape[depth - 1]), *array.shape[depth:]), array.dtype)
    for index in numpy.ndindex(array.shape[: depth - 1]):
        part = array[index]
        for start in range(0, len(part), rows):
            block = part[start : start + rows]
            copy = buffer[: len(block)]
            layers = [(copy.getfield(*layer), block.getfield(*layer)) for layer in _layers(array.dtype)]
            for tile in _tiles(block):
                for to, source in layers or ((copy, block),):
                    to[tile] = source[tile]
            update(copy.reshape(-1).view("u1"))


def _layers(dtype: Any) -> list[tuple[str, int]]:
    """Return the numbers that short texts and records are copied as, at offsets; numpy copies those one by one."""
    width = dtype.itemsize & -dtype.itemsize  # the largest power of two that divides it
    if dtype.kind not in "SUV" or dtype.itemsize > _MANY * min(width, 8):
        return []
    return [(f"u{min(width, 8)}", offset) for offset in range(0, dtype.itemsize, min(width, 8))]


def _nearest(array: Any) -> int:
    """Return the axis along which items are closest in memory."""
    steps = [abs(step) if side > 1 else sys.maxsize for step, side in zip(array.strides, array.shape, strict=True)]
    return steps.index(min(steps))


def _tiles(block: Any) -> Iterator[tuple[slice, ...]]:
    """Yield the pieces in which a block is copied at memory speed: each line of the cache is fetched once.

    A piece is whole along the axis on which items share lines, and so narrow along the others that these
    lines are still there when the next row wants them: about square, first along the axes that share pages.
    """
    near, last = _nearest(block), block.ndim - 1
    extents = list(block.shape)
    if block.nbytes > _CACHED and near != last:
        room = max(_WIDTH, _ITEMS // block.shape[near])
        extents[last] = min(extents[last], _SIDE)
        for axis in sorted(set(range(last)) - {near}, key=lambda axis: abs(block.strides[axis])):
            extents[axis] = min(extents[axis], max(room // extents[last], 1))
            room //= extents[axis]
        extents[last] = min(block.shape[last], max(room, 1))
    if block.shape[last] < _SHORT and block.size > _ITEMS:
        extents[last] = 1
        if near == last:
            extents[last - 1] = min(extents[last - 1], _ITEMS)
    starts = [range(0, side, extent) for side, extent in zip(block.shape, extents, strict=True)]
    for corner in product(*starts):
        yield tuple(slice(start, start + extent) for start, extent in zip(corner, extents, strict=True))


def feed(array: Any, update: Callable[[Any], object]) -> None:
    """Feed the values of an array without objects or padding to a hash, in C order.

    The buffer itself is handed over where it is in C order: no copy is made, and xxhash lets other threads run.
    """
    if array.size == 0 or array.itemsize == 0:
        return
    if _significant(array.dtype) != array.itemsize:
        flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
        for start in range(0, array.size, _OBJECTS):
            items = flat[start : start + _OBJECTS].astype(array.dtype.newbyteorder("="))
            parts = items.view("u1").reshape(-1, array.itemsize if array.dtype.kind == "f" else array.itemsize // 2)
            update(parts[:, :10].tobytes())
        return
    _runs(array, update)


def array_code(array: Any, head: bytes, context: Context) -> bytes | Node:
    """Return the code of a plain array under a head, or a node where its elements have to be walked."""
    dtype = array.dtype
    if not dtype.hasobject and dtype.kind != "T":
        content = head + b"a" + dtype_code(dtype) + size(array.ndim) + b"".join(map(size, array.shape))
        if dtype.names is not None or dtype.subdtype is not None:
            if _padded(dtype):
                return Node(content, [array[n] for n in dtype.names], attribute_label(dtype.names), temporary=True)
        elif dtype.kind == "f" and dtype.char not in "gefd":
            return context.refuse(array, f"an array of dtype {dtype}")
        hasher = xxh3_128(content)
        feed(array, hasher.update)
        return b"D" + hasher.digest()
    content = head + b"a" + dtype_code(dtype) + size(array.ndim) + b"".join(map(size, array.shape))
    if dtype.names is not None:
        return Node(content, [array[n] for n in dtype.names], lambda i: f"[{dtype.names[i]!r}]", temporary=True)
    if array.ndim == 0:
        return Node(content, [array.item()], silent_label, temporary=True)
    return Node(content, _chunks(array, context), silent_label)


def _chunks(array: Any, context: Context) -> Iterator[Node]:
    """Yield nodes over the elements of an array of objects, in C order, a bounded number at a time."""
    flat = array.reshape(-1) if array.flags.c_contiguous else None
    rest = iter(array.flat)  # never sliced: numpy fails at that for strings of variable length
    for start in range(0, array.size, CHUNK):
        values = list(islice(rest, CHUNK)) if flat is None else flat[start : start + CHUNK].tolist()
        code = column(values, context, offset=start)
        yield code if isinstance(code, Node) else Node(code, ())


def _array(value: Any, context: Context) -> bytes | Node:
    return array_code(value, b"A", context)


def _sub_array(value: Any, context: Context) -> bytes | Node:
    """Take an instance of a subclass for its class, its plain array and the attributes it carries."""
    cls = type(value)
    if cls is sys.modules["numpy"].ndarray:
        return array_code(value, b"A", context)
    plain = value.view(sys.modules["numpy"].ndarray)
    head = b"x" + context.type_code(cls)
    top = module_name(cls).partition(".")[0]
    # In which order attributes were set is no value.
    state = {} if top == "numpy" else dict(sorted(own_state(value).items()))
    return Node(head, (plain, state) if state else (plain,), silent_label, temporary=True)


def _nothing(_value: Any, _context: Context) -> bytes:
    return named("masked")


def _masked(value: Any, context: Context) -> Node:
    numpy = sys.modules["numpy"]
    mask = numpy.ma.getmask(value)  # no mask at all is none that masks nothing
    parts: tuple[object, ...] = (
        value.data.view(numpy.ndarray),
        mask,
        numpy.asarray(value.fill_value),
        bool(value.hardmask),
    )
    labels = attribute_label(("data", "mask", "fill_value", "hardmask", "__dict__"))
    if not module_name(type(value)).startswith("numpy."):
        known = vars(numpy.ma.array(0))
        parts += ({name: item for name, item in sorted(own_state(value).items()) if name not in known},)
    return Node(b"x" + context.type_code(type(value)), parts, labels, temporary=True)


def _scalar(value: Any, _context: Context) -> bytes | Node:
    dtype = value.dtype
    if dtype.kind in "biufcmMSU" and dtype.char not in "gG":
        return named("scalar", dtype_code(dtype) + value.tobytes())
    return Node(b"q" + named("scalar"), (sys.modules["numpy"].asarray(value),), silent_label, temporary=True)


def _dtype(value: Any, _context: Context) -> bytes:
    return dtype_code(value)


def _ufunc(value: Any, _context: Context) -> bytes | Node:
    """Take a universal function for its name; one that `numpy.frompyfunc` made, for the function that it calls."""
    code = named("ufunc", value.__name__.encode())
    held = [item for item in gc.get_referents(value) if callable(item)]
    return Node(b"q" + code + size(value.nin) + size(value.nout), held, silent_label, temporary=True) if held else code


def _seed(value: Any, _context: Context) -> Node:
    names = ("entropy", "spawn_key", "pool_size", "n_children_spawned")
    parts = [getattr(value, name) for name in names]
    return Node(b"q" + named("SeedSequence"), parts, attribute_label(names), temporary=True)


def _generator(value: Any, context: Context) -> Node:
    bits = value.bit_generator
    parts = (bits.state, getattr(bits, "seed_seq", None))
    return Node(b"q" + context.type_code(type(value)), parts, attribute_label(("state", "seed")), temporary=True)


def _bits(value: Any, context: Context) -> Node:
    parts = (value.state, getattr(value, "seed_seq", None))
    return Node(b"q" + context.type_code(type(value)), parts, attribute_label(("state", "seed")), temporary=True)


def _random_state(value: Any, context: Context) -> bytes | Node:
    """Take a generator for its state; that of the process is the stream which a run is observed to draw from."""
    if value is getattr(sys.modules["numpy"].random.mtrand, "_rand", None):
        return named("stream", b"numpy")
    state = value.get_state(legacy=False)
    return Node(b"q" + context.type_code(type(value)), (state,), silent_label, temporary=True)


ARRAY_RULES: dict[str, Rule] = {
    "numpy.ndarray": _sub_array,
    "numpy.ma.MaskedArray": _masked,
    "numpy.ma.core.MaskedConstant": _nothing,
    "numpy.generic": _scalar,
    "numpy.dtype": _dtype,
    "numpy.ufunc": _ufunc,
    "numpy.random.SeedSequence": _seed,
    "numpy.random.Generator": _generator,
    "numpy.random.BitGenerator": _bits,
    "numpy.random.RandomState": _random_state,
}
"""Rules by the name of a class; numpy is never imported, only used where the user has it."""
