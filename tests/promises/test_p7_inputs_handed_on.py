"""P7: an output that is an input, or a part of one, is the same object after a hit, whatever class lies between."""

from __future__ import annotations

import array
import asyncio
import queue
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from Lutil.checkpoints import InlineCheckpoint, checkpoint
from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.state.objects._changes import Before
from Lutil.checkpoints.state.objects._unopened import kinds_of, reachable
from Lutil.checkpoints.testing.fingerprint import SimpleResolver

pytestmark = pytest.mark.filterwarnings("ignore::Lutil.checkpoints.ComplexParamsIdentifyWarning")
ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


class WithState:
    """Says itself what its state is."""

    def __init__(self, rows):
        self.rows = rows

    def __getstate__(self):
        return {"rows": self.rows}

    def __setstate__(self, state):
        self.rows = state["rows"]


class WithScratch(WithState):
    """Holds something besides that its state leaves out."""

    def __init__(self, rows):
        super().__init__(rows)
        self.scratch = [0]


class Rebuilt:
    """Says itself how it is made again."""

    def __init__(self, rows):
        self.rows = rows

    def __reduce__(self):
        return Rebuilt, (self.rows,)


class Named(Rebuilt):
    """Is compared by what it holds, and has a hash of its own."""

    def __reduce__(self):
        return Named, (self.rows,)

    def __eq__(self, other):
        return self.rows == other.rows

    def __hash__(self):
        return 7


WRAPPED = {
    "by its state": WithState,
    "by how it is made again": Rebuilt,
    "with a hash of its own": Named,
    "two of them": lambda rows: WithState(Rebuilt(rows)),
    "in a list": lambda rows: [WithState(rows)],
    "in a series": lambda rows: WithState(pd.Series([1]).map(lambda _: Rebuilt(rows))),
}


def part_of(value):
    while not (type(value) is list and value and type(value[0]) is int):
        value = value[0] if isinstance(value, list | pd.Series) else value.rows
    return value


@checkpoint(ignore=["ran"])
def handed_on(value):
    ran.append(1)
    return {"whole": value, "rows": part_of(value)}


@pytest.mark.parametrize("kind", WRAPPED)
def test_what_is_inside_of_an_input_is_the_same_object_after_a_hit(kind):
    for _ in range(2):
        value = WRAPPED[kind]([1, 2])
        found = handed_on(value)
        assert found["whole"] is value
        assert found["rows"] is part_of(value)
    assert ran == [1]


@pytest.mark.parametrize(
    "make",
    [
        lambda: csr_array(np.eye(3)),
        lambda: cKDTree([[1.0], [2.0]]),
        lambda: random.Random(3),
        lambda: np.polynomial.Polynomial([1, 2]),
        lambda: WithScratch([1]),
    ],
)
def test_an_input_of_any_class_is_the_same_object_after_a_hit(make):
    @checkpoint(ignore=["ran"])
    def held(value):
        ran.append(1)
        return [value]

    for _ in range(2):
        value = make()
        assert held(value)[0] is value
    assert ran == [1]


def test_memory_of_a_matrix_is_shared_after_a_hit():
    for _ in range(2):
        matrix = csr_array(np.eye(3))
        with InlineCheckpoint(name="numbers of a matrix") as block:
            numbers = matrix.data[1:]
        matrix.data[:] = 7
        assert numbers.tolist() == [7.0, 7.0]
    assert block.hit


@checkpoint(ignore=["ran"])
def added(value):
    ran.append(1)
    value.rows.append(9)
    return value.rows, value


@pytest.mark.parametrize("cls", [WithState, WithScratch])
def test_a_part_that_the_run_changed_comes_back_changed(cls):
    for _ in range(2):
        value = cls([1, 2])
        rows, whole = added(value)
        assert whole is value
        assert rows is value.rows
        assert rows == [1, 2, 9]
    assert ran == [1]


@checkpoint(ignore=["ran"])
def scribbled(value):
    ran.append(1)
    value.scratch.append(5)
    return value.scratch


def test_what_a_state_leaves_out_is_never_taken_for_the_same_object():
    """Nobody notices that the run changed it: after a hit the scratch list would be without the change."""
    for _ in range(2):
        assert scribbled(WithScratch([1])) == [0, 5]


