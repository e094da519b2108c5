"""Rows of the conformance suite: further types of the standard library."""

from __future__ import annotations

__all__ = ["TYPES_ALIKE", "TYPES_APART", "TYPES_PRELUDE"]

TYPES_PRELUDE = """
import ast, calendar, concurrent.futures, contextlib, csv, ctypes, difflib, email, graphlib, hashlib, hmac, http.cookies
import inspect, io, ipaddress, json, logging, mmap, queue, secrets, sqlite3, ssl, statistics, string, subprocess
import tarfile, tempfile, textwrap, threading, time, traceback, typing, urllib.parse, urllib.request, zipfile
import xml.dom.minidom, xml.etree.ElementTree as ET
import importlib.resources as resources
from fractions import Fraction
from Lutil.checkpoints.testing._examples_types import *
from Lutil.checkpoints.testing._examples_types import having
T = typing.TypeVar('T')
signature = lambda text: inspect.signature(eval(f'lambda {text}: 0'))
dialect = lambda text: csv.Sniffer().sniff(text)
"""

TYPES_APART = """
random.SystemRandom() | Dice(1) | having(Dice(1), sides=8) | drawn(0) | drawn(1) | drawn(2) | decimal.Context(5)
decimal.Context(6) | decimal.Context(5, rounding=decimal.ROUND_UP) | decimal.Context(5, traps=[])
decimal.Context(5, flags=[decimal.Inexact]) | ipaddress.ip_address('1.2.3.4') | ipaddress.ip_address('1.2.3.5')
ipaddress.ip_address('::1') | ipaddress.ip_address('::1%a') | ipaddress.ip_network('1.2.3.0/24')
ipaddress.ip_network('1.2.3.0/25') | ipaddress.ip_interface('1.2.3.0/24') | ipaddress.ip_interface('1.2.3.1/24')
message() | message('y') | message(subject='t') | email.message_from_string('A: b\\n\\nx')
email.message_from_string('A: b\\n\\ny') | collections.ChainMap({'a': 1}, {'b': 2})
collections.ChainMap({'a': 1, 'b': 2}) | collections.ChainMap({'b': 2}, {'a': 1}) | collections.UserDict(a=1)
collections.UserDict(a=2) | collections.UserList([1]) | collections.UserList([2]) | collections.UserString('a')
collections.UserString('b') | string.Template('$a') | string.Template('$b') | signature('a, b=1')
signature('a, b=2') | signature('a, *, b=1') | signature('a').bind(1) | signature('a').bind(2) | Shift(1) | Shift(2)
datetime.datetime(2020, 1, 1, tzinfo=Shift(1)) | datetime.datetime(2020, 1, 1, tzinfo=Shift(2))
Choices.A|Choices.B | Choices.A|Choices.C | Choices(0) | Number.ONE | list[int] | list[str] | tuple[int, ...]
tuple[int] | int|str | int|None | typing.Optional[int] | typing.Union[int, str] | typing.Union[int, float]
typing.Literal[1, 2] | typing.Literal[1, 3] | typing.Literal[True, 2] | typing.Annotated[int, 1]
typing.Annotated[int, 2] | typing.List[int] | typing.Callable[[int], str] | typing.Callable[[str], str]
collections.abc.Callable[[int], str] | typing.Any | T | typing.TypeVar('T', bound=int) | typing.TypeVar('T', int, str)
typing.TypeVar('U') | typing.List[T] | typing.ForwardRef('A') | typing.ForwardRef('B') | typing.ParamSpec('P')
variable() | variable(1) | variable(2) | local(mode=1) | local(mode=2) | kept(weakref.ref, 'Anna')
kept(weakref.ref, 'Bert') | kept(weakref.proxy, 'Anna') | kept(weakref.proxy, 'Bert') | kept(weakref.WeakSet, 'Anna')
kept(weakref.WeakSet, 'Anna', 'Bert') | kept(weakref.WeakValueDictionary, 'Anna')
kept(weakref.WeakValueDictionary, 'Bert') | kept(weakref.WeakKeyDictionary, 'Anna') | weakref.ref(Person('gone'))
at(1, io.BytesIO(b'abc')) | at(2, io.BytesIO(b'abc')) | at(1, io.BytesIO(b'abd')) | at(1, io.StringIO('abc'))
at(2, io.StringIO('abc')) | array.array('d', [1.0]) | array.array('d', [-1.0]) | array.array('f', [1.0])
array.array('i') | array.array('I') | subprocess.CompletedProcess(['a'], 0, b'x')
subprocess.CompletedProcess(['a'], 1, b'x') | struct.Struct('<i') | struct.Struct('<q') | hashlib.sha256(b'a')
hashlib.sha256(b'b') | hashlib.md5(b'a') | hashlib.blake2b(b'a') | hashlib.blake2b(b'a', key=b'k')
hashlib.shake_128(b'a') | hashlib.shake_128(b'b') | hmac.new(b'k', b'a', 'sha256') | hmac.new(b'l', b'a', 'sha256')
hmac.new(b'k', b'b', 'sha256') | logging.Formatter('%(message)s') | logging.Formatter('%(name)s')
logging.Filter('a') | logging.Filter('b') | logging.getLogger('a') | logging.getLogger('b') | logging.NullHandler()
configured('1') | configured('2') | configured('1')['section'] | json.JSONEncoder() | json.JSONEncoder(sort_keys=True)
json.JSONDecoder() | json.JSONDecoder(parse_float=decimal.Decimal) | csv.excel | csv.excel_tab | csv.excel()
csv.get_dialect('excel') | csv.get_dialect('semicolons') | csv.get_dialect('unix') | dialect('a;b\\n1;2')
dialect('a,b\\n1,2') | ET.fromstring('<a x="1"><b>t</b>u</a>') | ET.fromstring('<a x="2"><b>t</b>u</a>')
ET.fromstring('<a x="1"><b>t</b>v</a>') | ET.fromstring('<a x="1"><b>s</b>u</a>')
ET.fromstring('<a x="1"><c>t</c>u</a>') | ET.ElementTree(ET.Element('a')) | xml.dom.minidom.parseString('<a>x</a>')
xml.dom.minidom.parseString('<a>y</a>') | http.cookies.SimpleCookie('a=1') | http.cookies.SimpleCookie('a=2')
http.cookies.SimpleCookie('a=1')['a'] | urllib.parse.urlparse('http://a/b') | urllib.parse.urlparse('http://a/c')
urllib.parse.urlsplit('http://a/b') | urllib.request.Request('http://a') | urllib.request.Request('http://a', b'x')
raised(Error('a', 1)) | raised(Error('a', 2)) | raised(Error('b', 1)) | raised(Error('a', 1), 'note')
raised(Error('a', 1), 'other note') | raised(Error('a', 1), cause=ValueError('b'))
raised(Error('a', 1), cause=ValueError('c')) | AttributeError('a') | AttributeError('a', name='x')
OSError(2, 'x', 'f') | OSError(2, 'x', 'g') | ImportError('a', name='x') | ImportError('a', name='y')
ExceptionGroup('g', [ValueError(1)]) | ExceptionGroup('g', [ValueError(2)]) | StopIteration(1)
traceback.FrameSummary('f', 1, 'n') | ast.parse('a + 1') | traceback.FrameSummary('f', 2, 'n') | ast.parse('a + 2')
ast.parse('a - 1') | compile('a + 1', '', 'eval') | compile('a + 2', '', 'eval') | compile('b + 1', '', 'eval')
looped(1) | looped(2) | functools.singledispatch(f) | functools.singledispatch(g) | functools.cmp_to_key(f)
functools.cmp_to_key(g) | functools.cmp_to_key(f)(1) | functools.partialmethod(f, 1) | functools.partialmethod(f, 2)
operator.itemgetter(1, 2) | operator.itemgetter(2, 1) | operator.attrgetter('a.b') | operator.attrgetter('a.c')
operator.methodcaller('a', 1, k=2) | operator.methodcaller('a', 1) | operator.methodcaller('a', 1, k=3)
statistics.NormalDist(0, 1) | statistics.NormalDist(0, 2) | graphlib.TopologicalSorter({'a': {'b'}})
graphlib.TopologicalSorter({'a': {'c'}}) | mapped(b'ab') | mapped(b'ac') | ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
resources.files('json') | resources.files('email') | zipfile.ZipInfo('a') | zipfile.ZipInfo('b')
tarfile.TarInfo('a') | tarfile.TarInfo('b') | calendar.Calendar(0) | calendar.Calendar(1)
difflib.SequenceMatcher(None, 'ab', 'ac') | difflib.SequenceMatcher(None, 'ab', 'ad') | textwrap.TextWrapper(10)
textwrap.TextWrapper(11) | argparse.ArgumentParser('a') | argparse.ArgumentParser('b') | time.gmtime(0)
time.gmtime(1) | concurrent.futures.ThreadPoolExecutor(1) | queue.Queue()
queue.PriorityQueue() | threading.Lock() | threading.RLock() | threading.Event()
threading.Semaphore() | threading.Thread() | closed(sqlite3.connect(':memory:')) | row(1) | row(2)
re.match('(a)', 'ab') | re.match('(a)', 'ac') | re.match('(.)', 'ab') | contextlib.nullcontext(1)
contextlib.nullcontext(2) | contextlib.suppress(ValueError) | contextlib.suppress(KeyError) | contextlib.ExitStack()
ctypes.c_int(1) | ctypes.c_int(2) | ctypes.c_long(1) | ctypes.CDLL(None) | os.terminal_size((1, 2))
os.terminal_size((1, 3)) | Mixed(1) | Mixed(2) | Mixed(1, y=1) | Mixed(1, y=2) | ordinary(Day, 2020, 1, 1)
ordinary(Day, 2020, 1, 1, tag=1) | ordinary(Day, 2020, 1, 1, tag=2) | ordinary(Seconds, 1)
ordinary(Seconds, 1, tag=1) | made(f) | made(g) | staticmethod(f) | staticmethod(g) | classmethod(f)
types.CellType(1) | types.CellType(2) | CachedList([1]) | CachedDict(a=1) | CachedFields(1) | secrets.token_hex
memoryview(array.array('d', [1.0])) | memoryview(array.array('f', [1.0])) | memoryview(b'abc')[::2]
memoryview(b'abc')
"""

