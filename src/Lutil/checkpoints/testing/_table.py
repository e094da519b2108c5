"""The table of the conformance suite: expressions, so that they can be made anew in any process."""

from __future__ import annotations

from ._rows import alike, apart
from ._table_models import ALIKE, APART, PICKLED, PRELUDES
from ._table_types import TYPES_ALIKE, TYPES_APART, TYPES_PRELUDE

__all__ = ["DISTINCT", "EQUAL", "PICKLED", "PRELUDE"]

_STANDARD = """
import argparse, array, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, math
import operator, os, pathlib, pickle, random, re, struct, types, uuid, weakref, zoneinfo
from Lutil.checkpoints.testing._examples import *
nan = lambda bits: struct.unpack('<d', struct.pack('<Q', bits))[0]
def put(order): d = {}; [d.__setitem__(k, 0) for k in order]; return d
"""

PRELUDE = {
    "builtins": _STANDARD,
    "numpy": _STANDARD + "import numpy as np\npadded = np.dtype([('a', 'i1'), ('b', 'f8')], align=True)\n",
    "pandas": _STANDARD + "import numpy as np, pandas as pd\n",
    "pyarrow": _STANDARD + "import pyarrow as pa\n",
    "polars": _STANDARD + "import polars as pl\n",
    "scipy": _STANDARD + "import numpy as np, scipy.sparse as sp\n",
    "types": _STANDARD + TYPES_PRELUDE,
    **PRELUDES,
}

_SCALARS = """
None | True | False | 0 | 1 | -1 | 255 | 256 | 2**63 - 1 | 2**63 | -2**63 | -2**63 - 1 | 2**64 | 2**200 | 0.0 | -0.0
1.0 | math.inf | -math.inf | nan(0x7ff8000000000000) | nan(0x7ff8000000000001) | 1 + 0j | 0j | complex(0.0, -0.0) | ''
'1' | 'a' | 'A' | 'a\\x00' | 'é' | 'e\\u0301' | '\\ud800' | '\\ud800\\udc00' | '\\U00010000' | b'' | b'a' | b'1'
bytearray(b'a') | bytearray() | memoryview(b'a') | ... | NotImplemented | 'None' | 'x' * 2000000 | 'x' * 1999999 + 'y'
b'x' * 2000000 | b'x' * 1999999 + b'y' | range(3) | range(1, 3) | range(0, 3, 2) | slice(1, 2) | slice(1, 2, 3)
slice(None) | decimal.Decimal('1') | decimal.Decimal('1.0') | decimal.Decimal('NaN') | decimal.Decimal('sNaN')
fractions.Fraction(1, 2) | fractions.Fraction(1) | datetime.date(2020, 1, 1) | datetime.datetime(2020, 1, 1)
datetime.datetime(2020, 1, 1, fold=1) | datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('UTC')) | datetime.time(1) | datetime.time(1, fold=1)
datetime.timedelta(1) | datetime.timedelta(seconds=1) | '2020-01-01' | datetime.timezone.utc
datetime.timezone(datetime.timedelta(0), 'Z') | zoneinfo.ZoneInfo('Europe/Paris') | uuid.UUID(int=1)
uuid.UUID(int=2) | pathlib.PurePosixPath('a') | pathlib.PureWindowsPath('a') | pathlib.PurePosixPath('b')
re.compile('a') | re.compile('a', re.I) | re.compile(b'a') | Colour.RED | Colour.BLUE | Number.ONE | Bits.A | Bits.B
object() | len | print | max | [].append | [1].append | operator.itemgetter(1) | operator.itemgetter(2) | int | float
Colour | math | f | g | functools.partial(f) | functools.partial(f, 1) | functools.partial(f, a=1)
functools.partial(g) | S('a') | I(1) | F(1.0) | B(b'a') | Plain().method | Plain(1).method | list[int] | list[str]
"""