def test_equal_inputs_are_numbered_alike_and_other_classes_show():
    one, other = (reachable([[WithState([1]), Rebuilt([2])]])[1] for _ in range(2))
    assert [type(item) for item in one] == [WithState, list, Rebuilt, list]
    assert kinds_of(one) == kinds_of(other) != kinds_of(one[:-1])
    assert kinds_of([]) == bytes(16)


def test_an_input_that_holds_other_objects_than_in_the_run_is_a_miss():
    class Holder:
        def __init__(self, item):
            self.item = item

        def __fingerprint__(self):
            return self.item if sorting.on else [self.item]

    class sorting:  # noqa: N801  (a switch)
        on = False

    numbered = kinds_of(reachable([Holder([1])])[1])
    sorting.on = True
    assert kinds_of(reachable([Holder([1])])[1]) != numbered


def test_numbers_that_say_what_they_are_have_no_identity():
    half = Fraction(1, 2)
    opened, within = reachable([[half, half], (half,)])
    assert [type(item) for item in opened] == [list]
    assert within == []


def test_what_is_made_for_a_fingerprint_is_not_kept_alive():
    class Copying:
        def __fingerprint__(self):
            return [np.zeros(3)]

    before = Before({"a": Copying()}, SimpleResolver)
    assert not any(isinstance(item, np.ndarray) for item in before.below({"a"})[1])


@pytest.mark.parametrize(
    "taken",
    [
        lambda rng: rng.bit_generator,
        lambda rng: np.random.Generator(rng.bit_generator),
        lambda rng: np.random.RandomState(rng.bit_generator),
        lambda rng: (rng.random(), np.random.Generator(rng.bit_generator)),
        lambda rng: rng.random,
        lambda rng: rng.bit_generator.seed_seq,
    ],
)
def test_what_draws_from_the_bits_of_an_input_goes_on_doing_so_after_a_hit(taken):
    @checkpoint(ignore=["ran"])
    def drawn(rng):
        ran.append(1)
        return taken(rng)

    def draws(rng, found):
        found = found[-1] if type(found) is tuple else found
        if isinstance(found, np.random.SeedSequence):
            return found is rng.bit_generator.seed_seq
        draw = np.random.Generator(found).random if isinstance(found, np.random.PCG64) else found
        draw = draw if callable(draw) else draw.random
        return draw(), rng.random(), draw()

    given = [np.random.default_rng(np.random.PCG64(1)) for _ in range(3)]
    expected = draws(given[0], taken(given[0]))
    assert [draws(rng, drawn(rng)) for rng in given[1:]] == [expected, expected]
    assert ran == [1]


@pytest.mark.parametrize("cls", [queue.Queue, queue.LifoQueue, queue.PriorityQueue])
def test_a_queue_counts_by_what_lies_in_it_and_is_as_a_run_left_it_after_a_hit(cls):
    @checkpoint(ignore=["ran"])
    def worked(waiting):
        ran.append(1)
        found = waiting.get()
        waiting.put(found + 5)
        return found, waiting.queue

    def filled(*items):
        made = cls(9)
        for item in items:
            made.put(item)
        return made

    expected = [worked.__wrapped__(filled(2, 1))[0], [*worked.__wrapped__(filled(2, 1))[1]]]
    ran.clear()
    for _ in range(2):
        waiting = filled(2, 1)
        first, left = worked(waiting)
        assert [first, [*waiting.queue]] == expected
        assert left is waiting.queue
        assert waiting.unfinished_tasks == 3
    assert ran == [1]
    worked(filled(2, 7))
    assert ran == [1, 1]


@pytest.mark.filterwarnings("ignore::Lutil.checkpoints.NotSavedWarning")
def test_a_queue_of_a_loop_counts_by_what_lies_in_it():
    @checkpoint(ignore=["ran"])
    def looked_at(waiting):
        ran.append(1)
        return waiting.qsize(), waiting.maxsize

    @checkpoint
    def taken(waiting):
        return waiting.get_nowait()

    def filled(*items):
        made = asyncio.Queue(5)
        for item in items:
            made.put_nowait(item)
        return made

    assert [looked_at(filled(1)), looked_at(filled(1)), looked_at(filled(1, 1))] == [(1, 5), (1, 5), (2, 5)]
    assert ran == [1, 1]
    for _ in range(2):
        waiting = filled(3)
        assert taken(waiting) == 3
        assert waiting.empty()


