"""Looking at a value never crashes, whatever its class raises when it is looked at."""

from __future__ import annotations

import collections
import functools
import types
import weakref
from unittest import mock

import numpy as np
import pytest

from Lutil.checkpoints.fingerprint import digest, parts, preview
from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.state.objects._changes import After, Before
from Lutil.checkpoints.state.objects._common_memory import overlapping
from Lutil.checkpoints.state.objects._mutables import mutables
from Lutil.checkpoints.testing.fingerprint import SimpleResolver


class LookedAtError(RuntimeError):
    """What the classes here raise."""

    def __str__(self):
        raise ValueError("even its text raises")


def raises(*_args, **_kwargs):
    raise LookedAtError


def with_method(name, bases=(object,)):
    return type("Raising", bases, {name: raises})()


def with_property(name):
    return type("Raising", (), {name: property(raises)})()


class Meta(type):
    """A metaclass that raises when its classes are asked for what they do not have."""

    def __getattr__(cls, name):
        raise LookedAtError


class OddMeta(type):
    """A metaclass whose classes say odd things of themselves."""

    def __instancecheck__(cls, instance):
        raise LookedAtError

    def __subclasscheck__(cls, subclass):
        raise LookedAtError

    def __hash__(cls):
        return 5

    def __eq__(cls, other):
        raise LookedAtError


OddMeta.__module__ = property(raises)


def unbound_proxy():
    """Make what werkzeug's `LocalProxy` is: all that is asked of it goes to an object that is not there."""
    names = ("__class__", "__dict__", "__doc__", "__module__")
    space = {name: property(raises) for name in names} | {"__slots__": ("_held",)}
    methods = ("__getattr__", "__repr__", "__eq__", "__hash__", "__iter__", "__len__", "__bool__", "__reduce_ex__")
    return type("Proxy", (), space | dict.fromkeys(methods, raises))()


def bound_proxy(target):
    """Make a proxy that passes for a list or dictionary, and raises when it is read as one."""
    space = {"__class__": property(lambda _self: type(target)), "__len__": raises, "__iter__": raises}
    return type("Proxy", (), space)()


def dead_proxy():
    return weakref.proxy(Unequal())


class Lazy:
    """Reads its attributes when they are asked for, and cannot."""

    def __getattribute__(self, name):
        if name in {"__class__", "__reduce_ex__", "__getstate__"}:
            return object.__getattribute__(self, name)
        raise LookedAtError


def without_module():
    made = type("Nowhere", (), {"__init__": lambda self: setattr(self, "size", 3)})
    made.__module__ = None
    return made()


def with_odd_module():
    made = type("Nowhere", (), {"size": 3})
    made.__module__ = 5
    return made()


class Array(np.ndarray):
    """An array that says that it has no bytes."""

    tobytes = raises
    tolist = raises
    __reduce__ = raises


class RaisingList(list):
    __iter__ = raises
    __len__ = raises
    __eq__ = raises
    __hash__ = None
    __reduce_ex__ = raises


class RaisingDict(dict):
    __iter__ = raises
    keys = items = values = __len__ = __getitem__ = raises


class RaisingTuple(tuple):
    __slots__ = ()
    __iter__ = raises
    __len__ = raises


class RaisingStr(str):
    __slots__ = ()
    __str__ = __hash__ = encode = raises


class RaisingState:
    def __init__(self):
        self.state = [1]

    __getstate__ = raises


class Unequal:
    """Equal to nothing, not even to itself; true to nobody."""

    __eq__ = __bool__ = __len__ = __contains__ = raises

    def __hash__(self):
        return 7


def late_raiser():
    """Return objects of one class of which only one raises: those that are alike are looked at together."""

    class Sometimes:
        def __init__(self, number):
            self.number = number

        def __getattribute__(self, name):
            if name == "__dict__" and object.__getattribute__(self, "number") == 17:
                raise LookedAtError
            return object.__getattribute__(self, name)

    return [Sometimes(number) for number in range(40)]


def raising_state_of_reduce():
    class Reduced:
        def __reduce_ex__(self, _protocol):
            return functools.partial(raises), (), None, (raises() for _ in [1]), None

    return Reduced()


def array_in_itself():
    made = np.empty(2, dtype=object)
    made[0], made[1] = made, [made]
    return made


