"""In-place rules for arrays, frames, tensors, generators, queues and events, by the name of their class."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...fingerprint.kinds._standard import is_set
from ...fingerprint.walk._class_state import module_name
from ._in_place_rule import InPlaceRule, Way, same_elements
from ._in_place_rules import AttributePlace, all_atoms

__all__ = ["LIBRARY_PLACES", "OBJECT_ARRAY"]


class _ArrayPlace(InPlaceRule):
    """Arrays keep their buffer: shape and dtype have to be those that they had."""

    whole = True
    whole_or_not = True

    def take(self, value: Any) -> object:
        # A copy, as a view would be stored as a view on the very object that it is to be put back into.
        return sys.modules["numpy"].array(value, copy=True, subok=False)

    def put(self, value: Any, state: Any) -> None:
        sys.modules["numpy"].copyto(value, state, casting="no")

    def shape(self, value: Any) -> object:
        dtype = value.dtype
        return value.shape, dtype if dtype.names is None else repr(dtype)  # the names of fields can be set in place

    def shape_of_state(self, state: Any) -> object:
        return _ArrayPlace.shape(self, state)

    def mark(self, value: Any) -> object:
        return value.flags.writeable

    def refuses(self, value: Any) -> str:
        if not module_name(type(value)).startswith("numpy") and getattr(value, "__dict__", None):
            return "an array with attributes of its own cannot be changed in place"
        return "" if value.flags.writeable else "the array is read-only"


class _ObjectArrayPlace(_ArrayPlace):
    """Arrays of objects hold references, like lists."""

    whole = False

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        return enumerate(value.ravel().tolist())

    def shot(self, value: Any) -> object:
        return value.shape, value.ravel().tolist()

    def same(self, shot: Any, now: Any) -> bool:
        return shot[0] == now[0] and same_elements(shot[1], now[1])


class _MaskedPlace(_ArrayPlace):
    whole_or_not = False

    def take(self, value: Any) -> object:
        numpy = sys.modules["numpy"]
        return numpy.array(value.data, copy=True, subok=False), numpy.ma.getmaskarray(value).copy(), value.fill_value

    def put(self, value: Any, state: Any) -> None:
        data, mask, fill = state
        value.mask = sys.modules["numpy"].ma.nomask
        value.data[...] = data
        value.mask = mask
        value.fill_value = fill

    def shape_of_state(self, state: Any) -> object:
        return super().shape_of_state(state[0])


def _fields(value: Any) -> list[str]:
    """Return the attributes that frames of this class have besides their data: the name of a series, a geometry."""
    return [*type(value)._metadata, *(["_name"] if value.ndim == 1 else [])]  # noqa: SLF001 - pandas' documented way


def _objects_of(data: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the columns of objects in a frame, series or index, with the way to each; levels of an index have none."""
    if data.ndim > 1:
        columns = (data.iloc[:, place] for place, dtype in enumerate(data.dtypes) if str(dtype) == "object")
        yield from ((f"[{column.name!r}]", column.tolist()) for column in columns)
    elif hasattr(data, "levels"):
        yield from (("", items) for level in data.levels for _, items in _objects_of(level))
    elif str(data.dtype) == "object":
        yield "", data.tolist()


class _FramePlace(InPlaceRule):
    """Frames and series take over the blocks of another; objects in them stay what they are."""

    whole = True

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        columns = [(f"{way}.iloc", items) for way, items in _objects_of(value)]
        for place, axis in zip(("index", "columns"), value.axes, strict=False):
            columns += [(f".{place}", items) for _, items in _objects_of(axis)]
        yield from (
            (f"{way}[{number}]", item)
            for way, items in columns
            if not all_atoms(items)
            for number, item in enumerate(items)
        )
        if value.attrs:
            yield ".attrs", value.attrs

    def take(self, value: Any) -> object:
        own = {name: getattr(value, name, None) for name in _fields(value)}
        return value.copy(deep=False), dict(value.attrs), own, value.flags.allows_duplicate_labels

    def put(self, value: Any, state: Any) -> None:
        frame, attrs, own, *flags = state  # an entry of an earlier version has no flags
        value._update_inplace(frame.copy(deep=False))  # noqa: SLF001 - what `inplace=True` of pandas itself calls
        value.attrs.clear()
        value.attrs.update(attrs)
        for name, field in own.items():
            object.__setattr__(value, name, field)
        for allowed in flags:
            value.flags.allows_duplicate_labels = allowed

    def refuses(self, value: Any) -> str:
        return "" if hasattr(value, "_update_inplace") else "this pandas cannot replace a frame in place"


