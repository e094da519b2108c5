"""P1 and P2 where a reader keeps what it has read: caches, properties, hand-made memos, modules that are imported late."""

from __future__ import annotations

import os

import pytest

HEAD = """
import functools, json, sys
from pathlib import Path
from Lutil.checkpoints import InlineCheckpoint, checkpoint

ran = []
def read(path="config.json"):
    return json.loads(Path(path).read_text())["k"]
"""
READERS = {
    "lru_cache": "@functools.lru_cache\ndef get():\n    return read()",
    "cache": "@functools.cache\ndef get():\n    return read()",
    "a global": "_k = None\ndef get():\n    global _k\n    if _k is None:\n        _k = read()\n    return _k",
    "a dict": "_table = {}\ndef get():\n    if 'a' not in _table:\n        _table['a'] = read()\n    return _table['a']",
    "an item that is tried": """
_table = {}
def get():
    try:
        return _table["a"]
    except KeyError:
        _table["a"] = read()
        return _table["a"]
""",
    "a property": """
class Settings:
    @functools.cached_property
    def k(self):
        return read()
settings = Settings()
def get():
    return settings.k
""",
    "a singleton": """
class Single:
    it = None
    def __new__(cls):
        if cls.it is None:
            cls.it = super().__new__(cls)
            cls.it.k = read()
        return cls.it
def get():
    return Single().k
""",
    "a method": """
class Reader:
    @functools.lru_cache
    def k(self):
        return read()
reader = Reader()
def get():
    return reader.k()
""",
    "a late import": "def get():\n    import late\n    return late.K",
    "a name of a late import": "def get():\n    from late import K\n    return K",
}
TWO = """
@checkpoint
def first():
    ran.append(1)
    return get()
@checkpoint
def second():
    ran.append(2)
    return get() + 0
"""


@pytest.fixture
def config(program):
    program.write("from main import read\nK = read()\n", "late.py")
    return lambda k, path="config.json": (program.folder / path).write_text(f'{{"k": {k}}}')


@pytest.mark.parametrize("reader", READERS)
def test_what_one_run_has_read_for_a_memo_is_an_input_of_all_that_take_it_from_there(program, config, reader):
    program.write(
        HEAD + READERS[reader].replace("from main", "from __main__") + TWO + "print(first(), second(), ran)\n"
    )
    program.write("import json\nK = json.load(open('config.json'))['k']\n", "late.py")
    for k in (1, 2):
        config(k)
        assert program.run() == f"{k} {k} [1, 2]\n"
        assert program.run() == f"{k} {k} []\n"


@pytest.mark.parametrize(
    "reader",
    ["lru_cache", "cache", "a global", "a dict", "an item that is tried", "a property", "a singleton", "a method"],
)
def test_what_the_program_itself_has_read_for_a_memo_counts_by_what_is_kept(program, config, reader):
    text = HEAD + READERS[reader] + TWO + "if 'early' in sys.argv:\n    get()\nprint(first(), second(), ran)\n"
    program.write(text)
    for k in (1, 2):
        config(k)
        assert program.run("main.py", "early") == f"{k} {k} [1, 2]\n"
        assert program.run("main.py", "early") == f"{k} {k} []\n"
    config(3)
    assert program.run() == "3 3 [1, 2]\n"
    config(4)
    assert program.run("main.py", "early") == "4 4 [1, 2]\n"


@pytest.mark.parametrize("reader", ["lru_cache", "a property", "a method"])
def test_who_looks_first_finds_what_was_kept_in_an_earlier_process(program, config, reader):
    config(1)
    program.write(HEAD + READERS[reader] + TWO + "if 'early' in sys.argv:\n    get()\nprint(first(), second(), ran)\n")
    assert program.run() == "1 1 [1, 2]\n"
    assert program.run("main.py", "early") == "1 1 []\n"


def test_a_cache_that_is_filled_for_many_files_gives_each_run_its_own(program, config):
    for number in range(3):
        config(number, f"{number}.json")
    program.write(
        HEAD
        + """
@functools.lru_cache
def load(path):
    return read(path)
@checkpoint
def use(path):
    ran.append(path)
    return load(path)
for number in range(3):
    use(f"{number}.json")
print(*ran)
"""
    )
    assert program.run() == "0.json 1.json 2.json\n"
    config(7, "0.json")
    assert program.run() == "0.json\n"


