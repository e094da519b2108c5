"""Frames, arrays on disk, databases, records."""

from values import library

library(
    "numpy",
    "import numpy as np",
    """
np.arange(5) | np.arange(6) | np.arange(5.0)
np.ma.masked_array([1, 2, 3], [0, 1, 0]) | np.ma.masked_array([1, 2, 3], [0, 0, 1]) | np.ma.masked_array([1, 2, 3])
np.rec.array([(1, 2.0)], dtype=[('a', int), ('b', float)]) | np.array([(1, 2.0)], dtype=[('a', int), ('b', float)])
np.datetime64('2020-01-01') | np.datetime64('2020-01-01T00') | np.timedelta64(1, 'D')
np.poly1d([1, 2]) | np.poly1d([1, 3]) | np.polynomial.Polynomial([1, 2]) | np.polynomial.Chebyshev([1, 2])
np.array(['a', None, {'b': 1}], object) | np.array(['a', None, {'b': 2}], object)
np.vectorize(abs) | np.vectorize(abs, otypes=[float])
np.random.SeedSequence(1) | np.random.SeedSequence(2)
""",
    lossy=("np.ma.masked_array([1, 2, 3])",),  # a copy that was pickled has a mask
)

library(
    "pandas",
    "import pandas as pd, numpy as np",
    """
pd.DataFrame({'a': [1, 2]}) | pd.DataFrame({'a': [1, 3]}) | pd.DataFrame({'a': [1.0, 2.0]}) | pd.DataFrame({'b': [1, 2]})
pd.Series(['a', 'b'], dtype='category') | pd.Series(['a', 'b']) | pd.Series(['a', 'b'], dtype='string')
pd.Categorical(['a'], ['a', 'b']) | pd.Categorical(['a'], ['b', 'a']) | pd.Categorical(['a'], ['a', 'b'], ordered=True)
pd.MultiIndex.from_product([[1, 2], ['a']]) | pd.MultiIndex.from_product([[1, 2], ['b']])
pd.date_range('2020', periods=3) | pd.date_range('2020', periods=3, freq='h') | pd.date_range('2020', periods=3, tz='UTC')
pd.DataFrame({'a': [1, 2]}).style.highlight_max() | pd.DataFrame({'a': [1, 3]}).style.highlight_max()
pd.Interval(0, 1) | pd.Interval(0, 1, closed='left') | pd.Period('2020-01') | pd.Timestamp('2020') | pd.Timedelta('1D')
pd.DataFrame({'a': [1, 1, 2]}).groupby('a') | pd.DataFrame({'a': [1, 2, 2]}).groupby('a')
pd.DataFrame({'a': [1.0, 2, 3]}).rolling(2) | pd.DataFrame({'a': [1.0, 2, 3]}).rolling(3)
pd.arrays.SparseArray([0, 1]) | pd.arrays.SparseArray([0, 2]) | pd.offsets.BDay(1) | pd.offsets.BDay(2)
""",
)

library(
    "polars",
    "import polars as pl",
    """
pl.DataFrame({'a': [1, 2]}) | pl.DataFrame({'a': [1, 3]}) | pl.DataFrame({'a': [1.0, 2.0]})
pl.Series('a', [1]) | pl.Series('b', [1]) | pl.Series('a', ['x'], dtype=pl.Categorical)
pl.col('a') + 1 | pl.col('a') + 2 | pl.col('b') + 1
pl.LazyFrame({'a': [1]}).filter(pl.col('a') > 0) | pl.LazyFrame({'a': [1]}).filter(pl.col('a') > 1)
pl.Schema({'a': pl.Int64}) | pl.Schema({'a': pl.Int32}) | pl.Datetime('us', 'UTC') | pl.Datetime('ns', 'UTC')
""",
)

library(
    "pyarrow",
    "import pyarrow as pa",
    """
pa.table({'a': [1]}) | pa.table({'a': [2]}) | pa.table({'b': [1]})
pa.array([1, None]) | pa.array([1, 0]) | pa.array([1, None], pa.int8())
pa.schema([('a', pa.int64())]) | pa.schema([('a', pa.int64())], metadata={'k': 'v'})
pa.scalar(1) | pa.scalar(1.0) | pa.list_(pa.int8()) | pa.list_(pa.int16())
pa.chunked_array([[1], [2]]) | pa.chunked_array([[1], [3]])
pa.compute.field('a') > 1 | pa.compute.field('a') > 2
""".replace("pa.compute", "__import__('pyarrow.compute').compute"),
)

