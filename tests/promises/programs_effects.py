"""Effects and handles: neither what they hold nor that the computation changes them counts."""

from programs import table

CASES = table(
    "hit",
    r"""
== a counter
-- n = 0 --> n = 7
n = 0
def g(x):
    global n
    n += 1
    return x + 1
@@ g(x)

== a counter as attribute of a function
-- calls = 0 --> calls = 7
def g(x):
    g.calls += 1
    return x + 1
g.calls = 0
@@ g(x)

== a counter in a dict
-- Counter() --> Counter(g=7)
from collections import Counter
c = Counter()
def g(x):
    c['g'] += 1
    return x + 1
@@ g(x)

== a counter on an object
-- n = 0 --> n = 7
class Stats:
    n = 0
stats = Stats()
stats.n = 0
def g(x):
    stats.n += 1
    return x + 1
@@ g(x)

== a counter on a namespace
-- n=0 --> n=7
from types import SimpleNamespace
stats = SimpleNamespace(n=0)
def g(x):
    stats.n += 1
    return x + 1
@@ g(x)

== a log on an object
-- rows = [] --> rows = [7]
class Log:
    def __init__(self):
        self.rows = []
        self.by = {}
log = Log()
def g(x):
    log.rows.append(x)
    log.by[x] = 'done'
    return x + 1
@@ g(x)

== a list method in return position
-- history = [] --> history = [7]
history = []
def note(x): return history.append(x)
def g(x):
    note(x)
    return x + 1
@@ g(x)

== a history list
-- history = [] --> history = [7]
history = []
def g(x):
    history.append(x)
    return x + 1
@@ g(x)

== a log by key
-- log = {} --> log = {7: 'done'}
log = {}
def g(x):
    log[x] = 'done'
    return x + 1
@@ g(x)

== a counter on a class
-- made = 0 --> made = 7
class A:
    made = 0
    def __init__(self, x):
        A.made += 1
        self.x = x
def g(x): return A(x).x
@@ g(x)

== a global that is only logged
-- 'one' --> 'two'
import logging
name = 'one'
def g(x):
    logging.info('run %s', name)
    return x + 1
@@ g(x)

== a logger of the module
-- __name__ --> 'other'
import logging
logger = logging.getLogger(__name__)
def g(x):
    logger.debug('x %s', x)
    return x + 1
@@ g(x)

== a logger with a handler
-- 'INFO' --> 'ERROR'
import logging
logger = logging.getLogger('mine')
logger.addHandler(logging.NullHandler())
logger.setLevel('INFO')
def g(x):
    logger.info('x %s', x)
    return x + 1
@@ g(x)

== a lock that stays a lock
import threading
lock = threading.Lock()
def g(x):
    with lock:
        return x + 1
@@ g(x)

== a thread pool
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
def g(x): return list(pool.map(abs, [x]))
@@ g(x)

== a queue and an event
import queue, threading
q, done = queue.Queue(), threading.Event()
def g(x):
    q.put(x)
    done.set()
    return x + 1
@@ g(x)

== a context of decimal, whose flags a run sets
import decimal
C = decimal.Context(prec=5)
def g(x): return C.divide(decimal.Decimal(x), decimal.Decimal(3))
@@ g(x)

== a mock
from unittest import mock
client = mock.MagicMock()
def g(x):
    client.send(x)
    return x + 1
@@ g(x)

== a socket
import socket
s = socket.socket()
def g(x): return x + bool(s)
@@ g(x)

== a database connection
import sqlite3
db = sqlite3.connect(':memory:')
def g(x): return x + db.execute('select 1').fetchone()[0]
@@ g(x)

== a client of a service
-- 'key-1' --> 'key-2'
import sys
sys.path.insert(0, 'lib/site-packages')
from openai import OpenAI
client = OpenAI('key-1')
def g(x): return x + len(client.ask(x))
@@ g(x)
#: lib/site-packages/openai/__init__.py
class OpenAI:
    def __init__(self, key):
        self.key, self.asked = key, 0
    def ask(self, x):
        self.asked += 1
        return 'yes'

== requests.Session
-- 'one' --> 'two'
-- needs: requests
import requests
session = requests.Session()
session.headers['x'] = 'one'
def g(x): return x + bool(session.headers)
@@ g(x)

== a progress bar
-- total=9 --> total=99
-- needs: tqdm
from tqdm import tqdm
import os
bar = tqdm(total=9, file=open(os.devnull, 'w'))
def g(x):
    bar.update(1)
    return x + 1
@@ g(x)

== tqdm around a loop
-- needs: tqdm
from tqdm import tqdm
import os
null = open(os.devnull, 'w')
def g(x): return sum(i for i in tqdm(range(x), file=null))
@@ g(x)

== a console
-- needs: rich
from rich.console import Console
import os
console = Console(file=open(os.devnull, 'w'))
def g(x):
    console.print(x)
    return x + 1
@@ g(x)
""",
)