def test_a_property_of_each_object_gives_its_own(program, config):
    for number in range(3):
        config(number, f"{number}.json")
    program.write(
        HEAD
        + """
class Data:
    def __init__(self, path):
        self.path = path
    @functools.cached_property
    def k(self):
        return read(self.path)
@checkpoint
def first(data):
    ran.append(data.path)
    return data.k
@checkpoint
def second(data):
    ran.append(data.path)
    return data.k + 0
for data in [Data(f"{number}.json") for number in range(3)]:
    print(first(data), second(data), end=" ")
print(*ran)
"""
    )
    assert program.run() == "0 0 1 1 2 2 0.json 0.json 1.json 1.json 2.json 2.json\n"
    config(7, "1.json")
    assert program.run() == "0 0 7 7 2 2 1.json 1.json\n"


def test_other_files_of_the_run_that_filled_it_are_not_read_for_it(program, config):
    config(1)
    config(5, "data.json")
    program.write(
        HEAD
        + READERS["lru_cache"]
        + """
@checkpoint
def first():
    ran.append(1)
    return read("data.json") + get()
@checkpoint
def second():
    ran.append(2)
    return get()
print(first(), second(), ran)
"""
    )
    assert program.run() == "6 1 [1, 2]\n"
    config(6, "data.json")
    assert program.run() == "7 1 [1]\n"


def test_what_encloses_a_hit_on_something_kept_depends_on_it_too(program, config):
    program.write(
        HEAD
        + READERS["lru_cache"]
        + """
@checkpoint
def inner():
    ran.append("inner")
    return get()
@checkpoint
def outer(x):
    ran.append("outer")
    return inner() + x
get()
print(outer(int(sys.argv[1])), *ran)
"""
    )
    config(1)
    assert program.run("main.py", "0") == "1 outer inner\n"
    assert program.run("main.py", "10") == "11 outer\n"
    config(2)
    assert program.run("main.py", "10") == "12 outer inner\n"


def test_a_cache_of_pure_code_is_no_input_whoever_fills_it(program):
    program.write(
        HEAD
        + """
import math
@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
@functools.cache
def words(text, *, sep=" "):
    return sorted(w.lower() for w in text.split(sep) if math.sqrt(len(w)) > 1)
@checkpoint
def use():
    ran.append(1)
    return fib(10), words("Some more text")
fib(int(sys.argv[1])), words(sys.argv[1])
use()
print(*ran)
"""
    )
    assert program.run("main.py", "12") == "1\n"
    assert program.run("main.py", "15") == "\n"
    assert program.run("main.py", "3") == "\n"


def test_a_memo_may_hold_a_function(program):
    program.write(
        HEAD
        + """
_table = {}
def add(v):
    return v + 1
def get():
    if "a" not in _table:
        _table["a"] = add
    return _table["a"](1)
"""
        + TWO
        + "print(first(), second(), ran)\n"
    )
    assert [program.run(), program.run()] == ["2 2 [1, 2]\n", "2 2 []\n"]


def test_a_property_of_pure_code_may_have_been_looked_at_before(program):
    program.write(
        HEAD
        + """
class A:
    def __init__(self):
        self.v = 1
    @functools.cached_property
    def p(self):
        return [1, self.v]
@checkpoint
def f(a):
    ran.append(1)
    return sum(a.p)
a = A()
if "early" in sys.argv:
    a.p
print(f(a), ran)
"""
    )
    assert program.run("main.py", "early") == "2 [1]\n"
    assert program.run() == "2 []\n"


