"""What the hashing tests of joblib, dask, Hugging Face datasets and streamlit ask for, said of calls.

Values that are one argument make a function run once; values that are apart make it run once each. Where we differ by
design, the last tests say what happens here; `docs/peers.md` says why.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import gc
import io
import itertools
import operator
import pickle
import random
import re
import types
import uuid
import warnings
from unittest.mock import MagicMock, Mock

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import toolz

from Lutil.checkpoints import UnfingerprintableError, checkpoint, register

_times = itertools.count()


def runs(*values):
    """Return how often a function runs that is called with each of these, one after the other."""
    made = []

    @checkpoint(ignore=["made"], version=next(_times))
    def taken(value):
        made.append(1)

    for value in values:
        taken(value)
    return len(made)


def travelled(value):
    """Return what comes out of a pickle that takes functions and classes along."""
    return cloudpickle.loads(cloudpickle.dumps(value))


def in_itself(last):
    made = [None, last]
    made[0] = made
    return made


def named_itself():
    made = {}
    made["me"] = made
    return made


def crossed():
    made = [[], []]
    made[0].append(made[1])
    made[1].append(made[0])
    return made


def each_in_itself():
    made = [[], []]
    made[0].append(made[0])
    made[1].append(made[1])
    return made


def at(position, made):
    made.seek(position)
    return made


def local_class():
    class Local:
        pass

    return Local


def local_function():
    def answer():
        return 123

    return answer


def closure(held, default=None):
    def answer(x, also=default):
        return held, also, x

    return answer


def of_cell(name, held):
    """Return a function as a notebook makes it: its file is the number of a cell, or a file of the kernel."""

    def answer():
        return held

    return types.FunctionType(answer.__code__.replace(co_filename=name), globals(), "answer", None, answer.__closure__)


def positional(a, b=1, c=2):
    return a


def other(a, b, c=1):
    return b


class Held:
    def __init__(self, held):
        self.held = held

    def __call__(self):
        return self.held

    def method(self):
        return self.held

    @staticmethod
    def static():
        return 1

    @classmethod
    def of_class(cls):
        return cls

    def __repr__(self):
        return "all the same"


class Below(Held):
    pass


class Unshowable:
    def __repr__(self):
        raise AssertionError


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, **given):
        for name, value in given.items():
            setattr(self, name, value)


class SlottedAndMore(Slotted):
    pass


@dataclasses.dataclass
class Whole:
    a: int


@dataclasses.dataclass
class Real:
    a: float


@dataclasses.dataclass(frozen=True)
class Unset:
    a: int = dataclasses.field(init=False)


class Rebuilt:
    def __init__(self, *given):
        self.given = given

    def __reduce__(self):
        return type(self), self.given


class ByX:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __fingerprint__(self):
        return self.x

    def method(self):
        return self.y


NAMES = [f"subject_{number}.nii.gz" for number in range(40)]
UTC = dt.timezone.utc  # noqa: UP017  (the spelling that people have in their code)

APART = {
    "plain values": lambda: [
        *(1, 2, 1.0, 2.0, 1 + 1j, 2 + 1j, "a", "b", (1,), (1, 1), [1], [1, 1], {1: 1}, {1: 2}, {2: 1}, None),
        *(
            True,
            b"a",
            gc.collect,
            [1].append,
            {"a", 1},
            {"a", 1, ("a", 1)},
            {"a": 1, 1: 2},
            {"a": 1, 1: 2, "d": {"a": 1}},
        ),
        *([], (), {}, set(), str, int, -1, 2**7, 2**7 - 1, 2**7 + 1, "hello", "hellö", abs, type, False),
    ],
    "methods of values": lambda: [collections.deque(range(size)).extend for size in (9, 10)],
    "arrays": lambda: [np.arange(9.0).reshape(3, 3), np.arange(9.0).reshape(3, 3).T, np.arange(9.0), np.arange(9)],
    "an item that is not shown": lambda: [np.arange(2000), np.where(np.arange(2000) == 1000, 0, np.arange(2000))],
    "arrays of dates": lambda: [np.arange(3), np.arange(3).astype("M8[s]"), np.arange(3).astype("m8[D]")],
    "slices of an array": lambda: [np.arange(8.0)[::2], np.arange(8.0)[::3], np.arange(8.0)[:4]],
    "dimensions": lambda: [np.array(0), np.array([0]), np.zeros(10), np.zeros(11)],
    "types of nothing": lambda: [np.array([]), np.array([], dtype=np.int64)],
    "numpy scalars": lambda: [
        *(kind(1) for kind in (np.int64, np.int32, np.uint32, np.float64)),
        1,
        "1",
        np.float64(2),
    ],
    "records": lambda: [
        np.ones(3, [("a", one), ("b", two)]) for one, two in (("u8", "i8"), ("i8", "u8"), ("u8", "u8"))
    ],
    "a matrix and its array": lambda: [matrix(1, 2), np.array([[1, 2]]), matrix(1, 3)],
    "functions of numpy": lambda: [
        np.sin,
        np.cos,
        *(np.frompyfunc(f, 1, 1) for f in (lambda x: x + 1, lambda x: x + 2)),
    ],
    "functions": lambda: [
        *(lambda x: x, lambda x: x + 1, lambda y: y, lambda y: y + 1, local_function(), positional, other),
        *(
            closure(lambda x: x),
            closure(lambda x: x + 1),
            closure(1, lambda x: x),
            closure(1, lambda x: x + 1),
            closure(1),
        ),
    ],
    "what can be called": lambda: [
        *(getattr, str.join, "foo".join, Held.__str__, Held(1).__str__, Held.method, Held(1).method, Held.of_class),
        *(operator.add, operator.mul, Held(1), Held(2), Below(1)),
    ],
    "methods of instances": lambda: [Held(1).method, Held(2).method, Below(1).method],
    "methods of classes": lambda: [Held(1).of_class, Below(1).of_class],
    "put together": lambda: [
        *(functools.partial(positional, b=2), functools.partial(positional, b=3), functools.partial(other, b=2)),
        *(
            toolz.compose(len, str),
            toolz.compose(len, repr),
            toolz.curry(positional, b=1),
            toolz.curry(positional, b=2),
        ),
        *(toolz.curry(positional), toolz.curry(other), functools.partial(int, base=2), functools.partial(int, base=3)),
    ],
    "cells of a notebook": lambda: [of_cell("<ipython-input-2-e0>", [0]), of_cell("<ipython-input-2-e0>", [1])],
    "streams": lambda: [
        *(random.Random(1), random.Random(2), np.random.RandomState(1), np.random.RandomState(2)),
        *(random.Random(1).random, random.Random(2).random, np.random.RandomState(1).random),
    ],
    "a stream that was drawn from": lambda: [random.Random(1), functools.reduce(drawn, range(1), random.Random(1))],
    "one look": lambda: [Held(1), Held(2)],
    "slots": lambda: [Slotted(x=1), Slotted(x=2), Slotted(y=1), Slotted(), Slotted(x=1, y=1)],
    "slots and more": lambda: [*(extended(x, z) for x, z in ((1, 2), (1, 3), (2, 2))), SlottedAndMore(x=1)],
    "what was never set": lambda: [Unset(), Whole(1)],
    "data classes": lambda: [Whole(1), Whole(2), Real(1), Whole, Real, dataclasses.make_dataclass("Whole", ["a"])(1)],
    "rebuilt": lambda: [Rebuilt(1), Rebuilt(2), Rebuilt("a", [1, 2]), Rebuilt("a", [1, 3])],
    "instances that hold arrays": lambda: [Held(np.array([1, 2])), Held(np.array([1, 3]))],
    "members": lambda: [m for name in "AB" for kind in (enum.Enum, enum.IntFlag) for m in kind(name, {"X": 1, "Y": 2})],
    "ranges": lambda: [range(5, 10, 2), range(1, 10, 2), range(5, 15, 2), range(5, 10, 1)],
    "in order": lambda: [collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)],
    "lists in themselves": lambda: [in_itself(2), in_itself(3), crossed(), each_in_itself()],
    "durations": lambda: [dt.timedelta(days=1), dt.timedelta(days=2)],
    "dates": lambda: [dt.date(2021, 6, 25), dt.date(2002, 6, 25), dt.date(2021, 7, 25), dt.date(2021, 6, 26)],
    "times of day": lambda: [
        dt.time(*at) for at in ((1, 2, 3, 4, UTC), (2, 2, 3, 4, UTC), (1, 2, 3, 5, UTC), (1, 2, 3, 4))
    ],
    "times": lambda: [
        dt.datetime(*start, tzinfo=zone)
        for start in itertools.product((1, 2), (2, 3), (4, 5), (6,), (7, 8), (9,), (10, 11))
        for zone in (UTC, None)
    ],
    "times of pandas": lambda: [
        pd.Timestamp(f"{year}-01-01T12", tz=zone)
        for year, zone in itertools.product((2017, 2019), ("US/Pacific", "Europe/Berlin", "UTC", None))
    ],
    "numbers for things": lambda: [uuid.UUID(int=1), uuid.UUID(int=2), uuid.uuid5(uuid.NAMESPACE_DNS, "a.b")],
    "patterns": lambda: [re.compile("foo"), re.compile("bar"), re.compile("foo", re.IGNORECASE)],
    "views": lambda: [
        *(types.MappingProxyType({name: 1}) for name in "ac"),
        *(view for name in "ac" for view in ({name: 1}.items(), {name: 1}.keys())),
    ],
    "descriptors": lambda: [vars(local_class())["__dict__"], vars(Held)["__dict__"]],
    "texts in memory": lambda: [
        *(io.BytesIO(b"123"), io.BytesIO(b"456"), at(1, io.BytesIO(b"123"))),
        *(io.StringIO("123"), io.StringIO("456"), at(1, io.StringIO("123"))),
    ],
    "steps in time": lambda: [
        *(pd.DateOffset(months=7), pd.DateOffset(months=8), pd.offsets.MonthBegin(2), pd.offsets.MonthBegin(3)),
        *(pd.offsets.Second(1), pd.offsets.Day(1), pd.offsets.BQuarterEnd(2)),
    ],
    "frames": lambda: [
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 4]}),
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 5]}),
        pd.DataFrame({"B": [1, 2, 3], "A": [2, 3, 4]}),
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 4]}, index=[1, 2, 3]),
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 4]}, index=pd.Index([1, 2, 3], name="foo")),
        pd.DataFrame({"A": [1, 2, 3]}),
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 4], "C": [1, 2, 3]}),
        pd.DataFrame({"A": [1, 2, 3], "B": [2, 3, 4]}).sort_values(by=["B"], ascending=False),
        pd.DataFrame({"A": [1, 2, 3], "C": [2, 3, 4]}),
        pd.DataFrame({"C": [2, 3, 4], "A": [1, 2, 3]}),
        *(
            pd.DataFrame({"A": [1, 2, 3], "B": pd.array([2, 3, 4], dtype=kind)})
            for kind in ("UInt64", "Int64", "category")
        ),
    ],
    "series": lambda: [*(pd.Series([1, 2], dtype=kind) for kind in ("int64", "UInt64", "Int64")), pd.Series([1, 3])],
}
"""Values of which no two are one argument."""


def drawn(stream, _):
    stream.random()
    return stream


def matrix(*values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.asmatrix([values])


def extended(x, z):
    made = SlottedAndMore(x=x)
    made.z = z
    return made


@pytest.mark.parametrize("make", APART.values(), ids=APART)
def test_values_that_peers_tell_apart_are_apart(make):
    values = make()
    assert runs(*values) == len(values)


ALIKE = {
    **APART,
    "a set of what has no order": lambda: [{decimal.Decimal(0), decimal.Decimal("NaN")}, {1, 2, "x", (1, "x")}],
    "one tuple in many places": lambda: [{(number, NAMES[0]) for number in range(100)}, dict.fromkeys(NAMES, (1, 2))],
    "types of numpy": lambda: [np.dtype("f4"), np.dtype([("name", np.str_, 16), ("grades", np.float64, (2,))])],
    "arrays of objects": lambda: [
        np.array([np.arange(size) for size in range(6)], dtype=object),
        np.array(["a", None, Held(1)], dtype=object),
        np.array([(1, "a"), (1, None)], dtype=object),
        np.array(["foo", "Jos\xe9", np.nan], dtype=object),
    ],
    "records in arrays": lambda: [
        np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i8")])[0],
        np.random.RandomState(1).rand(99),
    ],
    "odd labels": lambda: [
        pd.DataFrame([[1]], columns=pd.Index(["x\ud83d"], dtype=object)),
        pd.Series(["4", "asd\ud83d", None], dtype=object),
        pd.DataFrame({"ö".encode(): [1, 2], "ö": ["ö", "ö".encode()]}),
        pd.DataFrame({"x": ["foo", None, Held(1)]}),
    ],
    "columns of pandas": lambda: [
        pd.array([1, 0, None], dtype="Int64"),
        pd.array(["2000"], dtype="Period[D]"),
        pd.array([1, 0, 0], dtype="Sparse[int]"),
        pd.array([pd.Timestamp("2000", tz="CET")], dtype="datetime64[ns, CET]"),
        pd.array(["a", "b"], dtype=pd.CategoricalDtype(["a", "b", "c"])),
        pd.array(["a", None], dtype="string"),
        pd.Series(["a", "b"], dtype="string[pyarrow]"),
        pd.array([True, None], dtype="boolean"),
        pd.NA,
        pd.MultiIndex.from_product([["a", "b"], [0, 1]]),
        pd.Series(range(100_000)),
    ],
    "classes and functions made anew": lambda: [local_class(), local_class()(), local_function()],
    "one that cannot be shown": lambda: [{1: Unshowable(), "2": Unshowable()}],
    "a dictionary in itself": lambda: [named_itself()],
}


@pytest.mark.parametrize("make", ALIKE.values(), ids=ALIKE)
def test_values_that_are_made_anew_are_the_same_arguments(make):
    for one, another in zip(make(), make(), strict=True):
        assert runs(one, another) == 1, one


UNSENT = {"descriptors", "views", "functions of numpy", "what can be called", "classes and functions made anew"}
"""What no pickle takes along, or a class that it makes anew where it stands by itself."""


@pytest.mark.parametrize("make", [make for name, make in ALIKE.items() if name not in UNSENT])
def test_values_that_have_travelled_are_the_same_arguments(make):
    for value in make():
        assert runs(value, travelled(value)) == 1, value


def test_the_past_of_strings_and_types_does_not_count():
    held, name = {"foo": "bar"}, np.dtype("f4")
    assert runs([held, dict(held)], [held, pickle.loads(pickle.dumps(held))]) == 1
    assert runs(["abc", "abc"], ["abc", "".join("abc")]) == 1
    assert runs([name, name], [name, pickle.loads(pickle.dumps(name))]) == 1


def test_how_numpy_prints_does_not_count():
    with np.printoptions(formatter={"all": lambda _: "foo"}):
        assert runs(np.array(1), np.array(2)) == 2


def test_what_a_map_of_a_file_shows_counts_and_where_it_is_does_not(tmp_path):
    (tmp_path / "one").write_bytes(b"ashekwicht")
    (tmp_path / "two").write_bytes(b"ashekwicht")
    first, second = (np.memmap(tmp_path / name, np.uint8, "r", shape=5) for name in ("one", "two"))
    later = np.memmap(tmp_path / "one", np.uint8, "r", offset=5, shape=5)
    assert runs(first, second) == runs(first[1:-1], second[1:-1]) == 1
    assert runs(first, later, first[1:2], first[1:3], later[1:3]) == 5


def test_static_methods_are_those_of_no_instance():
    assert runs(Held(1).static, Held(2).static, Below(1).static, Held.static) == 1


def test_arguments_by_name_are_told_apart_by_their_names():
    made = []

    @checkpoint(ignore=["made"])
    def taken(*values, **named):
        made.append(1)

    for _ in range(2):
        taken(5)
        taken(5, x=1)
        taken(5, x=2)
        taken(5, y=1)
        taken(5, {"x": 1})
    assert len(made) == 5


def test_what_a_class_says_of_itself_counts_and_what_is_registered_counts_before_it():
    assert runs(ByX(1, 2), ByX(1, 3)) == runs(ByX(1, 2).method, ByX(1, 3).method) == 1
    assert runs(ByX(1, 2), ByX(2, 2)) == 2
    cls = type("Registered", (ByX,), {"__module__": __name__})
    register(cls, lambda one: one.y)
    assert runs(cls(1, 2), cls(2, 2)) == 1
    assert runs(cls(1, 2), cls(1, 3)) == 2


def test_a_class_that_fails_to_say_what_it_is_is_named_with_the_error():
    cls = type("Failing", (), {"__fingerprint__": lambda self: "a" + 1, "__module__": __name__})
    with pytest.raises(UnfingerprintableError, match=r"`value\[0\]`.*`__fingerprint__` raised TypeError: can only"):
        runs([cls()])


@pytest.mark.parametrize("name", ["__reduce__", "__getstate__"])
def test_an_object_that_cannot_be_taken_apart_is_refused_with_the_error(name):
    def failing(self):
        raise pickle.PicklingError

    with pytest.raises(UnfingerprintableError, match=r"PicklingError\. Ways out"):
        runs(type("Closed", (), {name: failing})())


def test_what_is_used_up_by_being_read_is_refused_wherever_it_is():
    for value in (x for x in range(1)), {1: (x for x in range(1))}:
        with pytest.raises(UnfingerprintableError, match="used up"):
            runs(value)


def test_pictures_count_by_what_they_show():
    image = pytest.importorskip("PIL.Image")
    small, large = (50, 50), (1000, 1000)
    assert runs(*(image.new("RGB", small, (220, 20, 60)) for _ in range(2))) == 1
    assert runs(*(image.new("RGB", size, (220, 20, b)) for size in (small, large) for b in (60, 61))) == 4


def test_models_of_pydantic_count_by_class_and_fields():
    pydantic = pytest.importorskip("pydantic")
    one, two = (pydantic.create_model(name, name=(str, ...)) for name in ("One", "Two"))
    assert runs(one(name="a"), one(name="a")) == 1
    assert runs(one(name="a"), one(name="b"), two(name="a")) == 3


def test_tables_of_arrow_and_polars_count_by_what_they_hold():
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    content = [{"x": [1, 2], "y": ["a", "b"]}, {"x": [1, 2], "y": ["a", "d"]}, {"y": ["a", "b"], "x": [1, 2]}]
    for make in pa.table, pl.DataFrame:
        assert runs(*map(make, content)) == 3
        assert runs(make(content[0]), make(content[0])) == 1
    types_ = [pa.int64(), pa.float64(), pa.struct({"x": pa.int32()}), pa.struct({"x": pa.float64()})]
    assert runs(*types_, *types_) == 4


def test_sparse_arrays_count_by_values_and_places():
    sparse = pytest.importorskip("scipy.sparse")
    made = sparse.random(10, 20, random_state=np.random.RandomState(1)).asformat("dok")
    changed = made.copy()
    changed[3, 3] = 1
    assert (runs(made, made.copy()), runs(made, changed)) == (1, 2)


def test_functions_of_numba_count_by_their_code():
    numba = pytest.importorskip("numba")

    def add(x, y):
        return x + y

    def subtract(x, y):
        return x - y

    def add_into(x, y, found):
        found[0] = x + y

    def subtract_into(x, y, found):
        found[0] = x - y

    scalar = [numba.njit(add), numba.njit(subtract), numba.vectorize(add), numba.vectorize(subtract)]
    general = [numba.guvectorize("(),()->()")(function) for function in (add_into, subtract_into)]
    assert scalar[0](1, 2) == 3
    assert runs(*scalar, *general) == 6
    assert runs(numba.njit(add), scalar[0]) == runs(numba.vectorize(add), scalar[2]) == 1


def test_a_tokenizer_that_was_used_is_the_same():
    tokenizers = pytest.importorskip("tokenizers")
    makes = [functools.partial(tokenizers.models.WordLevel, {"a": 0, "b": 1}, unk_token=unk) for unk in "ab"]
    used, fresh, another = (tokenizers.Tokenizer(makes[which]()) for which in (0, 0, 1))
    used.encode("a b")
    assert (runs(used, fresh), runs(fresh, another)) == (1, 2)
    held = [lambda text, tokenizer=tokenizer: tokenizer.encode(text) for tokenizer in (used, fresh, another)]
    assert runs(*held) == 2


def test_a_fresh_process_under_another_hash_seed_and_name_finds_the_same_arguments(program):
    text = f"""
        from decimal import Decimal
        from pathlib import Path
        import numpy as np
        from Lutil.checkpoints import checkpoint, configure
        configure(store=Path(__file__).parent.parent / "kept")
        names = {NAMES!r}
        runs = []
        class Held:
            def __init__(self, held): self.held = held
        def foo(): pass
        @checkpoint(ignore=["runs"])
        def taken(value): runs.append(value)
        for value in (set(names), dict.fromkeys(names, [33]), {{Decimal(0), Decimal("NaN")}}, foo, Held(frozenset(names)),
                      np.arange(9).reshape(3, 3)[:, :2], [3, "abc", None, Held(1)], np.array([set(names)], dtype=object)):
            taken(value)
        print(len(runs))
    """
    program.write(text, "one/main.py")
    program.write(text, "two/moved.py")
    assert program.run("one/main.py", seed=1).strip() == "8"
    assert program.run("two/moved.py", seed=2).strip() == "0"


def test_a_version_that_is_said_counts():
    def made(**options):
        runs = []

        @checkpoint(ignore=["runs"], name="told", **options)
        def told():
            runs.append(1)

        told()
        return len(runs)

    assert [made(), made(version="1.0.0"), made(version="2.0.0"), made(), made(version="1.0.0")] == [1, 1, 1, 0, 0]


def test_a_function_by_type_that_was_used_is_the_same_and_one_more_type_is_not():
    @functools.singledispatch
    def told(value):
        return "any"

    made = []

    @checkpoint(ignore=["made"])
    def taken(function):
        made.append(1)

    taken(told)
    told([])
    taken(told)
    assert len(made) == 1
    told.register(int, lambda value: "a number")
    taken(told)
    assert len(made) == 2


# Where we differ by design: docs/peers.md.


def test_the_order_of_a_dictionary_counts():
    assert runs({"x": 1, "y": 2}, {"y": 2, "x": 1}) == 2


def test_where_the_values_of_an_array_lie_does_not_count():
    array = np.arange(6000.0).reshape(1000, 2, 3)
    assert runs(array, np.asfortranarray(array)) == runs(array[:, :1], np.ascontiguousarray(array[:, :1])) == 1


def test_a_map_of_a_file_is_another_type_than_an_array(tmp_path):
    np.save(tmp_path / "kept.npy", np.arange(3))
    assert runs(np.arange(3), np.load(tmp_path / "kept.npy", mmap_mode="r")) == 2


def test_functions_count_by_their_code_wherever_they_stand():
    one = [lambda x: x + 1, lambda x: x + 1]
    assert runs(*one) == 1


def test_objects_without_anything_in_them_are_one_argument():
    assert runs(object(), object()) == 1


def test_stand_ins_of_tests_are_handles():
    assert runs(Mock(), Mock()) == runs(MagicMock(), MagicMock()) == 1


def test_the_method_of_the_stream_of_the_process_counts_by_its_name_until_it_draws():
    random.seed(1)
    first, stream = random.random, random.getstate()
    random.seed(2)
    assert runs(first, random.random) == 1
    random.setstate(stream)
    assert runs(first, pickle.loads(pickle.dumps(first))) == 2


def test_an_open_file_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with (
        (tmp_path / "a.txt").open() as file,
        pytest.raises(UnfingerprintableError, match="pass its path or its content"),
    ):
        runs(file)
