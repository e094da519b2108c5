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

== the definition of a unit, behind a quantity
-- foo = 3 --> foo = 4
-- needs: pint
import pint
u = pint.UnitRegistry()
u.define("foo = 3 meter")
q = u.Quantity(1.0, "foo")
@@ str(q.to("m") * x)

== the definition of a unit, behind the class of quantities
-- foo = 3 --> foo = 4
-- needs: pint
import pint
u = pint.UnitRegistry()
u.define("foo = 3 meter")
Q_ = u.Quantity
@@ str(Q_(x, "foo").to("m"))

== the system of a registry
-- "SI" --> "imperial"
-- needs: pint
import pint
u = pint.UnitRegistry(system="SI")
@@ str(u.Quantity(x, "meter").to_base_units())

== a preprocessor of a registry
-- "zz", "m" --> "zz", "km"
-- needs: pint
import pint
u = pint.UnitRegistry(preprocessors=[lambda text: text.replace("zz", "m")])
@@ str(u(f"{x} zz"))

== a function of a context of units
-- v * 2 --> v * 5
-- needs: pint
import pint
u = pint.UnitRegistry()
heavy = pint.Context("heavy")
heavy.add_transformation("[length]", "[mass]", lambda r, v: v * 2 * r.kg / r.m)
u.add_context(heavy)
@@ str(u.Quantity(x, "m").to("kg", "heavy"))

== what a context of units redefines
-- 0.5 kg --> 0.6 kg
-- needs: pint
import pint
u = pint.UnitRegistry()
odd = pint.Context("odd")
odd.redefine("pound = 0.5 kg")
u.add_context(odd)
@@ str(u.Quantity(x, "pound").to("kg", "odd"))

== a unit in a group
-- "pint" --> "quart"
-- needs: pint
import pint
u = pint.UnitRegistry()
u.get_group("mine").add_units("pint")
@@ sorted(u.get_group("mine").members) * x

== an assumption of an undefined function
-- real=True --> real=None
-- needs: sympy
import sympy
a = sympy.Symbol("a")
F = sympy.Function("F", real=True)
@@ str(sympy.conjugate(F(a)) * x)

== an assumption of an undefined function, in an expression
-- real=True --> real=None
-- needs: sympy
import sympy
expression = sympy.Function("F", real=True)(sympy.Symbol("a")) + 1
@@ str(sympy.conjugate(expression) * x)

== how a class of sympy evaluates
-- arg + 1 --> arg + 2
-- needs: sympy
import sympy
class F(sympy.Function):
    @classmethod
    def eval(cls, arg):
        if arg.is_Integer: return arg + 1
@@ str(F(x))

== an assumption of a class of sympy
-- is_real = True --> is_real = None
-- needs: sympy
import sympy
class F(sympy.Function):
    is_real = True
@@ str(sympy.conjugate(F(sympy.Symbol("a"))) * x)
""".replace("STORED", _STORED.strip()),
)
