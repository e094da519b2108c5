"""Effects, memos, handles and Lutil's own objects: neither what they hold nor that they change counts.

Each computation is called twice in one process (`runs` is 1: the second is a hit) and again in others.
"""

from programs import hit

PLAIN = """
@checkpoint
def f(x):
    print("ran")
    return g(x)
f(3)
print(f(3), f(3))
"""
COMPUTED = """
for _ in range(3):
    with InlineCheckpoint():
        print("ran")
        y = g(3)
print(y)
"""


def both(name, text, *edits, **more):
    """Return the case as a function and as a block, where the text defines `g`."""
    return [
        hit(f"{name} (function)", text + PLAIN, *edits, **more),
        hit(f"{name} (block)", text + COMPUTED, *edits, **more),
    ]


CASES = [
    *both("a counter", "n = 0\ndef g(x):\n    global n\n    n += 1\n    return x + 1", ("n = 0", "n = 7")),
    *both("a counter as attribute of a function", "def g(x):\n    g.calls += 1\n    return x + 1\ng.calls = 0", ("calls = 0", "calls = 7")),
    *both("a counter in a dict", "from collections import Counter\nc = Counter()\ndef g(x):\n    c['g'] += 1\n    return x + 1", ("Counter()", "Counter(g=7)")),
    *both("a history list", "history = []\ndef g(x):\n    history.append(x)\n    return x + 1", ("history = []", "history = [7]")),
    *both("a log by key", "log = {}\ndef g(x):\n    log[x] = 'done'\n    return x + 1", ("log = {}", "log = {7: 'done'}")),
    *both("a counter on a class", "class A:\n    made = 0\n    def __init__(self, x):\n        A.made += 1\n        self.x = x\ndef g(x): return A(x).x"),
    *both("a global that is only logged", "import logging\nname = 'one'\ndef g(x):\n    logging.info('run %s', name)\n    return x + 1", ("'one'", "'two'")),
    *both("a logger of the module", "import logging\nlogger = logging.getLogger(__name__)\ndef g(x):\n    logger.debug('x %s', x)\n    return x + 1", ("__name__", "'other'")),
    *both("a logger with a handler", "import logging\nlogger = logging.getLogger('mine')\nlogger.addHandler(logging.NullHandler())\nlogger.setLevel('INFO')\ndef g(x):\n    logger.info('x %s', x)\n    return x + 1", ("'INFO'", "'ERROR'")),
    *both("a lock that stays a lock", "import threading\nlock = threading.Lock()\ndef g(x):\n    with lock:\n        return x + 1"),
    *both("a thread pool", "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\ndef g(x): return list(pool.map(abs, [x]))"),
    *both("a queue and an event", "import queue, threading\nq, done = queue.Queue(), threading.Event()\ndef g(x):\n    q.put(x)\n    done.set()\n    return x + 1"),
    *both("a mock", "from unittest import mock\nclient = mock.MagicMock()\ndef g(x):\n    client.send(x)\n    return x + 1"),
    *both("a socket", "import socket\ns = socket.socket()\ndef g(x): return x + bool(s)"),
    *both("a database connection", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndef g(x): return x + db.execute('select 1').fetchone()[0]"),
    *both("requests.Session", "import requests\nsession = requests.Session()\nsession.headers['x'] = 'one'\ndef g(x): return x + bool(session.headers)", ("'one'", "'two'"), needs=("requests",)),
    *both("a progress bar", "from tqdm import tqdm\nimport os\nbar = tqdm(total=9, file=open(os.devnull, 'w'))\ndef g(x):\n    bar.update(1)\n    return x + 1", ("total=9", "total=99"), needs=("tqdm",)),
    *both("tqdm around a loop", "from tqdm import tqdm\nimport os\nnull = open(os.devnull, 'w')\ndef g(x): return sum(i for i in tqdm(range(x), file=null))", needs=("tqdm",)),
    *both("a console", "from rich.console import Console\nimport os\nconsole = Console(file=open(os.devnull, 'w'))\ndef g(x):\n    console.print(x)\n    return x + 1", needs=("rich",)),
    *both("a hand-made memo", "_cache = {}\ndef g(x):\n    if x not in _cache:\n        _cache[x] = x * x\n    return _cache[x]"),
    *both("a memo by try", "_cache = {}\ndef g(x):\n    try:\n        return _cache[x]\n    except KeyError:\n        _cache[x] = r = x * x\n        return r"),
    *both("a memo as default", "def g(x, _seen={}):\n    if x not in _seen:\n        _seen[x] = x * x\n    return _seen[x]"),
    *both("a memo on a function", "def g(x):\n    if x not in g.memo:\n        g.memo[x] = x * x\n    return g.memo[x]\ng.memo = {}"),
    *both("a memo on a class", "class A:\n    _cache = {}\n    def get(self, x):\n        if x not in self._cache:\n            self._cache[x] = x * x\n        return self._cache[x]\ndef g(x): return A().get(x)"),
    *both("a memo in a closure", "def memo(h):\n    seen = {}\n    def inner(x):\n        if x not in seen:\n            seen[x] = h(x)\n        return seen[x]\n    return inner\n@memo\ndef g(x): return x * x"),
    *both("a lazy model", "_model = None\ndef model():\n    global _model\n    if _model is None:\n        _model = {'w': [1, 2]}\n    return _model\ndef g(x): return model()['w'][0] + x"),
    *both("a lazy model that is an object", "class Model:\n    def __init__(self): self.w = [1, 2]\n_model = None\ndef model():\n    global _model\n    if _model is None:\n        _model = Model()\n    return _model\ndef g(x): return model().w[0] + x"),
    *both("a lazy attribute", "class A:\n    def __init__(self): self._model = None\n    def model(self):\n        if self._model is None:\n            self._model = [1, 2]\n        return self._model\na = A()\ndef g(x): return a.model()[0] + x"),
    *both("a singleton", "class A:\n    _one = None\n    @classmethod\n    def get(cls):\n        if cls._one is None:\n            cls._one = cls()\n        return cls._one\ndef g(x): return x + bool(A.get())"),
    *both("functools.lru_cache", "import functools\n@functools.lru_cache(maxsize=8)\ndef h(x): return x * x\ndef g(x): return h(x)"),
    *both("functools.cache on a method", "import functools\nclass A:\n    @functools.cache\n    def m(self, x): return x * x\na = A()\ndef g(x): return a.m(x)"),
    *both("a cached_property of a global", "from functools import cached_property\nclass A:\n    k = 2\n    @cached_property\n    def big(self): return self.k * 100\na = A()\ndef g(x): return a.big + x"),
    *both("a compiled pattern made when it is needed", "import re\n_p = None\ndef g(x):\n    global _p\n    if _p is None:\n        _p = re.compile('a+')\n    return len(_p.findall('aa b a')) + x"),
    *both("a decorated function that is called", "@checkpoint\ndef h(x): return x * x\ndef g(x): return h(x)"),
    *both("a decorated function that was used before", "@checkpoint\ndef h(x): return x * x\n# first\ndef g(x): return h(x)", ("# first", "h(5), h(6)")),
    *both("a decorated method of a global", "class A:\n    @checkpoint\n    def m(self, x): return x * x\na = A()\ndef g(x): return a.m(x)"),
    *both("a block in a helper", "def g(x):\n    with InlineCheckpoint(watch=['x'], produce=['r']):\n        r = x * x\n    return r"),
    *both("a block that stays as a global", "with InlineCheckpoint(watch=[], produce=['k']) as cp:\n    k = 1\ndef g(x): return x + k"),
    hit(
        "a cached_property of an argument",
        """
        from functools import cached_property
        class A:
            def __init__(self): self.x = 3
            @cached_property
            def big(self): return self.x * 100
        @checkpoint
        def f(a):
            print("ran")
            return a.big
        a = A()
        f(a)
        print(f(a), f(A()))
        """,
    ),
    hit(
        "a logger of an argument",
        """
        import logging
        class A:
            def __init__(self, name):
                self.x = 3
                self.logger = logging.getLogger(name)
        @checkpoint
        def f(a):
            print("ran")
            a.logger.debug("x")
            return a.x
        print(f(A("one")), f(A("one")))
        """,
    ),
    hit(
        "a reload without a change",
        """
        import importlib, helpers
        @checkpoint
        def f(x):
            print("ran")
            return helpers.g(x)
        print(f(3))
        importlib.reload(helpers)
        print(f(3))
        #: helpers.py
        class A: k = 1
        def g(x): return x + A.k
        """,
    ),
    hit(
        "a source file that is edited after the import",
        """
        import helpers
        from pathlib import Path
        Path("helpers.py").write_text("def g(x): return x + 100")
        @@ helpers.g(x)
        #: helpers.py
        def g(x): return x + 1
        """,
    ),
    hit(
        "tracing and profiling",
        """
        import sys
        # here
        @@ x + 1
        """,
        ("# here", "sys.settrace(lambda *a: None)"),
    ),
    hit(
        "two closures of one code share what is equal only",
        """
        def make(n):
            @checkpoint
            def f(x):
                print("ran")
                return x + n
            return f
        print(make(1)(3), make(2)(3), make(1)(3), make(1 + 1)(3))
        """,
        runs=2,
    ),
    hit(
        "methods of one name in two classes",
        """
        class A:
            @checkpoint
            def f(self, x):
                print("ran")
                return x + 1
        class B:
            @checkpoint
            def f(self, x):
                print("ran")
                return x + 2
        print(A().f(3), B().f(3), A().f(3), B().f(3))
        """,
        runs=2,
    ),
    hit(
        "two lambdas on one line",
        """
        a, b = checkpoint(lambda x: (print("ran"), x + 1)[1]), checkpoint(lambda x: (print("ran"), x + 2)[1])
        print(a(3), b(3), a(3), b(3))
        """,
        runs=2,
    ),
    hit(
        "two functions of one name",
        """
        import one, two
        print(one.f(3), two.f(3), one.f(3), two.f(3))
        #: one.py
        @checkpoint
        def f(x):
            print("ran")
            return x + 1
        #: two.py
        @checkpoint
        def f(x):
            print("ran")
            return x + 2
        """,
        runs=2,
    ),
    hit(
        "functions of one name and one code in two files",
        """
        import one, two
        print(one.f(3), two.f(3))
        #: one.py
        @checkpoint
        def f(x):
            print("ran")
            return x + 1
        #: two.py
        @checkpoint
        def f(x):
            print("ran")
            return x + 1
        """,
    ),
]