class _ExtensionPlace(InPlaceRule):
    """Extension arrays of pandas: the elements are assigned."""

    whole = True

    def take(self, value: Any) -> object:
        return value.copy()

    def put(self, value: Any, state: Any) -> None:
        value[:] = state

    def shape(self, value: Any) -> object:
        return len(value), str(value.dtype)

    def shape_of_state(self, state: Any) -> object:
        return self.shape(state)


class _BitsPlace(InPlaceRule):
    """Bit generators of numpy: their state, and how many children their seed has spawned."""

    whole = True

    def bits(self, value: Any) -> Any:
        return value

    def take(self, value: Any) -> object:
        bits = self.bits(value)
        return bits.state, getattr(getattr(bits, "seed_seq", None), "n_children_spawned", 0)

    def put(self, value: Any, state: Any) -> None:
        bits = self.bits(value)
        bits.state = state[0]
        seed = getattr(bits, "seed_seq", None)
        missing = state[1] - getattr(seed, "n_children_spawned", state[1])
        if missing > 0 and seed is not None:
            seed.spawn(missing)  # the only way to move the counter

    def shape(self, value: Any) -> object:
        return type(self.bits(value)).__name__

    def shape_of_state(self, state: Any) -> object:
        return state[0]["bit_generator"]


class _GeneratorPlace(_BitsPlace):
    """Generators hold their bit generator for good: that is what is drawn from, and others may hold it as well."""

    whole = False
    fixed = True

    def bits(self, value: Any) -> Any:
        return value.bit_generator

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        return [(".bit_generator", value.bit_generator)]


class _RandomStatePlace(InPlaceRule):
    whole = True

    def take(self, value: Any) -> object:
        return value.get_state(legacy=False)

    def put(self, value: Any, state: Any) -> None:
        value.set_state(state)

    def shape(self, value: Any) -> object:
        return value.get_state(legacy=False)["bit_generator"]

    def shape_of_state(self, state: Any) -> object:
        return state["bit_generator"]


class _TensorPlace(InPlaceRule):
    """Tensors keep their storage; what a backward pass left beside them comes along."""

    whole = True
    whole_or_not = True

    def take(self, value: Any) -> object:
        # Copies, as a view would be stored as a view on the very tensor that it is to be put back into.
        gradient = value.grad if value.is_leaf else None
        copy = None if gradient is None else gradient.detach().clone()
        return value.detach().clone(), copy, bool(value.requires_grad)

    def put(self, value: Any, state: Any) -> None:
        data, gradient, requires = state
        with sys.modules["torch"].no_grad():
            value.copy_(data)
        value.requires_grad_(requires)
        value.grad = gradient

    def shape(self, value: Any) -> object:
        return tuple(value.shape), str(value.dtype)

    def shape_of_state(self, state: Any) -> object:
        return self.shape(state[0])

    def refuses(self, value: Any) -> str:
        if any(not name.startswith("_") for name in getattr(value, "__dict__", ())):
            return "a tensor with attributes of its own cannot be changed in place"
        if str(value.layout) != "torch.strided":
            return "a sparse tensor cannot be changed in place"
        return "" if value.is_leaf else "a tensor with a graph cannot be changed in place"


class _TorchGeneratorPlace(InPlaceRule):
    whole = True

    def take(self, value: Any) -> object:
        return value.get_state()

    def put(self, value: Any, state: Any) -> None:
        value.set_state(state)

    def shape(self, value: Any) -> object:
        return str(value.device)

    def shape_of_state(self, state: Any) -> object:
        return "cpu" if state.device.type == "cpu" else str(state.device)


class _OptimizerPlace(AttributePlace):
    """Optimizers; the `step` that a scheduler puts over theirs belongs to each object."""

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self.memos |= {"step"}
        self.plain = False


