"""What is pickled inside of other bytes: the functions in expressions and lazy frames of polars.

Nothing of a pickle is run in order to look at it: each call in it stands for itself, by what is called and with what. A
function that is pickled by reference counts by its code like any; of one that is pickled by value all counts but where
it stood.
"""

from __future__ import annotations

import io
import pickle
import re
import sys
from operator import attrgetter
from typing import Any, Final, Self

from ...model.process._interrupts import let_pass

__all__ = ["plan_of"]

_WIDTHS: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4}
"""How many bytes the length of other bytes has in msgpack, by the byte before it."""
_COUNTS: Final = {0xDC: 2, 0xDD: 4}
"""The same of a list, whose items are counted: in some places polars writes bytes as numbers, one by one."""
_FAR: Final = 4096
_STARTS: Final = re.compile(rb"\x80[\x04\x05]\x95|(\xcc)\x80[\x04\x05]\xcc\x95")
"""Of a pickle of protocol 4 or 5: as bytes, or spelled as numbers."""
_NUMBERS: Final = re.compile(rb"(?:[\x00-\x7f]|\xcc[\x80-\xff])*+")
_SMALL: Final = bytes(range(0x80))
_LARGE: Final = re.compile(rb"\xcc([\x80-\xff])")
_MODULE: Final = ("cloudpickle.cloudpickle", "subimport")
"""So a function that is pickled by value refers to a module that it uses."""
_SHIPPED: Final = "Lutil.checkpoints.faces._shipping"
"""So checkpointed functions are pickled: by their name and their store, or by value."""
_CODE: Final = 18
_PLACES: Final = frozenset((10, 13, 14))
"""Among the arguments that code is made of: its file, its first line and the table of its lines."""


def plan_of(serialized: bytes) -> tuple[bytes, list[list[object]]]:
    """Return what polars serialized without what is pickled in it, and that, as values of one content."""
    plan, start = b"", 0
    found: list[list[object]] = []
    while start_of := _STARTS.search(serialized, start):
        place = start_of.start()
        numbers = start_of[1] is not None
        run = _NUMBERS.match(serialized, place) if numbers else None
        data, offset = (serialized, place) if run is None else (_as_bytes(run[0]), 0)
        stream = io.BytesIO(data)
        stream.seek(offset)
        reader = _PickleReader(stream)
        try:
            made = reader.load()
        except Exception as error:  # noqa: BLE001 - bytes that only look like the start of a pickle
            let_pass(error)
            plan += serialized[start : start_of.end()]
            start = start_of.end()
            continue
        end = place + _length(data[offset : stream.tell()], numbers=numbers)
        plan += serialized[start : _before_length(serialized, place, end, start)]
        found.append(reader.content(made))
        start = end
    return plan + serialized[start:], found


def _as_bytes(numbers: bytes) -> bytes:
    """Return the bytes that a list of numbers in msgpack spells."""
    return _LARGE.sub(rb"\1", numbers)


def _length(data: bytes, *, numbers: bool) -> int:
    """Return how long bytes are where they stand: of a list of numbers, those from 128 on take two."""
    return len(data) + (len(data.translate(None, _SMALL)) if numbers else 0)


def _before_length(data: bytes, place: int, end: int, start: int) -> int:
    """Return where the bytes begin which end here: their length tells where the code of a function stood."""
    for head in range(place - 1, max(place - _FAR, start - 1), -1):
        width = _WIDTHS.get(data[head], 0) or _COUNTS.get(data[head], 0)
        first = head + 1 + width
        if not width:
            continue
        size = end - first if data[head] in _WIDTHS else len(_as_bytes(data[first:end]))
        if int.from_bytes(data[head + 1 : first], "big") == size:
            return head
    return place


class _Made:
    """What a call in a pickle would have given."""

    calls: list[_Made]
    what: object
    given: tuple[tuple[Any, ...], dict[str, Any]]
    number: int

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = object.__new__(cls)
        made.called(cls, args, kwargs)
        return made

    def called(self, what: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take note of what is called with what."""
        self.what, self.given = what, (args, kwargs)
        self.state: list[Any] = []
        self.number = len(self.calls)
        self.calls.append(self)

    def __call__(self, *args: Any, **kwargs: Any) -> _Made:
        made = object.__new__(type(self))
        made.called(self, args, kwargs)
        return made

    def __setstate__(self, state: Any) -> None:
        self.state.append(state)

    def append(self, item: Any) -> None:
        """Take an item of what is a list."""
        self.state.append(item)

    def __setitem__(self, key: Any, item: Any) -> None:
        self.state.append((key, item))


class _PickleReader(pickle.Unpickler):
    """Reads a pickle and runs nothing of it."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self._calls: list[_Made] = []
        self._classes: dict[tuple[str, str], type[_Made]] = {}

    def find_class(self, module: str, name: str) -> Any:
        key = module, name
        if key not in self._classes:
            self._classes[key] = type(name, (_Made,), {"calls": self._calls, "place": key})
        return self._classes[key]

    def content(self, made: object) -> list[object]:
        """Return all calls, in their order, and what was made in the end."""
        calls = [(self._plain(one.what), self._arguments(one), self._plain(one.state)) for one in self._calls]
        return [*calls, self._plain(made)]

    def _arguments(self, one: _Made) -> object:
        args, kwargs = one.given
        module, name = getattr(one.what, "place", ("", ""))
        if (module, name) == _MODULE:
            return sys.modules.get(args[0], args)
        if module == _SHIPPED:  # where it keeps its results, and which object it was, do not count
            return self._shipped(name, args)
        if isinstance(one.what, _Made) and len(args) == _CODE:
            args = tuple(arg for number, arg in enumerate(args) if number not in _PLACES)
        return self._plain((args, kwargs))

    def _shipped(self, call: str, args: tuple[Any, ...]) -> object:
        """Return what counts of a call by which a checkpointed function is pickled."""
        if call == "_by_name":
            return _named(*args[:2])
        return self._plain(args[1]["function"]) if call == "_fill" else None

    def _plain(self, value: Any) -> object:
        if isinstance(value, _Made):
            return ("made", value.number)
        if isinstance(value, type) and issubclass(value, _Made):
            return _named(*value.place)  # type: ignore[attr-defined]  # of each class made here
        if type(value) in (tuple, list):
            return type(value)(map(self._plain, value))
        if type(value) is dict:
            return {self._plain(key): self._plain(item) for key, item in value.items() if key != "__file__"}
        return value


def _named(module: str, name: str) -> object:
    """Return what a pickle refers to, if it is loaded, else its name."""
    try:
        return attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return module, name