library(
    "xarray",
    """
import numpy as np, xarray as xr
def array(scale=1.0, **attrs):
    return xr.DataArray(np.arange(6.0).reshape(2, 3) * scale, dims=('x', 'y'), coords={'x': [10, 20]}, name='t', attrs=attrs)
def look(v): v.sum(); v._repr_html_(); list(v.coords); v.sizes
""",
    """
array() | array(2.0) | array(unit='K') | array().rename('u') | array().assign_coords(x=[10, 30])
array().to_dataset() | array(2.0).to_dataset() | array().to_dataset().assign_attrs(a=1)
array().groupby('x') | array(2.0).groupby('x')
xr.Variable(('x',), [1, 2]) | xr.Variable(('y',), [1, 2]) | xr.Variable(('x',), [1, 3])
xr.DataTree.from_dict({'/a': array().to_dataset()}) | xr.DataTree.from_dict({'/b': array().to_dataset()})
array().chunk({'x': 1}) | array(2.0).chunk({'x': 1})
""",
    packages="xarray dask",
    imports="xarray dask.array",
)

library(
    "dask",
    """
import numpy as np, pandas as pd, dask, dask.array as da, dask.bag as db, dask.dataframe as dd
def double(x): return 2 * x
def triple(x): return 3 * x
def show(v): return (type(v).__name__, repr(v.compute()))
""",
    """
da.ones((4, 4), chunks=2) | da.ones((4, 4), chunks=4) | da.zeros((4, 4), chunks=2)
da.from_array(np.arange(4), chunks=2) | da.from_array(np.arange(1, 5), chunks=2)
db.from_sequence([1, 2]).map(double) | db.from_sequence([1, 2]).map(triple) | db.from_sequence([1, 3]).map(double)
dask.delayed(double, pure=True)(2) | dask.delayed(triple, pure=True)(2) | dask.delayed(double, pure=True)(3)
dd.from_pandas(pd.DataFrame({'a': [1, 2]}), npartitions=1) | dd.from_pandas(pd.DataFrame({'a': [1, 3]}), npartitions=1)
dd.from_pandas(pd.DataFrame({'a': [1, 2]}), npartitions=1).a.sum() | dd.from_pandas(pd.DataFrame({'a': [1, 2]}), npartitions=1).a.max()
""",
    packages="dask[complete]",
    imports="dask.array dask.dataframe",
)

library(
    "sparse",
    "import sparse, numpy as np\nshow = lambda v: repr(v.todense())",
    """
sparse.COO(np.eye(3)) | sparse.COO(2 * np.eye(3)) | sparse.COO(np.eye(3), fill_value=1.0) | sparse.GCXS(np.eye(3))
sparse.DOK.from_numpy(np.eye(2)) | sparse.DOK.from_numpy(2 * np.eye(2))
""",
)

library(
    "zarr",
    """
import numpy as np, zarr
def stored(scale):
    group = zarr.create_array(store=zarr.storage.MemoryStore(), shape=(4,), dtype='f8', chunks=(2,))
    group[:] = np.arange(4.0) * scale
    return group[:]
""",
    """
stored(1) | stored(2)
zarr.codecs.GzipCodec(level=1) | zarr.codecs.GzipCodec(level=2)
""",
)

library(
    "h5py",
    """
import h5py, numpy as np
def stored(scale, path='values.h5'):
    with h5py.File(path, 'w') as file:
        file['a'] = np.arange(3.0) * scale
    with h5py.File(path) as file:
        return file['a'][:], dict(file['a'].attrs)
""",
    """
told(1) | told(2)
h5py.string_dtype() | h5py.string_dtype('ascii') | h5py.special_dtype(vlen=np.dtype('int32'))
""",
)

library(
    "duckdb",
    """
import duckdb
def rows(sql): return duckdb.connect().execute(sql).fetchall()
""",
    """
rows('select 1') | rows('select 2')
duckdb.type('BIGINT') | duckdb.type('INTEGER') | duckdb.list_type(duckdb.type('BIGINT'))
duckdb.connect().execute('select 1 as a').to_arrow_table() | duckdb.connect().execute('select 2 as a').to_arrow_table()
duckdb.ColumnExpression('a') | duckdb.ColumnExpression('b')
""",
)

library(
    "sqlalchemy",
    """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, Session, relationship
class Base(DeclarativeBase): pass
class User(Base):
    __tablename__ = 'user'
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
engine = sa.create_engine('sqlite://')
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.merge(User(id=1, name='a')); session.merge(User(id=2, name='b')); session.commit()
def loaded(number):
    with Session(engine, expire_on_commit=False) as session:
        return session.get(User, number)
def show(v): return (v.id, v.name) if isinstance(v, User) else str(v)
""",
    """
User(id=1, name='a') | User(id=1, name='b') | User(id=2, name='a')
loaded(1) | loaded(2)
sa.select(User) | sa.select(User.id) | sa.select(User).where(User.id == 1) | sa.select(User).where(User.id == 2) | sa.select(User).limit(1)
sa.text('select :a').bindparams(a=1) | sa.text('select :a').bindparams(a=2) | sa.text('select 1')
sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer)) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.String))
sa.Table('t', sa.MetaData(), sa.Column('a', sa.ForeignKey('q.a'))) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.ForeignKey('q.b')))
sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer, default=1)) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer, default=2)) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer, server_default='1')) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer, comment='1')) | sa.Table('t', sa.MetaData(), sa.Column('a', sa.Integer, sa.Computed('1')))
sa.Column('a', sa.Integer) | sa.Column('a', sa.String) | sa.Column('a', sa.Integer, nullable=False) | sa.Column('a', sa.Integer, sa.Identity(start=2)) | sa.Column('a', sa.Integer, key='b')
sa.column('a', sa.Integer) | sa.column('a', sa.String)
sa.Integer() | sa.String(10) | sa.String(20) | sa.Numeric(10, 2)
sa.engine.make_url('sqlite:///a') | sa.engine.make_url('sqlite:///b')
""",
)