_CONTAINERS = """
() | [] | {} | set() | frozenset() | (1,) | [1] | [1.0] | [True] | ['1'] | [[1]] | [[]] | ([],) | [()] | (1, 2)
[1, 2] | [2, 1] | [1, 2, 3] | [1, [2, 3]] | [[1, 2], 3] | [[1], [2, 3]] | [[1, 2], [3]] | {1} | {1, 2}
frozenset({1}) | frozenset({1, 2}) | {1.0} | {'1'} | {(1, 2)} | {frozenset({1})} | {frozenset({1, 2})}
{frozenset({1}), frozenset({2})} | {'a': 1} | {'a': 1.0} | {'b': 1} | {'a': 1, 'b': 2} | {'b': 2, 'a': 1}
{'a': 2, 'b': 1} | {1: 2} | {'1': 2} | {True: 2} | {1.0: 2} | {(1,): 2} | {None: None} | {'a': {}} | {'a': []}
{'a': None} | [{'a': 1}] | [('a', 1)] | ['ab', 'c'] | ['a', 'bc'] | ['abc'] | ['a', 'b', 'c'] | [b'ab', b'c']
['a'] * 20 | ['a'] * 21 | list(range(100)) | [float(x) for x in range(100)] | tuple(range(100)) | [0] * 100
[False] * 100 | [None] * 100 | [None] * 99 + [0] | [0] + [None] * 99 | list(range(99)) + [99.0]
list(range(99)) + [2**70] | ['x'] * 99 + [b'x'] | [[1, 2]] * 20 | [(1, 2)] * 20 | [[1, 2]] * 19 + [[1, 3]]
[[1], [2, 3]] * 10 | [[1, 2], [3]] * 10 | [()] * 20 | [[]] * 20 | [{'a': i, 'b': str(i)} for i in range(30)]
[{'b': str(i), 'a': i} for i in range(30)] | [{'a': i, 'b': i} for i in range(30)]
[{'a': i} if i % 2 else {'b': i} for i in range(30)] | [{'a': i} if i % 3 else {'b': i} for i in range(30)]
[Point(i, i) for i in range(30)] | [Point(i, 0) for i in range(30)] | [Other(i, i) for i in range(30)]
[Couple(i, i) for i in range(30)] | [(i, i) for i in range(30)] | [[i, i] for i in range(30)]
[Plain(i) for i in range(30)] | [Slots(i) for i in range(30)] | collections.deque([1]) | collections.deque([1], 3)
collections.OrderedDict(a=1, b=2) | collections.OrderedDict(b=2, a=1) | collections.defaultdict(int, a=1)
collections.defaultdict(list, a=1) | collections.Counter('a') | array.array('i', [1]) | array.array('q', [1])
array.array('i', [1, 2]) | types.SimpleNamespace(a=1) | argparse.Namespace(a=1) | argparse.Namespace(a=2)
types.MappingProxyType({'a': 1}) | Point(1, 2) | Point(2, 1) | Other(1, 2) | Couple(1, 2) | Plain(1) | Plain(2)
Plain([1]) | Slots(1) | Slots(2) | L([1]) | L([1], tag=1) | D(a=1) | T((1,)) | Z({1}) | Own(1, 2) | Own(2, 2)
State(1) | State(2) | Reduced(1) | Reduced(2) | cycle() | [cycle()] | [[[]]] | deep(5) | deep(6) | random.Random(1)
random.Random(2) | ValueError('a') | ValueError('b') | KeyError('a') | {'a': Plain(1)} | {'a': Plain(2)}
[Plain(1), Plain(2)] | [Plain(2), Plain(1)]
"""

_ARRAYS = """
np.zeros(2) | np.zeros(3) | np.zeros((2, 1)) | np.zeros((1, 2)) | np.zeros(2, 'f4') | np.zeros(4, 'f4')
np.zeros(2, 'i8') | np.zeros(2, '>i8') | np.zeros(2, 'u8') | np.zeros(2, 'M8[s]') | np.zeros(2, 'M8[ns]')
np.zeros(2, 'm8[s]') | np.zeros(2, bool) | np.zeros(2, 'c16') | np.zeros(2, 'S3') | np.zeros(2, 'U3')
np.zeros(2, object) | np.zeros(0) | np.zeros((0, 3)) | np.zeros((3, 0)) | np.array(0.0) | np.array(1) | np.float64(0)
np.float32(0) | np.int64(0) | np.int32(0) | np.bool_(False) | np.str_('a') | np.bytes_(b'a')
np.datetime64('2020', 's') | np.datetime64('2020', 'ns') | np.arange(6).reshape(2, 3) | np.arange(6).reshape(3, 2)
np.arange(6) | np.arange(6).reshape(2, 3).T | -np.zeros(2) | np.array([0.0, np.nan]) | np.array(['a', 'b'])
np.array(['a', 'b'], object) | np.array(['a', None], object) | np.array([[1], [2]], object)
np.array([1, 1.0], object) | np.array([1, 1], object) | np.zeros(2, [('a', 'i4'), ('b', 'f8')])
np.zeros(2, [('b', 'i4'), ('a', 'f8')]) | np.zeros(2, [(('t', 'a'), 'i4'), ('b', 'f8')])
np.zeros(2, np.dtype([('a', 'i4'), ('b', 'f8')], align=True)) | np.zeros(2, [('a', 'i4', (2,))]) | np.zeros(2, 'V4')
np.zeros(2, 'g') | np.ma.array([1, 2], mask=[0, 1]) | np.ma.array([1, 2], mask=[1, 0]) | np.ma.array([1, 2])
np.matrix([[1, 2]]) | np.array([[1, 2]]) | np.rec.array([(1, 2.0)], dtype=[('a', 'i8'), ('b', 'f8')])
np.array([(1, 2.0)], dtype=[('a', 'i8'), ('b', 'f8')]) | np.dtype('f8') | np.dtype('f4') | np.dtype([('a', 'f8')])
np.random.default_rng(1) | np.random.default_rng(2) | np.random.RandomState(1) | np.random.RandomState(2)
np.random.PCG64(1) | np.random.MT19937(1) | np.sin | np.cos | np.float64 | [np.float64(1)] * 20 | [np.float32(1)] * 20
[1.0] * 20 | np.zeros(2, 'G') | np.ma.masked | np.frompyfunc(f, 1, 1) | np.frompyfunc(g, 1, 1) | np.busdaycalendar()
np.busdaycalendar('1111110') | np.add | np.add.reduce | np.multiply.reduce | np.ones(20)
np.poly1d([1, 2]) | np.poly1d([1, 3]) | np.vectorize(f) | np.vectorize(g) | np.ma.array([1, 2], mask=[0, 0])
np.zeros(2, np.dtype('i4', metadata={'a': 1})) | np.zeros(2, np.dtype('i4', metadata={'a': 2})) | np.zeros(2, 'i4')
np.dtype([('a', 'f8')], metadata={'a': 1})
"""