def test_a_queue_that_shows_nothing_is_refused_with_the_way_out():
    with pytest.raises(UnfingerprintableError, match=r"pass a `queue.Queue` or a list"):
        handed_on(queue.SimpleQueue())


STATEMENTS = """
    import sqlalchemy as sa
    from Lutil.checkpoints import checkpoint

    known = sa.MetaData()
    table = sa.Table("t", known, sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    column = table.c.b

    @checkpoint
    def of_global(n):
        print("global")
        return sa.select(table.c.a, (table.c.b + n).label("sum")).where(table.c.b > n)

    @checkpoint
    def of_argument(given, n):
        print("argument")
        return sa.select(given.c.a).limit(n)

    @checkpoint
    def of_column(n):
        print("column")
        return sa.select(column, known.tables["t"].c.a).limit(n)

    engine = sa.create_engine("sqlite://")
    known.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table).values(a=7, b=8))
        for statement in (of_global(1), of_argument(table, 1), of_column(1)):
            assert connection.execute(statement).first()._mapping[table.c.a] == 7
    assert of_global(1).subquery().corresponding_column(table.c.a) is not None
"""


def test_a_statement_comes_back_with_the_columns_of_the_tables_of_the_program(program):
    pytest.importorskip("sqlalchemy")
    program.write(STATEMENTS)
    assert program.run(seed=1).split() == ["global", "argument", "column"]
    assert program.run(seed=2).split() == []


@pytest.mark.parametrize("make", [lambda: bytearray(8), lambda: array.array("i", [0, 0])])
@pytest.mark.parametrize("change", [False, True])
def test_an_array_on_the_bytes_of_an_input_is_one_after_a_hit(make, change):
    @checkpoint(ignore=["ran"])
    def viewed(value):
        ran.append(1)
        if change:
            value[0] = 7
        return np.frombuffer(value, "u1")[1:]

    for _ in range(2):
        value = make()
        found = viewed(value)
        assert value[0] == (7 if change else 0)
        found[3:] = 9
        assert bytes(value)[4:] == bytes([9] * 4)
        assert found.shape == (7,)
    assert ran == [1]


@checkpoint(ignore=["ran"])
def filled(array, value):
    ran.append(1)
    array += 1
    return value.rows


def test_a_part_of_an_input_stays_the_same_object_where_another_input_was_changed():
    for _ in range(2):
        value = WithState([1])
        assert filled(np.zeros(3), value) is value.rows
    assert ran == [1]


class Refilled(WithState):
    """Empties what it holds before it takes over a state, which may be that very list."""

    def __setstate__(self, state):
        self.rows.clear()
        self.rows.extend(state["rows"])
        self.more = state["more"]

    def __getstate__(self):
        return {"rows": self.rows, "more": self.more}

    more: object = None


@pytest.mark.parametrize("cls", [WithState, Refilled])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("change", ["rows", "more", "both"])
def test_what_the_caller_holds_of_an_object_with_a_state_stays_its_part(cls, first, change):
    @checkpoint(ignore=["ran"])
    def changed(items):
        ran.append(1)
        (value,) = [item for item in items if isinstance(item, WithState)]
        if change != "more":
            value.rows.append(9)
        if change != "rows" and cls is Refilled:
            value.more = 5

    for _ in range(2):
        rows = [1, 2]
        value = cls(rows)
        changed([rows, value] if first else [value, rows])
        assert value.rows is rows
        assert rows == ([1, 2] if change == "more" else [1, 2, 9])
        assert getattr(value, "more", None) == (5 if change != "rows" and cls is Refilled else None)
    assert ran == [1]


@pytest.mark.parametrize("wrap", [lambda loop: loop, lambda loop: {"its": loop}, lambda loop: (loop, [loop])])
@pytest.mark.parametrize("where", ["made", "given and changed", "handed on"])
def test_what_holds_itself_is_kept_and_comes_back_so(wrap, where):
    @checkpoint(ignore=["ran"])
    def looped(given):
        ran.append(1)
        loop = [] if where == "made" else given
        if where != "handed on":
            loop.append(loop)
        return wrap(loop)

    for _ in range(2):
        given = []
        if where == "handed on":
            given.append(given)
        found = looped(given)
        loop = found["its"] if isinstance(found, dict) else found[0]
        assert loop[0] is loop
        assert (loop is given) is (where != "made")
    assert ran == [1]