class _ContextPlace(InPlaceRule):
    """Contexts of `decimal`: settings, and the flags of what has happened, which computing with them only sets."""

    def take(self, value: Any) -> object:
        return value.__reduce__()[1]

    def gained(self, shot: Any, now: Any) -> bool:
        *before, flags, traps = shot
        *after, more, others = now
        return (before, traps) == (after, others) and set(flags) <= set(more)

    def put(self, value: Any, state: Any) -> None:
        *settings, flags, traps = state
        value.clear_traps()
        for name, setting in zip(("prec", "rounding", "Emin", "Emax", "capitals", "clamp"), settings, strict=True):
            setattr(value, name, setting)
        for signals, chosen in ((value.flags, flags), (value.traps, traps)):
            for signal in signals:
                signals[signal] = signal in chosen


class _QueuePlace(InPlaceRule):
    """Queues hold what lies in them; how many tasks are to be done comes along, and who waits for a change is told."""

    whole_or_not = True  # so that it comes after what lies in it

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        return [(".queue", value.queue)]

    def take(self, value: Any) -> object:
        return len(value.queue), value.unfinished_tasks

    def put(self, value: Any, state: Any) -> None:
        held = value.mutex.acquire(timeout=_PATIENCE)
        try:
            value.unfinished_tasks = state[1]
            if held:
                for waiting in (value.not_empty, value.not_full, value.all_tasks_done):
                    waiting.notify_all()
        finally:
            if held:
                value.mutex.release()


class _EventPlace(InPlaceRule):
    """Events by whether they are set; who waits for that is told."""

    changed_by = frozenset({"set", "clear"})

    def take(self, value: Any) -> object:
        return is_set(value)

    def put(self, value: Any, state: Any) -> None:
        if state != is_set(value):
            (value.set if state else value.clear)()


class _SharedValuePlace(InPlaceRule):
    """What processes share: a value of `ctypes` behind a lock."""

    fixed = True

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        return [(".get_obj()", value.get_obj())]


class _MemoryPlace(InPlaceRule):
    """Values of `ctypes` by their memory."""

    def take(self, value: Any) -> object:
        return bytes(value)

    def put(self, value: Any, state: Any) -> None:
        ctypes = sys.modules["ctypes"]
        ctypes.memmove(ctypes.byref(value), state, len(state))

    def shape(self, value: Any) -> object:
        return len(bytes(value))

    def shape_of_state(self, state: Any) -> object:
        return len(state)


_PATIENCE = 1.0  # seconds for the lock of a queue, which the caller may hold


LIBRARY_PLACES: dict[str, Callable[[type], InPlaceRule | None]] = {
    "numpy.ma.MaskedArray": lambda _: _MaskedPlace(),
    "numpy.ndarray": lambda _: _ArrayPlace(),
    "numpy.random.Generator": lambda _: _GeneratorPlace(),
    "numpy.random.BitGenerator": lambda _: _BitsPlace(),
    "numpy.random.RandomState": lambda _: _RandomStatePlace(),
    "pandas.DataFrame": lambda _: _FramePlace(),
    "pandas.Series": lambda _: _FramePlace(),
    "pandas.api.extensions.ExtensionArray": lambda _: _ExtensionPlace(),
    "decimal.Context": lambda cls: None if cls.__dictoffset__ else _ContextPlace(),
    "queue.Queue": lambda cls: _QueuePlace() if cls.__module__ == "queue" else None,  # another may hold more
    "threading.Event": lambda cls: _EventPlace() if cls.__module__ == "threading" else None,  # the same
    "asyncio.Event": lambda cls: _EventPlace() if cls.__module__ == "asyncio.locks" else None,
    "multiprocessing.synchronize.Event": lambda _: _EventPlace(),
    "multiprocessing.sharedctypes.SynchronizedBase": lambda _: _SharedValuePlace(),
    **dict.fromkeys(
        ("_ctypes._SimpleCData", "_ctypes.Array", "_ctypes.Structure", "_ctypes.Union"), lambda _: _MemoryPlace()
    ),
    "torch.Tensor": lambda _: _TensorPlace(),
    "torch.Generator": lambda _: _TorchGeneratorPlace(),
    "torch.nn.Module": AttributePlace,
    "torch.optim.Optimizer": _OptimizerPlace,
    "torch.optim.lr_scheduler.LRScheduler": AttributePlace,
}
"""Rules by the name of a class; nothing is imported. Arrays of objects go by `OBJECT_ARRAY`."""

OBJECT_ARRAY = _ObjectArrayPlace()