_FRAMES = """
pd.DataFrame({'a': [1, 2]}) | pd.DataFrame({'b': [1, 2]}) | pd.DataFrame({'a': [1.0, 2]})
pd.DataFrame({'a': [1, 2]}, [0, 1]) | pd.DataFrame({'a': [1, 2]}, [1, 2]) | pd.DataFrame({'a': [1, 3]})
pd.DataFrame({'a': [1, 2], 'b': 0}) | pd.DataFrame({'b': 0, 'a': [1, 2]})
pd.DataFrame({'a': ['x', 'y']}, dtype='string') | pd.DataFrame({'a': ['x', 'y']}, dtype=object)
pd.DataFrame({'a': ['x', 'y']}, dtype='category')
pd.DataFrame({0: [1, 2]}) | pd.DataFrame({'0': [1, 2]}) | pd.DataFrame({'a': [1, 2]}).rename_axis('i')
pd.DataFrame() | pd.DataFrame({'a': [1, 2]}).rename_axis(columns='c') | with_attrs(pd.DataFrame({'a': [1, 2]}), x=1)
pd.Series([1, 2]) | pd.Series([1, 2], name='a') | pd.Series([1, 2], name=0) | pd.Series([1, 2], [1, 2])
pd.Series([1.0, 2]) | pd.Series([1, 2], dtype='i4') | pd.Series([1, 2], dtype='Int64')
pd.Series([1, None], dtype='Int64') | pd.Series([1, None]) | pd.Series([1, None], dtype=object)
pd.Series([True, None], dtype='boolean') | pd.Series([1, 2], dtype='Float64') | pd.Series(['a', None], dtype='string')
pd.Series(pd.Categorical(['a', 'b'])) | pd.Series(pd.Categorical(['a', 'b'], ['b', 'a']))
pd.Series(pd.Categorical(['a', 'b'], ordered=True)) | pd.Series(pd.Categorical(['a', 'b'], ['a', 'b', 'c']))
pd.Series(pd.arrays.SparseArray([0, 1])) | pd.Series([0, 1]) | pd.Series(pd.date_range('2020', periods=2))
pd.Series(pd.date_range('2020', periods=2, tz='UTC')) | pd.Series(pd.to_timedelta([1, 2]))
pd.Series(pd.date_range('2020', periods=2, tz='Europe/Paris'))
pd.Series(pd.period_range('2020', periods=2, freq='M')) | pd.Series(pd.period_range('2020', periods=2, freq='D'))
pd.Series(pd.interval_range(0, 2)) | pd.Series(pd.interval_range(0, 2, closed='left')) | pd.Index([0, 1])
pd.RangeIndex(2) | pd.Index(['a']) | pd.Index(['a'], name='n') | pd.MultiIndex.from_tuples([(1, 'a')])
pd.MultiIndex.from_tuples([(1, 'b')]) | pd.MultiIndex.from_tuples([(1, 'a')], names=['x', 'y'])
pd.date_range('2020', periods=3, freq='D') | pd.DatetimeIndex(['2020-01-01', '2020-01-02', '2020-01-03'])
pd.Timestamp('2020') | pd.Timestamp('2020', tz='UTC') | pd.Timestamp('2021') | pd.Timedelta(1) | pd.Timedelta(2)
pd.NaT | pd.NA | pd.Period('2020', 'M') | pd.Period('2020', 'D') | pd.Interval(0, 1) | pd.Interval(0, 2)
pd.CategoricalDtype(['a']) | pd.CategoricalDtype(['b']) | pd.Int64Dtype() | pd.Float64Dtype() | pd.DateOffset(days=1)
pd.DateOffset(days=2) | pd.RangeIndex(0, 3, 2) | pd.RangeIndex(0, 4, 2) | pd.RangeIndex(0, 1, 2) | pd.RangeIndex(1)
pd.MultiIndex([['b', 'a'], [1]], [[1, 0], [0, 0]]) | pd.MultiIndex([['a', 'b'], [1]], [[0, 1], [0, 0]])
pd.DatetimeIndex(['2020'], freq=pd.offsets.CustomBusinessDay(holidays=['2020-01-02'])) | pd.DatetimeIndex(['2020'])
pd.DatetimeIndex(['2020'], freq=pd.offsets.CustomBusinessDay(holidays=['2020-01-03']))
pd.DatetimeIndex(['2020'], tz=datetime.timezone.utc) | pd.DatetimeIndex(['2020'], tz=zoneinfo.ZoneInfo('UTC'))
pd.arrays.SparseArray([0, 1]) | pd.arrays.SparseArray([0, 1], kind='block')
"""

