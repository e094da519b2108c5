"""P2: what a library puts on an object beside its value (times, hashes, who loaded it) makes no call run again."""

from __future__ import annotations

import copy
import pathlib
import pickle

import pytest

from Lutil.checkpoints import checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::Lutil.checkpoints.CheckpointWarning")
ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@checkpoint(ignore=["ran"])
def taken(value):
    ran.append(1)
    return len(str(value))


def test_a_unit_that_was_hashed_and_taken_apart_is_the_same_unit():
    u = pytest.importorskip("astropy.units")
    unit = u.m / u.s**2
    taken(unit)
    hash(unit)
    unit.decompose()
    assert unit.physical_type == "acceleration"
    taken(unit)
    assert len(ran) == 1
    taken(u.m / u.s)
    assert len(ran) == 2


MAPPED = """
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
    from Lutil.checkpoints import checkpoint

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "user"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(LENGTH))

    def loaded(name):
        engine = sa.create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(User(id=1, name=name))
            session.commit()
            user = session.get(User, 1)
            user.name
            session.expunge(user)
        return user

    @checkpoint
    def upper(user):
        print("upper")
        return user.name.upper()

    @checkpoint
    def statement():
        print("statement")
        return str(sa.select(User))

    statement(), upper(loaded("x")), upper(loaded("x")), upper(loaded("y")), statement()
"""


def test_rows_and_statements_of_mapped_classes_hit_until_the_class_changes(program):
    pytest.importorskip("sqlalchemy")
    program.write(MAPPED.replace("LENGTH", "10"))
    assert program.run(seed=1).split() == ["statement", "upper", "upper"]
    assert program.run(seed=2).split() == []
    program.write(MAPPED.replace("LENGTH", "20"))
    assert "statement" in program.run(seed=3).split()


CONFIGURED = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    from Lutil.checkpoints import checkpoint

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "user"
        id: Mapped[int] = mapped_column(primary_key=True)

    @checkpoint
    def made(x):
        print("made")
        return User(id=x).id

    made(1), made(1)
"""


def test_the_first_row_of_a_mapped_class_may_be_made_in_a_run(program):
    pytest.importorskip("sqlalchemy")
    program.write(CONFIGURED)
    assert program.run(seed=1).split() == ["made"]
    assert program.run(seed=2).split() == []


CONSTRAINED = """
    import sqlalchemy as sa
    from Lutil.checkpoints import checkpoint

    table = sa.Table(
        "t", sa.MetaData(),
        sa.Column("a", sa.ForeignKey("elsewhere.a")), sa.Column("b", sa.Integer, index=True),
        sa.UniqueConstraint("a"), sa.CheckConstraint("a > 1"),
    )

    @checkpoint
    def taken(table):
        print("taken")

    taken(table)
    str(sa.insert(table)), sa.select(table).subquery().c, table.info, table.dialect_options["sqlite"]
    taken(table)
"""


def test_a_table_with_constraints_is_the_same_under_each_hash_seed_and_after_use(program):
    pytest.importorskip("sqlalchemy")
    program.write(CONSTRAINED)
    assert [program.run(seed=seed).split() for seed in range(1, 6)] == [["taken"], [], [], [], []]


MEASURED = """
    import pint
    from Lutil.checkpoints import checkpoint

    one, other = pint.UnitRegistry(), pint.UnitRegistry()
    Q_ = other.Quantity

    @checkpoint
    def length(n):
        print("length")
        return [other.Quantity(float(n), "kilometer"), other.meter]

    @checkpoint
    def again(n):
        print("again")
        return Q_(float(n), "meter")

    @checkpoint
    def frequency(n):
        print("frequency")
        with one.context("spectroscopy"):
            return str(one.Quantity(n, "um").to("THz"))

    @checkpoint
    def failing(n):
        print("failing")
        try:
            return str(one.Quantity(n, "km").to("s"))
        except pint.DimensionalityError:
            return ""

    @checkpoint
    def in_its_own(n):
        print("own")
        return pint.UnitRegistry().Quantity(n, "meter")

    assert (length(2)[0] + other.Quantity(1.0, "meter")).to("meter").magnitude == 2001
    assert length(2)[1] == other.meter and again(2) + Q_(1.0, "meter") == 3 * other.meter
    frequency(1.0), failing(1.0), in_its_own(1)
"""


def test_quantities_come_back_in_their_registry_which_conversions_leave_as_it_is(program):
    pytest.importorskip("pint")
    program.write(MEASURED)
    assert program.run(seed=1).split() == ["length", "again", "frequency", "failing", "own"]
    assert program.run(seed=2).split() == ["own"]


DERIVED = """
    import sympy
    from Lutil.checkpoints import checkpoint

    class F(sympy.Function):
        @classmethod
        def eval(cls, arg):
            if arg.is_Integer:
                return arg + 1

    @checkpoint
    def evaluated(n):
        print("evaluated")
        return str(F(n))

    @checkpoint
    def squared(element):
        print("squared")
        return element**2

    evaluated(3), squared(sympy.ring("a", sympy.QQ)[1]), squared(sympy.field("a", sympy.QQ)[1])
