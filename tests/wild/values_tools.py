"""Functions that libraries make, documents, requests, pictures, configuration."""

from values import library

library(
    "functools",
    """
import functools, operator, itertools, collections, re, decimal, fractions, datetime, uuid, pathlib, enum, dataclasses, types, string, ipaddress, argparse, configparser, logging, random, heapq, array, zoneinfo, email.message, typing
class Named(typing.NamedTuple):
    a: int
def double(x): return 2 * x
def triple(x): return 3 * x
def parser(*options):
    made = argparse.ArgumentParser(prog='p')
    for option in options: made.add_argument(option, default=argparse.SUPPRESS)
    return made
def configured(text):
    made = configparser.ConfigParser(); made.read_string(text); return made
def show(v):
    if isinstance(v, argparse.ArgumentParser): return v.format_help() + repr(v.parse_args([]))
    if isinstance(v, configparser.ConfigParser): return repr({s: dict(v[s]) for s in v})
    return repr(v(3)) if isinstance(v, (functools.partial, types.FunctionType)) else told(v)
""",
    """
functools.partial(double) | functools.partial(triple) | functools.partial(pow, 2) | functools.partial(pow, 3)
operator.itemgetter(1) | operator.itemgetter(2) | operator.attrgetter('a') | operator.methodcaller('a', 1) | operator.methodcaller('a', 2)
collections.Counter('aab') | collections.Counter('abb') | collections.OrderedDict(a=1) | collections.defaultdict(list, a=[1]) | collections.defaultdict(int, a=[1])
collections.deque([1]) | collections.deque([1], 3) | collections.ChainMap({1: 2}, {3: 4}) | collections.ChainMap({1: 2})
re.compile('a') | re.compile('a', re.I) | re.compile('b')
decimal.Decimal('1.0') | decimal.Decimal('1.00') | fractions.Fraction(1, 2) | fractions.Fraction(1, 3)
datetime.date(2020, 1, 1) | datetime.datetime(2020, 1, 1) | datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) | zoneinfo.ZoneInfo('Europe/Paris')
uuid.UUID(int=1) | uuid.UUID(int=2) | pathlib.Path('a') | pathlib.Path('b') | pathlib.PureWindowsPath('a')
parser('--a') | parser('--b') | parser('--a', '--b')
configured('[a]\\nb = 1') | configured('[a]\\nb = 2')
itertools.count(1) | itertools.count(2) | itertools.repeat(1, 3) | itertools.repeat(1, 4)
random.Random(1) | random.Random(2) | array.array('d', [1.0]) | array.array('f', [1.0])
types.SimpleNamespace(a=1) | types.SimpleNamespace(a=2) | types.MappingProxyType({'a': 1})
ipaddress.ip_network('10.0.0.0/8') | ipaddress.ip_network('10.0.0.0/9') | string.Template('$a') | string.Template('$b')
Named(1) | Named(2) | list[int] | list[str] | int | str
""",
    packages="pip",
    imports="functools",
)

library(
    "tenacity",
    """
import tenacity
def double(x): return 2 * x
def show(v): return repr(v(2)) if hasattr(v, 'retry') else repr(vars(v))
""",
    """
tenacity.retry(stop=tenacity.stop_after_attempt(2))(double) | tenacity.retry(stop=tenacity.stop_after_attempt(3))(double)
tenacity.stop_after_attempt(2) | tenacity.stop_after_attempt(3) | tenacity.wait_fixed(1)
""",
)

library(
    "wrapt",
    """
import wrapt
def scaled(factor):
    @wrapt.decorator
    def wrapper(wrapped, instance, args, kwargs): return factor * wrapped(*args, **kwargs)
    return wrapper
def double(x): return 2 * x
def triple(x): return 3 * x
def show(v): return repr(v(2)) if callable(v) else told(v)
""",
    """
scaled(1)(double) | scaled(2)(double) | scaled(1)(triple)
wrapt.ObjectProxy([1]) | wrapt.ObjectProxy([2])
""",
)