_ARROW = """
pa.array([1, 2]) | pa.array([1, 3]) | pa.array([1, None]) | pa.array([None, 1]) | pa.array([1, 2], pa.int32())
pa.array([1.0, 2.0]) | pa.array(['a', 'b']) | pa.array(['ab', '']) | pa.array(['a', 'b'], pa.large_string())
pa.array([b'a', b'b']) | pa.array(['a', None]) | pa.array(['a', 'b']).dictionary_encode()
pa.array(['b', 'a']).dictionary_encode() | pa.array([True, False]) | pa.array([True, None]) | pa.array([[1], [2]])
pa.array([[1, 2], []]) | pa.array([{'a': 1}]) | pa.array([{'b': 1}]) | pa.nulls(2) | pa.chunked_array([[1, 2]])
pa.table({'a': [1]}) | pa.table({'b': [1]}) | pa.table({'a': [2]})
pa.table({'a': [1]}).replace_schema_metadata({'k': 'v'}) | pa.record_batch({'a': [1]})
pa.schema([('a', pa.int64())]) | pa.schema([('a', pa.int32())]) | pa.int64() | pa.int32() | pa.scalar(1)
"""

_POLARS = """
pl.Series('a', [1, 2]) | pl.Series('b', [1, 2]) | pl.Series('a', [1, 3]) | pl.Series('a', [1.0, 2.0])
pl.Series('a', [1, None]) | pl.Series('a', ['x', 'y']) | pl.Series('a', ['x', 'y'], dtype=pl.Categorical)
pl.Series('a', [1, 2], dtype=pl.Int32) | pl.DataFrame({'a': [1]}) | pl.DataFrame({'b': [1]})
pl.DataFrame({'a': [2]}) | pl.DataFrame({'a': [1]}).lazy() | pl.DataFrame({'a': [1]}).lazy().filter(pl.col('a') > 0)
pl.DataFrame({'a': [1]}).lazy().filter(pl.col('a') > 1) | pl.col('a') | pl.col('b') | pl.Int64 | pl.Int32
pl.Datetime('us') | pl.Datetime('ns')
"""

_SCIPY = """
sp.csr_matrix(np.eye(2)) | sp.csc_matrix(np.eye(2)) | sp.coo_matrix(np.eye(2)) | sp.bsr_matrix(np.eye(2))
sp.dia_matrix(np.eye(2)) | sp.lil_matrix(np.eye(2)) | sp.dok_matrix(np.eye(2)) | sp.csr_array(np.eye(2))
sp.csr_matrix(np.eye(3)) | sp.csr_matrix(np.eye(2, dtype='f4')) | sp.csr_matrix(np.eye(2) * 2) | sp.csr_matrix((2, 2))
sp.csr_matrix((2, 3)) | np.eye(2)
"""

