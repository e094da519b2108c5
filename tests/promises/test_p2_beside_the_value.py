"""P2: what a library puts on an object beside its value (times, hashes, who loaded it) makes no call run again."""

from __future__ import annotations

import pytest

from Lutil.checkpoints import checkpoint

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
        def fit(self, X, y=None):  # noqa: N803  (what the library calls it)
            ran.append("fit")
            self.mean_ = X.mean(0)
            return self

        @checkpoint(ignore=["ran"])
        def transform(self, X):  # noqa: N803
            ran.append("transform")
            return X - self.mean_

    table = np.arange(40.0).reshape(20, 2)
    for _ in range(2):
        pipeline.make_pipeline(Centred(), linear.LinearRegression()).fit(table, table[:, 0])
    assert ran == ["fit", "transform"]