library(
    "toolz",
    """
import toolz, operator
from toolz import curry, compose, pipe, juxt
def add(x, y, z=0): return x + y + z
def show(v): return repr(v(2)) if callable(v) else told(v)
""",
    """
curry(add, 1) | curry(add, 2) | curry(add, 1, z=1)
compose(str, abs) | compose(repr, abs) | toolz.functoolz.complement(bool)
juxt(abs, str) | juxt(str, abs)
""",
)

library(
    "funcy",
    """
import funcy
def double(x): return 2 * x
def sub(x, y): return x - y
def show(v): return repr(v(2)) if callable(v) else told(v)
""",
    """
funcy.rpartial(sub, 1) | funcy.rpartial(sub, 2)
funcy.retry(2)(double) | funcy.retry(3)(double)
funcy.compose(str, double) | funcy.compose(repr, double)
funcy.iffy(bool, double) | funcy.iffy(bool, str)
""",
)

library(
    "beartype",
    """
from beartype import beartype
@beartype
def double(x: int) -> int: return 2 * x
@beartype
def triple(x: int) -> int: return 3 * x
def show(v): return repr(v(2))
def look(v): v(1)
""",
    "double | triple",
)

library(
    "cachetools",
    """
import cachetools
def filled(kind, **items):
    made = kind(4); made.update(items); return made
""",
    """
filled(cachetools.LRUCache, a=1) | filled(cachetools.LRUCache, a=2) | filled(cachetools.FIFOCache, a=1)
cachetools.keys.hashkey(1) | cachetools.keys.hashkey(2)
""",
)

library(
    "lxml",
    """
from lxml import etree, html, objectify
def show(v): return etree.tostring(v) if hasattr(v, 'tag') or hasattr(v, 'getroot') else told(v)
def look(v): list(v); v.tag
""",
    """
etree.fromstring('<a><b x="1"/></a>') | etree.fromstring('<a><b x="2"/></a>')
etree.ElementTree(etree.fromstring('<a/>')) | etree.ElementTree(etree.fromstring('<b/>'))
html.fromstring('<p>a</p>') | html.fromstring('<p>b</p>')
""",
    imports="lxml.etree",
)

library(
    "httpx",
    """
import httpx
def response(text, status=200):
    made = httpx.Response(status, text=text, request=httpx.Request('GET', 'http://a.b')); return made
def show(v): return (v.status_code, v.text, dict(v.headers)) if isinstance(v, httpx.Response) else told(v)
def look(v): v.text; v.json; v.encoding; v.raise_for_status()
""",
    """
response('a') | response('b') | response('a', 201)
httpx.URL('http://a.b/c') | httpx.URL('http://a.b/d')
httpx.Headers({'a': '1'}) | httpx.Headers({'a': '2'}) | httpx.Timeout(1) | httpx.Timeout(2)
httpx.Request('GET', 'http://a.b') | httpx.Request('POST', 'http://a.b')
""",
)

library(
    "requests",
    """
import requests
def prepared(url, **headers): return requests.Request('GET', url, headers=headers).prepare()
def show(v): return (v.method, v.url, dict(v.headers))
""",
    """
prepared('http://a.b/') | prepared('http://a.b/c') | prepared('http://a.b/', x='1')
""",
)

library(
    "jinja2",
    """
import jinja2
environment = jinja2.Environment()
def env(**templates): return jinja2.Environment(loader=jinja2.DictLoader(templates))
def show(v): return v.render(a=1) if isinstance(v, jinja2.Template) else v.get_template('t').render(a=1)
def look(v): show(v)
""",
    """
jinja2.Template('{{ a }}') | jinja2.Template('{{ a }}!')
env(t='x{{ a }}') | env(t='y{{ a }}')
""",
)