DISTINCT: dict[str, list[list[str]]] = {
    "builtins": [apart(_SCALARS), apart(_CONTAINERS)],
    "numpy": [apart(_ARRAYS)],
    "pandas": [apart(_FRAMES)],
    "pyarrow": [apart(_ARROW)],
    "polars": [apart(_POLARS)],
    "scipy": [apart(_SCIPY)],
    "types": [apart(TYPES_APART)],
    **APART,
}
"""Sets of expressions by library; in each set every value differs from every other."""

_EQUAL = """
builtins: [shared, shared] = [[1, 2], [1, 2]]
builtins: [1, 2, 3] = list((1, 2, 3))
builtins: 'alpha' = ''.join(['al', 'pha'])
builtins: {'a', 'b', 'c'} = {'c', 'b', 'a'}
builtins: {1, 9, 17} = {17, 9, 1}
builtins: {('a', 1), ('b', 2)} = {('b', 2), ('a', 1)}
builtins: put('ab') = {'a': 0, 'b': 0}
builtins: Plain(1) = set_late(1)
builtins: cycle() = copy.deepcopy(cycle())
builtins: ring(30) = copy.deepcopy(ring(30))
builtins: crowd(20) = copy.deepcopy(crowd(20))
builtins: Own(1, 2) = Own(1, 3)
builtins: cached(f) = cached(f)
builtins: used(cached(f)) = cached(f)
builtins: [shared] * 30 = [[1, 2] for _ in range(30)]
builtins: [Point(1, shared)] * 30 = [Point(1, [1, 2]) for _ in range(30)]
builtins: memoryview(b'ab') = memoryview(bytearray(b'ab'))
numpy: np.arange(6).reshape(2, 3) = np.asfortranarray(np.arange(6).reshape(2, 3))
numpy: np.arange(12)[::2] = np.arange(0, 12, 2)
numpy: np.arange(6)[::-1] = np.array([5, 4, 3, 2, 1, 0])
numpy: np.broadcast_to(1, (3, 3)) = np.ones((3, 3), int)
numpy: readonly(np.arange(3)) = np.arange(3)
numpy: np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1) = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).copy()
numpy: np.array([1, 'a'], object) = np.array([1, 'a'], object, order='F')
numpy: np.ones((3, 2), object).T = np.ones((2, 3), object)
numpy: np.zeros(3, padded) = dirty(np.zeros(3, padded))
numpy: np.dtype('i8') = pickle.loads(pickle.dumps(np.dtype('i8')))
numpy: np.zeros(2) = pickle.loads(pickle.dumps(np.zeros(2)))
pandas: pd.DataFrame({'a': [1, 2], 'b': [3, 4]}) = pd.DataFrame(np.array([[1, 3], [2, 4]]), columns=['a', 'b'])
pandas: added(pd.DataFrame({'a': [1, 2]})) = pd.DataFrame({'a': [1, 2], 'z': [0, 0]})
pandas: pd.DataFrame({'a': range(10)}).iloc[2:4].reset_index(drop=True) = pd.DataFrame({'a': [2, 3]})
pandas: pd.RangeIndex(2, 8)[1:] = pd.RangeIndex(3, 8)
pandas: pd.MultiIndex.from_product([[1, 2], ['a']])[:1] = pd.MultiIndex.from_tuples([(1, 'a')])
pandas: under_mask(7) = under_mask(8)
pandas: pd.concat([pd.Series(['a']), pd.Series(['b'])], ignore_index=True) = pd.Series(['a', 'b'])
pandas: pd.Series(['x', 'a', 'b'])[1:].reset_index(drop=True) = pd.Series(['a', 'b'])
pyarrow: pa.chunked_array([['a'], ['b', None]]) = pa.chunked_array([['a', 'b'], [None]], pa.string())
pyarrow: pa.array(['x', 'a', None])[1:] = pa.array(['a', None])
pyarrow: pa.array([[9], [1, 2], None])[1:] = pa.array([[1, 2], None])
pyarrow: pa.array([True, False, None])[1:] = pa.array([False, None])
polars: pl.concat([pl.Series('a', ['x']), pl.Series('a', ['y'])], rechunk=False) = pl.Series('a', ['x', 'y'])
polars: pl.DataFrame({'a': [9, 1]}).slice(1) = pl.DataFrame({'a': [1]})
scipy: sp.csr_matrix(np.eye(2)) = looked_at(sp.csr_matrix(np.eye(2)))
"""

EQUAL: dict[str, list[tuple[str, str]]] = {**alike(_EQUAL), **alike(TYPES_ALIKE), **ALIKE}
"""Pairs of expressions by library whose values are alike, however differently they came about."""
