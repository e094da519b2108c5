"""P7: a value that pickling would change is kept whole or not at all, never handed back as another one."""

from __future__ import annotations

import uuid
import warnings

import pytest

from Lutil.checkpoints import NotSavedWarning, checkpoint


class Lossy:
    """Its pickles forget the unit."""

    def __init__(self, amount, unit="m"):
        self.amount, self.unit = amount, unit

    def __reduce__(self):
        return Lossy, (self.amount,)


class Other:
    """Its pickles make another class."""

    def __new__(cls, scale=None):
        return super().__new__(cls if scale is not None else Standard)

    def __init__(self, scale=None):
        self.scale = scale


class Standard(Other):
    pass


class Fails:
    def __setstate__(self, state):
        raise RuntimeError("not without its server")

    def __init__(self):
        self.port = 1


class Restless:
    """Another one each time that it is read back: nobody can tell whether anything was lost."""

    def __init__(self):
        self.number = uuid.uuid4()

    def __setstate__(self, state):
        self.number = uuid.uuid4()


class Sound:
    """Says itself what its state is, and loses nothing."""

    def __init__(self, rows):
        self.rows, self.index = rows, {row: place for place, row in enumerate(rows)}

    def __getstate__(self):
        return {"rows": self.rows}

    def __setstate__(self, state):
        self.__init__(state["rows"])


class ApiError(Exception):
    def __init__(self, text, *, code):
        super().__init__(text)
        self.code = code


class CodedError(OSError):
    def __init__(self, number, text, *, where):
        super().__init__(number, text)
        self.where = where


def runs_of(make):
    """Return how often a checkpointed function ran in two calls, its last result, and what was said."""
    ran = []

    @checkpoint(ignore=["ran"])
    def made(name):
        ran.append(name)
        return make()

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        made(make.__name__)
        result = made(make.__name__)
    return len(ran), result, [str(w.message) for w in said if issubclass(w.category, NotSavedWarning)]


def lost_unit():
    return {"lengths": [Lossy(1, "m"), Lossy(2, "km")]}


def other_class():
    return Other(2)


def not_read_back():
    return [Fails()]


@pytest.mark.parametrize(
    ("make", "path"), [(lost_unit, "result['lengths'][1]"), (other_class, "result"), (not_read_back, "result[0]")]
)
def test_a_value_that_comes_back_as_another_one_is_not_kept(make, path):
    ran, _, said = runs_of(make)
    assert ran == 2
    assert f"`{path}`" in said[0]


def test_a_class_whose_pickles_differ_each_time_is_kept_and_named():
    with_notes = checkpoint(lambda: [Restless()])
    assert runs_of(Restless)[0] == 1
    with_notes()
    assert "pickles of Restless differ each time" in with_notes.explain().details()


def test_a_class_with_a_state_of_its_own_is_kept():
    ran, result, said = runs_of(lambda: Sound([3, 4]))
    assert (ran, result.index, said) == (1, {3: 0, 4: 1}, [])


@pytest.mark.parametrize("make", [lambda: ApiError("x", code=1), lambda: CodedError(2, "gone", where="here")])
def test_exceptions_with_keyword_only_arguments_come_back(make):
    ran, result, said = runs_of(make)
    expected = make()
    assert (ran, said) == (1, [])
    assert (type(result), result.args, vars(result), str(result)) == (
        type(expected), expected.args, vars(expected), str(expected),
    )  # fmt: skip


def test_an_argument_counts_with_the_attributes_that_its_reduce_leaves_out():
    @checkpoint
    def unit(length):
        return length.unit

    assert [unit(Lossy(1, "m")), unit(Lossy(1, "km")), unit(Lossy(1, "m"))] == ["m", "km", "m"]


def test_what_reading_back_would_cost_is_bounded():
    from Lutil.checkpoints.codec import Encoded
    from Lutil.checkpoints.state import _returned_value

    large = Encoded(b"", [memoryview(bytes(1 << 20))] * 300, plain=True, given=0)
    assert not _returned_value._affordable(large, 1e6)
    slow = Encoded(b" " * 20_000_000, [], plain=True, given=0)
    assert not _returned_value._affordable(slow, 0.1)
    assert _returned_value._affordable(slow, 10.0)


class Bunch(dict):
    """A dictionary whose attributes are its items, as many libraries have one."""

    def __init__(self, **items):
        super().__init__(items)
        self.__dict__ = self


class Asking(Bunch):
    """Answers for attributes that it has not."""

    def __getattr__(self, name):
        raise AttributeError(name)


@pytest.mark.parametrize("cls", [Bunch, Asking])
@pytest.mark.parametrize("hold", [lambda bunch: bunch, lambda bunch: [bunch], lambda bunch: type(bunch)(inner=bunch)])
def test_a_dictionary_whose_attributes_are_its_items_comes_back_as_one(cls, hold):
    @checkpoint
    def made():
        return hold(cls(a=[1], b=2))

    @checkpoint
    def changed(bunch):
        bunch.c = bunch["b"] + 1
        return bunch.a

    for _ in range(2):
        found = made()
        bunch = found[0] if isinstance(found, list) else found.get("inner", found)
        assert type(bunch) is cls
        assert vars(bunch) is bunch
        assert changed(bunch) is bunch["a"]
        bunch.d = 4
        assert bunch == {"a": [1], "b": 2, "c": 3, "d": 4}
        assert (bunch.c, bunch["d"]) == (3, 4)
    assert (made.cache_info().hits, changed.cache_info().hits) == (1, 1)


@pytest.mark.parametrize("kind", ["io.StringIO()", "io.BytesIO()"])
def test_a_file_in_memory_within_an_object_that_a_run_writes_to_comes_back(program, kind):
    program.write(f"""
        import io
        from Lutil.checkpoints import checkpoint
        class Report:
            def __init__(self): self.out = {kind}
            def log(self, text): self.out.write(text if type(self.out) is io.StringIO else text.encode())
        @checkpoint
        def fill(report, held):
            print("ran", end=" ")
            report.log("more")
            held[0].log("of it")
        report, held = Report(), [Report()]
        fill(report, held)
        print(report.out.getvalue(), held[0].out.getvalue())
    """)
    first = program.run()
    assert first.startswith("ran ")
    assert program.run() == first.removeprefix("ran ")