TYPES_ALIKE = """
types: random.SystemRandom() = secrets.SystemRandom()
types: random.random = (random.random(), random.random)[1]
types: message() = pickle.loads(pickle.dumps(message()))
types: message() = seen(message())
types: collections.ChainMap({'a': 1}, {}) = copy.deepcopy(collections.ChainMap({'a': 1}, {}))
types: typing.Optional[int] = typing.Union[int, None]
types: Choices.A|Choices.B = pickle.loads(pickle.dumps(Choices.B|Choices.A))
types: local(mode=1, lock=threading.Lock()) = local(mode=1)
types: at(1, io.BytesIO(b'abc')) = pickle.loads(pickle.dumps(at(1, io.BytesIO(b'abc'))))
types: hashlib.sha256(b'ab') = (lambda h: (h.update(b'b'), h)[1])(hashlib.sha256(b'a'))
types: csv.get_dialect('semicolons') = csv.get_dialect('semicolons')
types: configured('1') = copy.deepcopy(configured('1'))
types: ET.fromstring('<a><b/></a>') = pickle.loads(pickle.dumps(ET.fromstring('<a><b/></a>')))
types: raised(Error('a', 1), 'note') = raised(Error('a', 1), 'note')
types: ast.parse('a + 1') = ast.parse('a + 1  # one')
types: compile('a + 1', 'one', 'eval') = compile('\\na  + 1', 'other', 'eval')
types: looped(1) = copy.deepcopy(looped(1))
types: memoryview(b'abc')[::2] = memoryview(bytearray(b'ac'))
types: asked(CachedList([1])) = CachedList([1])
types: asked(CachedDict(a=1)) = CachedDict(a=1)
types: asked(CachedFields(1)) = CachedFields(1)
types: [asked(CachedFields(i)) for i in range(20)] = [CachedFields(i) for i in range(20)]
types: Mixed(1, y=[2]) = pickle.loads(pickle.dumps(Mixed(1, y=[2])))
types: re.match('(a)', 'ab') = re.compile('(a)').match('ab')
types: urllib.parse.urlsplit('http://a/b') = pickle.loads(pickle.dumps(urllib.parse.urlsplit('http://a/b')))
types: statistics.NormalDist(0, 1) = copy.deepcopy(statistics.NormalDist(0, 1))
types: datetime.datetime(2020, 1, 1, tzinfo=Shift(1)) = copy.deepcopy(datetime.datetime(2020, 1, 1, tzinfo=Shift(1)))
types: decimal.Context(5) = pickle.loads(pickle.dumps(decimal.Context(5)))
types: signature('a, b=1') = copy.deepcopy(signature('a, b=1'))
types: ctypes.c_int(1) = pickle.loads(pickle.dumps(ctypes.c_int(1)))
"""