"""


def test_classes_of_sympy_and_elements_of_rings_are_the_same_under_each_hash_seed(program):
    pytest.importorskip("sympy")
    program.write(DERIVED)
    assert program.run(seed=1).split() == ["evaluated", "squared", "squared"]
    assert program.run(seed=2).split() == []


class Place(type(pathlib.Path())):
    """A path of the project's own."""


def test_a_path_of_a_derived_class_that_was_shown_is_the_same_path():
    place = Place("a/b")
    taken(place)
    assert str(place) in {str(place.parent / place.parts[-1]): hash(place)}
    taken(place)
    taken(Place("a/b"))
    assert len(ran) == 1
    taken(Place("a/c"))
    assert len(ran) == 2


def test_types_of_columns_count_by_what_they_are():
    duckdb = pytest.importorskip("duckdb")

    @checkpoint(ignore=["ran"])
    def given(name):
        ran.append(1)
        return duckdb.type(name)

    for name in ("BIGINT", "STRUCT(a INTEGER, b VARCHAR[])"):
        assert given(name) == given(name) == duckdb.type(name)
    assert len(ran) == 2
    taken(duckdb.type("BIGINT"))
    taken(duckdb.type("BIGINT"))
    taken(duckdb.type("BIGINT[]"))
    assert len(ran) == 4


def test_steps_of_a_pipeline_hit_when_it_is_fitted_again():
    np = pytest.importorskip("numpy")
    base = pytest.importorskip("sklearn.base")
    pipeline = pytest.importorskip("sklearn.pipeline")
    linear = pytest.importorskip("sklearn.linear_model")

    class Centred(base.TransformerMixin, base.BaseEstimator):
        @checkpoint(ignore=["ran"])
        def fit(self, X, y=None):
            ran.append("fit")
            self.mean_ = X.mean(0)
            return self

        @checkpoint(ignore=["ran"])
        def transform(self, X):
            ran.append("transform")
            return X - self.mean_

    table = np.arange(40.0).reshape(20, 2)
    for _ in range(2):
        pipeline.make_pipeline(Centred(), linear.LinearRegression()).fit(table, table[:, 0])
    assert ran == ["fit", "transform"]


def copies(value):
    return [copy.deepcopy(value), pickle.loads(pickle.dumps(value))]


def test_copies_of_values_with_units_and_of_tables_hit():
    u, table = pytest.importorskip("astropy.units"), pytest.importorskip("astropy.table")
    coordinates = pytest.importorskip("astropy.coordinates")
    unyt = pytest.importorskip("unyt")
    values = [table.Table({"a": [1]}), coordinates.SkyCoord(1 * u.deg, 2 * u.deg), unyt.unyt_quantity(1, "m")]
    for value in values:
        taken(value)
        for other in copies(value):
            taken(other)
    assert len(ran) == len(values)
    taken(table.Table({"a": [1]}, meta={"k": 1}))
    taken(table.Table({"a": [2]}))
    assert len(ran) == len(values) + 2


def test_results_of_models_hit_when_they_are_made_or_copied_again():
    np = pytest.importorskip("numpy")
    sm = pytest.importorskip("statsmodels.api")
    x = np.arange(20.0)

    def made(slope=2.0):
        return sm.GLM(slope * x + np.sin(x), sm.add_constant(x)).fit()

    value = made()
    taken(value)
    value.predict()
    for other in (value, made(), *copies(value)):
        taken(other)
    assert len(ran) == 1
    taken(made(3.0))
    assert len(ran) == 2


def test_a_bunch_of_statsmodels_comes_back_with_its_attributes():
    tools = pytest.importorskip("statsmodels.tools.tools")

    @checkpoint(ignore=["ran"])
    def given():
        ran.append(1)
        return tools.Bunch(a=1)

    assert (given().a, given().a, len(ran)) == (1, 1, 1)
    found = given()
    found["b"] = 2
    assert found.b == 2


def test_sets_of_instances_functions_and_classes_are_the_same_in_whatever_order_they_are_met(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class A: pass
        class B: pass
        class C: pass
        def g(): return 1
        def h(): return 2
        @checkpoint
        def f(s):
            print("ran")
        f({A(), B(), C()})
        f([frozenset([C(), B(), A()]), {g, h}])
        f({A, B, C, (A, g), (B, h), frozenset([C, g])})
        f({(A(), 1), (B(), 2), (1, 2), "text", None})
    """)
    assert program.run(seed=1).split() == ["ran"] * 4
    for seed in range(2, 6):
        assert program.run(seed=seed) == ""
