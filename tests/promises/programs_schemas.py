"""What schemas, registries of units and symbols were told: changes of it count."""

from programs import table

_STORED = """
def stored(table, **values):
    engine = sa.create_engine("sqlite://")
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table).values(**values))
        return [*connection.execute(sa.select(table)).first()]
"""

CASES = table(
    "recompute",
    r"""
== the body of a column type of one's own
-- v + 1 --> v + 2
-- needs: sqlalchemy
import sqlalchemy as sa
class Shifted(sa.TypeDecorator):
    impl = sa.Integer
    cache_ok = True
    def process_bind_param(self, v, dialect): return v + 1
t = sa.Table("t", sa.MetaData(), sa.Column("i", Shifted, primary_key=True))
STORED
@@ stored(t, i=x)

== a column type of one's own in a statement
-- v + 1 --> v + 2
-- needs: sqlalchemy
import sqlalchemy as sa
class Shifted(sa.TypeDecorator):
    impl = sa.Integer
    cache_ok = True
    def process_result_value(self, v, dialect): return v + 1
statement = sa.select(sa.cast(sa.literal(1), Shifted))
def first(statement):
    with sa.create_engine("sqlite://").connect() as connection: return connection.execute(statement).scalar()
@@ first(statement) * x

== a default of a column that is a function
-- lambda: 1 --> lambda: 2
-- needs: sqlalchemy
import sqlalchemy as sa
t = sa.Table("t", sa.MetaData(), sa.Column("i", sa.Integer), sa.Column("d", sa.Integer, default=lambda: 1))
STORED
@@ stored(t, i=x)

== a default in an insert that was made before
-- default=1 --> default=2
-- needs: sqlalchemy
import sqlalchemy as sa
t = sa.Table("t", sa.MetaData(), sa.Column("i", sa.Integer), sa.Column("d", sa.Integer, default=1))
insert = sa.insert(t).values(i=1)
@@ str(insert.table.c.d.default.arg) * x

== a default of a mapped class
-- default=10 --> default=20
-- needs: sqlalchemy
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): pass
class M(Base):
    __tablename__ = "m"
    id: Mapped[int] = mapped_column(primary_key=True)
    a: Mapped[int] = mapped_column(default=10)
STORED
@@ stored(M.__table__, id=x)

== how a relationship is loaded
-- "select" --> "raise"
-- needs: sqlalchemy
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
class Base(DeclarativeBase): pass
class M(Base):
    __tablename__ = "m"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("m.id"))
    parent: Mapped["M"] = relationship(lazy="select", remote_side=id)
@@ M.parent.property.lazy * x
""".replace("STORED", _STORED.strip()),
)