@pytest.mark.parametrize("reader", READERS)
def test_what_a_run_that_is_still_on_has_read_for_a_memo_is_an_input_of_others(program, config, reader):
    program.write(
        HEAD
        + READERS[reader]
        + """
import threading, time
filled, done = threading.Event(), threading.Event()
@checkpoint
def f(x):
    ran.append(x)
    found = get()
    if x == 1:
        filled.set()
        done.wait(30)
    return found * x
alone = []
thread = threading.Thread(target=lambda: alone.append(f(1)))
thread.start()
while thread.is_alive() and not filled.is_set():
    time.sleep(0.01)
other = f(2)
done.set()
thread.join()
print(*alone, other, ran)
"""
    )
    program.write("import json\nK = json.load(open('config.json'))['k']\n", "late.py")
    for k in (1, 2):
        config(k)
        assert program.run() == f"{k} {2 * k} [1, 2]\n"
        assert program.run() == f"{k} {2 * k} []\n"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("order", ["waited for before it fills", "waited for after it has filled"])
def test_who_takes_over_from_a_run_that_failed_depends_on_what_that_has_read(program, config, reader, order):
    lines = ["    found = get()\n", "    if threading.get_ident() != main:\n        let_main_wait()\n"]
    program.write(
        HEAD
        + READERS[reader]
        + """
import threading, time
main, started = threading.get_ident(), threading.Event()
def let_main_wait():
    started.set()
    names, end = (), time.monotonic() + 10
    while "_claims.py" not in names and time.monotonic() < end:
        frame, names = sys._current_frames()[main], set()
        while frame is not None:
            names.add(Path(frame.f_code.co_filename).name)
            frame = frame.f_back
@checkpoint(ignore=["main", "started"])
def f(x):
"""
        + "".join(lines if "after" in order else reversed(lines))
        + """
    if threading.get_ident() != main:
        raise OSError
    return found * x
def other():
    try:
        f(2)
    except OSError:
        started.set()
thread = threading.Thread(target=other)
thread.start()
while thread.is_alive() and not started.is_set():
    time.sleep(0.01)
print(f(2))
"""
    )
    program.write("import json\nK = json.load(open('config.json'))['k']\n", "late.py")
    for k in (1, 2):
        config(k)
        assert program.run() == f"{2 * k}\n"


ASKED = {
    "a function": """
_model = None
def load(path):
    global _model
    _model = read(path)
def get():
    if _model is None:
        load("config.json")
    return _model
""",
    "a class": """
class Models:
    model = None
    @classmethod
    def load(cls, path):
        cls.model = read(path)
    @classmethod
    def get(cls):
        if not cls.model:
            cls.load("config.json")
        return cls.model
get = Models.get
""",
    "a dict": """
_state = {}
def load(path):
    _state["model"] = read(path)
def get():
    if "model" not in _state:
        load("config.json")
    return _state["model"]
""",
}


@pytest.mark.parametrize("way", ASKED)
def test_what_is_loaded_only_if_it_is_not_there_is_a_memo_whoever_loads_it(program, config, way):
    program.write(HEAD + ASKED[way] + TWO + "print(*(f() for f in ((first, second)[:: int(sys.argv[1])])), ran)\n")
    for k in (1, 2):
        config(k)
        assert program.run("main.py", "1") == f"{k} {k} [1, 2]\n"
        assert program.run("main.py", "-1") == f"{k} {k} []\n"