KINDS = {
    **{
        f"{name} raises": functools.partial(with_method, name)
        for name in (
            "__getattr__", "__getattribute__", "__len__", "__iter__", "__eq__", "__bool__", "__repr__", "__str__",
            "__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__array__", "__dataframe__", "__next__",
            "__fingerprint__", "__sizeof__", "__dir__", "__contains__", "__getitem__", "__format__", "__await__",
        )
    },
    **{
        f"{name} is a property that raises": functools.partial(with_property, name)
        for name in ("__class__", "__dict__", "__module__", "dtype", "shape", "_fields", "name", "format")
    },
    "__hash__ raises": lambda: with_method("__hash__"),
    "a metaclass that raises": Meta("Made", (), {}),
    "a class of such a metaclass": lambda: Meta("Made", (), {}),
    "a metaclass that says odd things": OddMeta("Made", (), {}),
    "an unbound proxy": unbound_proxy,
    "a proxy of a list": lambda: bound_proxy([1]),
    "a proxy of a dictionary": lambda: bound_proxy({"a": 1}),
    "a proxy of an array": lambda: bound_proxy(np.ones(3)),
    "a weak proxy of what is gone": dead_proxy,
    "lazy attributes": Lazy,
    "no module": without_module,
    "a module that is no text": with_odd_module,
    "an array without bytes": lambda: np.arange(3).view(Array),
    "a list that raises": lambda: RaisingList([1, [2]]),
    "a dictionary that raises": lambda: RaisingDict(a=[1]),
    "a tuple that raises": lambda: RaisingTuple([1, [2]]),
    "a text that raises": lambda: RaisingStr("a"),
    "a state that raises": RaisingState,
    "a truth that raises": Unequal,
    "one of many that raises": late_raiser,
    "a state that raises when it is read": raising_state_of_reduce,
    "an array of objects that raise": lambda: np.array([with_method("__reduce__"), Unequal(), None], dtype=object),
    "an array of objects that holds itself": array_in_itself,
    "a chain of maps": lambda: collections.ChainMap(RaisingDict(a=1)),
    "a namespace of what raises": lambda: types.SimpleNamespace(a=Unequal(), b=unbound_proxy()),
    "a set of what is unequal": lambda: {Unequal()},
    "a key that is unequal": lambda: {Unequal(): [1]},
    "a bound method of what raises": lambda: Unequal().__hash__,
    "a partial over what raises": lambda: functools.partial(raises, unbound_proxy(), a=Lazy()),
}  # fmt: skip


def wrapped(value):
    return {"k": [0, types.SimpleNamespace(part=value)]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_value_is_compared_or_refused_with_its_path(kind):
    for value, path in ((KINDS[kind](), "value"), (wrapped(KINDS[kind]()), "value['k'][1].part")):
        try:
            assert len(digest(value, SimpleResolver())) == 16
        except UnfingerprintableError as error:
            assert error.path.startswith(path)  # noqa: PT017 - either is right


@pytest.mark.parametrize("kind", KINDS)
def test_a_reached_value_never_raises_and_only_what_raises_counts_by_its_type(kind):
    value = wrapped(KINDS[kind]())
    first = digest(value, SimpleResolver(), lenient=True)
    value["k"][0] = 1
    assert digest(value, SimpleResolver(), lenient=True) != first


@pytest.mark.parametrize("kind", KINDS)
def test_surveys_parts_and_previews_never_raise(kind):
    value = wrapped(KINDS[kind]())
    for root in (value, value["k"][1].part):
        numbered = mutables([root])
        overlapping(numbered)
        parts(root, SimpleResolver(), PartKind.GLOBAL, "value", lenient=True)
        assert len(preview(root)) <= 80
        before = Before({"value": root}, SimpleResolver)
        assert isinstance(before.after(), After) or kind in UNTOLD
        before.unnumbered()


UNTOLD = {"__next__ raises", "__await__ raises"}
"""Nobody can tell whether a run has used some of these up."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_beside_what_raises_is_seen(kind):
    value = wrapped(KINDS[kind]())
    before = Before({"value": value}, SimpleResolver)
    value["k"].append(5)
    after = before.after()
    assert kind in UNTOLD or list(after.paths.values()) == ["value['k']"]


def test_the_element_that_raises_is_named():
    with pytest.raises(UnfingerprintableError) as caught:
        digest(late_raiser(), SimpleResolver(), path="rows")
    assert caught.value.path == "rows[17]"
    assert "LookedAtError" in str(caught.value)


def test_an_object_that_raises_only_later_is_a_change_that_cannot_be_put_back():
    class Closing:
        def __init__(self):
            self.items = [1]

        def __getattribute__(self, name):
            if name == "__dict__" and object.__getattribute__(self, "items") is None:
                raise LookedAtError
            return object.__getattribute__(self, name)

    value = Closing()
    before = Before({"value": value}, SimpleResolver)
    value.items = None
    assert not isinstance(before.after(), After)


def test_equal_values_that_raise_somewhere_agree():
    for kind, make in KINDS.items():
        one, other = (digest(wrapped(make()), SimpleResolver(), lenient=True) for _ in range(2))
        assert one == other or "set" in kind or "key" in kind, kind


def test_looking_at_a_mock_makes_nothing_in_it():
    value = mock.MagicMock()
    first = digest(value, SimpleResolver())
    mutables([value])
    Before({"value": value}, SimpleResolver).after()
    assert digest(value, SimpleResolver()) == first == digest(mock.MagicMock(), SimpleResolver())
    assert not value._mock_children