library(
    "pydantic",
    """
import pydantic
from pydantic import BaseModel, Field, TypeAdapter
class Point(BaseModel):
    x: int
    tags: list[str] = []
class Line(BaseModel):
    model_config = pydantic.ConfigDict(extra='allow')
    a: Point
class Secret(BaseModel):
    key: pydantic.SecretStr
def show(v): return repr(v.get_secret_value()) if hasattr(v, 'get_secret_value') else told(v)
def look(v): v.model_dump_json(); v.model_json_schema()
""",
    """
Point(x=1) | Point(x=2) | Point(x=1, tags=['a']) | Point.model_construct(x='1')
Line(a=Point(x=1)) | Line(a=Point(x=1), more=2)
pydantic.SecretStr('a') | pydantic.SecretStr('b')
Secret(key='a').key | Secret(key='b').key
TypeAdapter(list[int]) | TypeAdapter(list[str]) | TypeAdapter(dict[str, int])
pydantic.create_model('Made', a=(int, 1)) | pydantic.create_model('Made', a=(int, 2)) | pydantic.create_model('Made', a=(str, '1'))
pydantic.HttpUrl('http://a.b') if hasattr(pydantic, 'HttpUrl') else 1 | pydantic.HttpUrl('http://a.c')
""",
)

library(
    "attrs",
    """
import attrs
@attrs.define
class Point:
    x: int
    tags: list = attrs.field(factory=list)
@attrs.frozen
class Frozen:
    x: int
@attrs.define(slots=False, unsafe_hash=True, cache_hash=True)
class Hashed:
    x: int
""",
    """
Point(1) | Point(2) | Point(1, ['a'])
Frozen(1) | Frozen(2)
Hashed(1) | Hashed(2)
attrs.make_class('Made', ['a'])(1) | attrs.make_class('Made', ['a'])(2) | attrs.make_class('Made', ['b'])(1)
attrs.fields(Point).x | attrs.fields(Point).tags | attrs.NOTHING
""",
    imports="attrs",
)

library(
    "msgspec",
    """
import msgspec
class Point(msgspec.Struct):
    x: int
    tags: list = []
class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    x: int = 0
""",
    """
Point(1) | Point(2) | Point(1, ['a'])
Frozen(x=1) | Frozen(x=2)
msgspec.Raw(b'1') | msgspec.Raw(b'2') | msgspec.UNSET
msgspec.json.encode(Point(1)) | msgspec.msgpack.encode(Point(1))
""",
)

library(
    "omegaconf",
    """
from omegaconf import OmegaConf
from dataclasses import dataclass
@dataclass
class Run:
    rate: float = 0.1
    name: str = '${other}'
def look(v): OmegaConf.to_yaml(v)
""",
    """
OmegaConf.create({'a': 1, 'b': {'c': [1, 2]}}) | OmegaConf.create({'a': 2, 'b': {'c': [1, 2]}}) | OmegaConf.create({'a': 1, 'b': {'c': [1, 3]}})
OmegaConf.structured(Run) | OmegaConf.structured(Run(rate=0.2))
OmegaConf.create({'a': '${b}', 'b': 1}) | OmegaConf.create({'a': '${b}', 'b': 2})
OmegaConf.create([1, 2]) | OmegaConf.create([1, 3])
OmegaConf.merge(OmegaConf.create({'a': 1}), {'b': 2}) | OmegaConf.merge(OmegaConf.create({'a': 1}), {'b': 3})
""",
)

library(
    "PIL",
    """
from PIL import Image, ImageFont, ImageFilter
def image(color, mode='RGB', **info):
    made = Image.new(mode, (4, 4), color); made.info.update(info); return made
def show(v): return (v.mode, v.size, v.tobytes(), v.info) if hasattr(v, 'tobytes') else told(v)
def look(v): v.load(); v.getbbox(); v.histogram()
""",
    """
image('red') | image('blue') | image(1, 'L') | image('red', dpi=(72, 72)) | image('red').quantize(2)
ImageFilter.GaussianBlur(1) | ImageFilter.GaussianBlur(2)
""",
    packages="pillow",
)