SETTINGS = {
    "a global": "_now = None\ndef put(mode):\n    global _now\n    _now = mode\ndef what():\n    return _now",
    "an item": "_now = {}\ndef put(mode):\n    _now['mode'] = mode\ndef what():\n    return _now['mode']",
    "a class": """
class Config:
    mode = None
    @classmethod
    def put(cls, mode):
        cls.mode = mode
put = Config.put
def what():
    return Config.mode
""",
    "a module": "import settings\ndef put(mode):\n    settings.mode = mode\ndef what():\n    return settings.mode",
    "a closure": """
def both():
    now = None
    def put(mode):
        nonlocal now
        now = mode
    def what():
        return now
    return put, what
put, what = both()
""",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_a_run_is_told_and_sets_for_others_is_no_memo(program, setting):
    program.write("mode = None\n", "settings.py")
    program.write(
        HEAD
        + SETTINGS[setting]
        + """
@checkpoint
def work(x):
    ran.append(x)
    return f"{what()}{x}"
@checkpoint
def begin(mode):
    put(mode)
    return work(1)
print(begin(sys.argv[1]), work(2), ran)
"""
    )
    for mode in ("fast", "slow"):
        assert program.run("main.py", mode) == f"{mode}1 {mode}2 [1, 2]\n"
    for mode in ("fast", "slow"):
        assert program.run("main.py", mode) == f"{mode}1 {mode}2 []\n"


def test_who_would_not_have_filled_a_memo_himself_depends_on_what_is_in_it(program):
    program.write(
        HEAD
        + """
_k = None
def get():
    global _k
    if _k is None:
        _k = read()
    return _k
@checkpoint
def first():
    return get()
@checkpoint
def second():
    ran.append(2)
    return _k
if "early" in sys.argv:
    first()
print(second(), ran)
"""
    )
    for k in (1, 2):
        (program.folder / "config.json").write_text(f'{{"k": {k}}}')
        assert program.run("main.py", "early") in {f"{k} [2]\n", "None [2]\n"}
        assert program.run() in {"None [2]\n", "None []\n"}


COMPANY = {
    "threads": """
@checkpoint
def f(x):
    ran.append(x)
    return get() * x
with ThreadPoolExecutor(3) as pool:
    print(*pool.map(f, range(1, 6)), len(ran))
""",
    "tasks": """
@checkpoint
async def f(x):
    ran.append(x)
    await asyncio.sleep(0.01)
    found = get()
    await asyncio.sleep(0.01)
    return found * x
async def main():
    print(*await asyncio.gather(*map(f, range(1, 6))), len(ran))
asyncio.run(main())
""",
    "processes that work for a run": """
def one(x):
    return get() * x
@checkpoint
def f(n):
    ran.append(n)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(one, range(1, n)))
print(*f(6), len(ran))
""",
    "a run that fails first": """
@checkpoint
def f(x):
    ran.append(x)
    found = get()
    if len(ran) == 1:
        raise OSError
    return found * x
try:
    f(1)
except OSError:
    print(*map(f, range(1, 6)), len(ran))
else:
    print(*map(f, range(1, 6)), len(ran) + 6)
""",
    "a cache that is cleared in between": """
@checkpoint
def f(x):
    ran.append(x)
    return get() * x
for x in range(1, 6):
    print(f(x), end=" ")
    get.cache_clear() if hasattr(get, "cache_clear") else None
print(len(ran))
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers made by fork have what their parent keeps")
@pytest.mark.parametrize("reader", ["lru_cache", "a global", "a property", "a late import"])
@pytest.mark.parametrize("company", COMPANY)
def test_what_is_kept_is_an_input_of_all_that_take_it_at_once(program, config, reader, company):
    imports = (
        "import asyncio, multiprocessing\nfrom concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"
    )
    program.write(HEAD + imports + READERS[reader] + COMPANY[company])
    program.write("import json\nK = json.load(open('config.json'))['k']\n", "late.py")
    for k in (1, 2):
        config(k)
        *first, ran = program.run().split()
        *second, again = program.run().split()
        assert first == second == [str(k * x) for x in range(1, 6)]
        if company != "a run that fails first":
            assert int(ran) > 0
            assert again == "0"


def test_a_dict_that_is_made_when_it_is_needed_is_a_memo_for_whoever_would_make_it(program):
    program.write(
        HEAD
        + """
_config = None
def config():
    global _config
    if _config is None:
        _config = {"k": read()}
    return _config
@checkpoint
def f(x):
    ran.append("f")
    return config()["k"] + x
@checkpoint
def g(x):
    ran.append("g")
    return config()["k"] * x
print(*[{"f": f, "g": g}[name](3) for name in sys.argv[1:]], ran)
"""
    )
    for k in (1, 2):
        (program.folder / "config.json").write_text(f'{{"k": {k}}}')
        assert program.run("main.py", "f", "g") == f"{k + 3} {k * 3} ['f', 'g']\n"
        assert program.run("main.py", "f", "g") == f"{k + 3} {k * 3} []\n"
        assert program.run("main.py", "g", "f") == f"{k * 3} {k + 3} []\n"
