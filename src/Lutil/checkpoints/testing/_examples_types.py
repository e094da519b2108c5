"""Classes and ways of making values for the rows over further types of the standard library."""

from __future__ import annotations

import contextvars
import csv
import dataclasses
import datetime as dt
import email.message
import enum
import functools
import io
import mmap
import random
import sqlite3
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

from ..model.process._records import NamedTuple

__all__ = [
    "CachedDict",
    "CachedFields",
    "CachedList",
    "Choices",
    "Day",
    "Dice",
    "Entry",
    "Error",
    "Mixed",
    "Person",
    "Seconds",
    "Shift",
    "asked",
    "at",
    "closed",
    "configured",
    "drawn",
    "kept",
    "local",
    "looped",
    "made",
    "mapped",
    "message",
    "ordinary",
    "raised",
    "row",
    "seen",
    "variable",
]


class Shift(dt.tzinfo):
    """A time zone of one's own."""

    def __init__(self, minutes: int = 0) -> None:
        self.minutes = minutes

    def utcoffset(self, _when: dt.datetime | None) -> dt.timedelta:
        """Return the shift."""
        return dt.timedelta(minutes=self.minutes)

    def dst(self, _when: dt.datetime | None) -> None:
        """Return nothing: there is no summer."""

    def tzname(self, _when: dt.datetime | None) -> str:
        """Return a name."""
        return "shifted"


class Day(dt.date):
    """A date with attributes."""


class Seconds(dt.timedelta):
    """A span of time with attributes."""


class Dice(random.Random):
    """A generator with an attribute."""

    sides = 6


class Error(Exception):
    """An error with an attribute."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Person:
    """Somebody who is weakly referred to."""

    def __init__(self, name: str) -> None:
        self.name = name


class Choices(enum.Flag):
    """Flags."""

    A = 1
    B = 2
    C = 4


class Mixed:
    """Slots and a dictionary."""

    __slots__ = ("__dict__", "x")

    def __init__(self, x: object, **more: object) -> None:
        self.x = x
        vars(self).update(more)


class Entry(NamedTuple):
    """Fields."""

    x: object


class CachedFields(Entry):
    """Fields and what follows from them."""

    @functools.cached_property
    def y(self) -> object:
        """Return a list of the field."""
        return [self.x]


class CachedList(list[Any]):
    """A list and what follows from it."""

    @functools.cached_property
    def y(self) -> int:
        """Return how long it is."""
        return len(self)


class CachedDict(dict[str, Any]):
    """A dictionary and what follows from it."""

    @functools.cached_property
    def y(self) -> int:
        """Return how long it is."""
        return len(self)


anna, bert = Person("Anna"), Person("Bert")


def kept(kind: Callable[[Any], Any], *names: str) -> Any:
    """Return a weak container or reference of people that are kept alive here."""
    people = [{"Anna": anna, "Bert": bert}[name] for name in names]
    if kind in {weakref.WeakValueDictionary, weakref.WeakKeyDictionary}:
        return kind({1: people[0]} if kind is weakref.WeakValueDictionary else {people[0]: 1})
    return kind(people if kind is weakref.WeakSet else people[0])


def asked(value: Any) -> Any:
    """Return an object that has been asked for what follows from it."""
    _ = value.y
    return value


def having(value: Any, **attributes: object) -> Any:
    """Return an object with attributes."""
    vars(value).update(attributes)
    return value


def ordinary(cls: type, *arguments: object, **attributes: object) -> Any:
    """Return an instance with attributes."""
    return having(cls(*arguments), **attributes)


def at(place: int, stream: io.BytesIO | io.StringIO) -> object:
    """Return a stream that has been read up to a place."""
    stream.seek(place)
    return stream


def local(**attributes: object) -> Any:
    """Return an object with attributes in this thread."""
    return having(threading.local(), **attributes)


def variable(*values: object) -> contextvars.ContextVar[object]:
    """Return a context variable, set to a value if there is one."""
    made: contextvars.ContextVar[object] = contextvars.ContextVar("v")
    for value in values:
        made.set(value)
    return made


def drawn(count: int) -> random.Random:
    """Return a generator which keeps a number for later after an odd number of draws."""
    generator = random.Random(1)  # noqa: S311 - a value to compare, no secret
    for _ in range(count):
        generator.gauss(0, 1)
    return generator


def message(text: str = "x", subject: str = "s") -> email.message.EmailMessage:
    """Return a message."""
    made = email.message.EmailMessage()
    made["Subject"] = subject
    made.set_content(text)
    return made


def seen(value: email.message.EmailMessage) -> email.message.EmailMessage:
    """Return a message that has been looked at."""
    _ = value.as_string(), value.items(), value.get_body()
    return value


def configured(value: str) -> Any:
    """Return settings as they are read from a file."""
    import configparser  # noqa: PLC0415 - for these rows only

    made = configparser.ConfigParser()
    made["section"] = {"option": value}
    return made


def raised(error: BaseException, *notes: str, cause: BaseException | None = None) -> BaseException:
    """Return an error as it is after it was raised and caught."""
    for note in notes:
        error.add_note(note)

    def fail() -> None:
        raise error from cause

    try:
        fail()
    except BaseException as caught:  # noqa: BLE001 - the one just raised
        return caught
    return error


def row(value: object) -> sqlite3.Row:
    """Return a row of a database."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    found: sqlite3.Row = connection.execute("select ? as a", (value,)).fetchone()
    connection.close()
    return found


def closed(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return a connection that leads nowhere any more."""
    connection.close()
    return connection


def mapped(content: bytes) -> mmap.mmap:
    """Return mapped memory."""
    memory = mmap.mmap(-1, len(content))
    memory[:] = content
    return memory


def made(function: Callable[..., object]) -> Any:
    """Return an instance of a class that the standard library makes under its own name."""
    cls = dataclasses.make_dataclass("Made", ["x"], namespace={"method": function})
    cls.__module__ = "types"  # as before Python 3.12
    return cls(1)


def looped(number: int) -> types.SimpleNamespace:
    """Return namespaces that hold each other."""
    one, other = types.SimpleNamespace(number=number), types.SimpleNamespace()
    one.other, other.one = other, one
    return one


csv.register_dialect("semicolons", delimiter=";")