library(
    "matplotlib",
    """
import matplotlib; matplotlib.use('Agg')
import matplotlib.pyplot as plt, numpy as np
from matplotlib.figure import Figure
def figure(*ys, title=''):
    made = Figure(); axes = made.subplots(); axes.plot(ys); axes.set_title(title); return made
def show(v): return repr([l.get_ydata().tolist() for l in v.axes[0].lines]) if isinstance(v, Figure) else told(v)
def look(v): v.canvas.draw() if isinstance(v, Figure) else v(0.5) if callable(v) else v.inverted()
""",
    """
matplotlib.transforms.Affine2D().rotate(1) | matplotlib.transforms.Affine2D().rotate(2)
matplotlib.colors.ListedColormap(['r', 'g']) | matplotlib.colors.ListedColormap(['r', 'b'])
figure(1, 2) | figure(1, 3) | figure(1, 2, title='t')
matplotlib.colormaps['viridis'] | matplotlib.colormaps['magma']
matplotlib.colors.Normalize(0, 1) | matplotlib.colors.Normalize(0, 2)
matplotlib.path.Path([[0, 0], [1, 1]]) | matplotlib.path.Path([[0, 0], [1, 2]])
""",
)

library(
    "plotly",
    """
import json, plotly.graph_objects as go
def show(v): return json.dumps(json.loads(v.to_json()), sort_keys=True)
def look(v): v.to_dict(); v.to_json()
""",
    """
go.Figure(go.Scatter(y=[1, 2])) | go.Figure(go.Scatter(y=[1, 3])) | go.Figure(go.Bar(y=[1, 2]))
go.Scatter(y=[1, 2]) | go.Scatter(y=[1, 3])
""",
)

library(
    "altair",
    """
import altair as alt, pandas as pd
table = pd.DataFrame({'a': [1, 2]})
def show(v): return repr(sorted(v.to_dict())) if isinstance(v, alt.Chart) else type(v)
def look(v): v.to_dict()
""",
    """
alt.Chart(table).mark_point().encode(x='a') | alt.Chart(table).mark_bar().encode(x='a')
alt.X('a') | alt.X('b')
""",
)

library(
    "folium",
    """
import folium
def show(v): return repr(v.location)
""",
    """
folium.Map([0, 0]) | folium.Map([0, 1])
""",
)

library(
    "rich",
    "import rich.table, rich.text, rich.style",
    """
rich.text.Text('a') | rich.text.Text('b') | rich.text.Text('a', style='bold')
rich.style.Style(bold=True) | rich.style.Style(bold=False)
""",
)

library(
    "click",
    """
import click
@click.command()
@click.option('--n', default=1)
def one(n): pass
@click.command()
@click.option('--n', default=2)
def two(n): pass
def show(v): return repr(v.params[0].default) if hasattr(v, 'params') else told(v)
""",
    """
one | two
click.Choice(['a']) | click.Choice(['b']) | click.IntRange(0, 1) | click.IntRange(0, 2)
""",
)

library(
    "trio",
    """
import trio
""",
    """
trio.Path('a') | trio.Path('b')
""",
)

library(
    "tornado",
    "import tornado.httputil",
    """
tornado.httputil.HTTPHeaders({'a': '1'}) | tornado.httputil.HTTPHeaders({'a': '2'})
""",
    imports="tornado.httputil",
)

library(
    "more_itertools",
    "import more_itertools as mi\nshow = lambda v: list(v)",
    """
mi.seekable([1, 2]).elements() | mi.SequenceView([1, 2]) | mi.SequenceView([1, 3])
""",
    packages="more-itertools",
)

library(
    "yaml",
    "import yaml",
    """
yaml.safe_load('a: [1, 2]') | yaml.safe_load('a: [1, 3]')
yaml.nodes.ScalarNode('t', 'a').value | yaml.nodes.ScalarNode('t', 'b').value
""",
    packages="pyyaml",
)
