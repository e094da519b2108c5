"""Looking at inputs never crashes a program and never costs more than what is there."""

from __future__ import annotations

import collections
from types import SimpleNamespace

import pytest

from Lutil.checkpoints import UnfingerprintableError, checkpoint

CLASSES = """
import itertools, warnings
from types import SimpleNamespace
from Lutil.checkpoints import InlineCheckpoint, UnfingerprintableError, checkpoint
warnings.simplefilter("ignore")
def raises(*args, **kwargs):
    raise RuntimeError("looked at")
class Proxy:
    __slots__ = ()
    __class__ = property(raises)
    __getattr__ = __iter__ = __len__ = __eq__ = __reduce_ex__ = raises
    __hash__ = raises
class Lazy:
    def __getattribute__(self, name):
        raise RuntimeError("not loaded")
class State:
    __getstate__ = raises
class Meta(type):
    def __getattr__(cls, name):
        raise RuntimeError("no such class attribute")
class AttrDict(dict):
    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__
class Attributes(dict):
    def __getattr__(self, name): return self[name]
class List(list):
    def __getattr__(self, name): raise KeyError(name)
class Slots:
    __slots__ = ("n",)
    def __init__(self, n): self.n = n
    def __getattr__(self, name): raise KeyError(name)
class Delegate:
    def __init__(self, held): self.held = held
    def __getattr__(self, name): return self.__dict__["held"][name]
Made = type("Made", (), {"__init__": lambda self: setattr(self, "size", 1)})
Made.__module__ = None
"""

RAISING = {"proxy": "Proxy()", "lazy": "Lazy()", "state": "State()"}
PLAIN = {
    "no module": "Made()",
    "counter": "SimpleNamespace(n=itertools.count(3))",
    "metaclass": "Meta('Odd', (), {})()",
    "metaclass of a dict": "Meta('Odd', (dict,), {})(a=1)",
    "metaclass of a list": "Meta('Odd', (list,), {})([1])",
    "metaclass of an error": "Meta('Odd', (ValueError,), {})(1)",
    "dict of attributes": "AttrDict(a=1)",
    "dict of attributes by a function": "Attributes(a=1)",
    "list": "List([1])",
    "slots": "Slots(1)",
    "delegate": "Delegate({'a': 1})",
}


@pytest.mark.parametrize("kind", RAISING)
def test_what_raises_is_refused_with_its_path_where_it_is_declared(program, kind):
    program.write(f"""{CLASSES}
@checkpoint
def f(x):
    return 1
try:
    f({{"k": [0, {RAISING[kind]}]}})
except UnfingerprintableError as error:
    print(error.path)
""")
    assert program.run() == "x['k'][1]\n"


@pytest.mark.parametrize("kind", [*RAISING, *PLAIN])
def test_what_raises_counts_by_its_type_where_it_is_reached(program, kind):
    program.write(f"""{CLASSES}
HELD = [1, {(RAISING | PLAIN)[kind]}]
ran = []
@checkpoint
def f(x):
    ran.append(x)
    return HELD[0] + x
print(f(1), f(1), len(ran))
HELD[0] = 5
print(f(1), len(ran))
""")
    assert program.run() == "2 2 1\n6 2\n"


@pytest.mark.parametrize("kind", PLAIN)
def test_odd_classes_are_compared_like_any_other(program, kind):
    program.write(f"""{CLASSES}
@checkpoint
def f(x):
    print("ran")
    return 1
print(f({PLAIN[kind]}) + f({PLAIN[kind]}))
""")
    assert program.run() == "ran\n2\n"
    assert program.run() == "2\n"


CHANGED = {
    "dict of attributes": ("AttrDict(a=1)", "x.b = 2", "sorted(x.items())"),
    "dict of attributes by a function": ("Attributes(a=1)", "x['b'] = 2", "sorted(x.items())"),
    "list": ("List([1])", "x.append(2)", "[*x]"),
    "slots": ("Slots(1)", "x.n = 2", "x.n"),
    "delegate": ("Delegate({'a': 1})", "x.held['b'] = 2", "x.held"),
    "metaclass of a dict": ("Odd(a=1)", "x['b'] = 2", "sorted(x.items())"),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_an_odd_object_that_a_run_changes_and_returns_comes_back_changed(program, kind):
    made, change, shown = CHANGED[kind]
    program.write(f"""{CLASSES}
warnings.simplefilter("error")
class Odd(dict, metaclass=Meta): pass
@checkpoint
def f(x):
    print("ran", end=" ")
    {change}
@checkpoint
def same(x):
    print("ran", end=" ")
    return x
x = {made}
f(x)
told = [{shown}]
x = same(x)
with InlineCheckpoint() as cp:
    told += [{shown}, type(x).__name__]
print(told)
""")
    first = program.run()
    assert first.startswith("ran ran [")
    assert program.errors == ""
    assert program.run() == first.removeprefix("ran ran ")


def test_a_block_that_reads_what_raises_runs_with_one_notice(program):
    program.write(f"""{CLASSES.replace("ignore", "always")}
value = [Lazy()]
for number in range(3):
    with InlineCheckpoint():
        found = (number, value[0])
    print(found[0], end=" ")
""")
    assert program.run() == "0 1 2 "
    assert program.errors.count("Warning") == 1
    assert "`value[0]` cannot be compared" in program.errors


def test_a_counter_inside_an_object_that_a_block_moves_stays_right(program):
    program.write("""
        import itertools, warnings
        from Lutil.checkpoints import InlineCheckpoint
        warnings.simplefilter("ignore")
        class Tickets:
            def __init__(self):
                self.numbers = itertools.count(1)
                self.names = {}
            def add(self, name):
                self.names[next(self.numbers)] = name
        tickets = Tickets()
        for name in ("ada", "bob"):
            with InlineCheckpoint():
                tickets.add(name)
        print(tickets.names, next(tickets.numbers))
    """)
    for _ in range(2):
        assert program.run() == "{1: 'ada', 2: 'bob'} 3\n"


@pytest.mark.parametrize("how", ["argument", "global", "block"])
def test_objects_that_know_each_other_cost_little_and_hit(program, how):
    program.write(
        """
        import time
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        class Cell:
            pass
        def grid():
            cells = [Cell() for _ in range(9)]
            for i, c in enumerate(cells):
                c.value = i
                c.a, c.b, c.c, c.d = (cells[(i + k) % 9] for k in (1, 3, 6, 8))
            return cells
        ran = []
        CELLS = grid()
        @checkpoint
        def total(cells):
            ran.append(1)
            return sum(cell.value for cell in cells)
        @checkpoint
        def total_of_all():
            ran.append(1)
            return sum(cell.value for cell in CELLS)
        def block():
            cells = grid()
            with InlineCheckpoint(watch=["cells"], produce=["found"]):
                ran.append(1)
                found = sum(cell.value for cell in cells)
            return found
        start = time.process_time()
        call = {"argument": lambda: total(grid()), "global": total_of_all, "block": block}["HOW"]
        print(call() + call(), len(ran), time.process_time() - start < 20)
    """.replace("HOW", how)
    )
    assert program.run() == "72 1 True\n"
    assert program.run() == "72 0 True\n"


class EndlessError(Exception):
    """Somebody went through all that a class gives out."""


def endless(*_):
    for _ in range(10_000):
        yield "x"
    raise EndlessError


FILLED = {
    dict: lambda cls, text: cls({text: 1}),
    collections.OrderedDict: lambda cls, text: cls({text: 1}),
    collections.defaultdict: lambda cls, text: cls(int, {text: 1}),
    collections.Counter: lambda cls, text: cls({text: 1}),
    list: lambda cls, text: cls([text]),
    tuple: lambda cls, text: cls([text]),
    collections.deque: lambda cls, text: cls([text]),
    set: lambda cls, text: cls([text]),
    frozenset: lambda cls, text: cls([text]),
    str: lambda cls, text: cls(text),
    bytes: lambda cls, text: cls(text.encode()),
}
ENDLESS = {
    base: type("Endless", (base,), dict.fromkeys(("__iter__", "items", "keys", "values"), endless)) for base in FILLED
}
HOLD = {
    "itself": lambda value: value,
    "in a list": lambda value: [value],
    "in a dictionary": lambda value: {"a": value},
    "in an object": lambda value: SimpleNamespace(a=value),
}
REACHED = SimpleNamespace(value=None)


@pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)
@pytest.mark.parametrize("base", FILLED, ids=lambda base: base.__name__)
def test_what_a_class_gives_out_without_end_is_not_gone_through(base, hold):
    """Its content counts, and is there without asking the class: the program itself does not ask for it either."""

    @checkpoint(ignore=["seen"])
    def given(value):
        seen.append(1)
        return [value]

    @checkpoint(ignore=["seen"])
    def reached():
        seen.append(1)
        return type(REACHED.value).__name__

    seen = []
    for text in ("a", "a", "b"):
        value = REACHED.value = hold(FILLED[base](ENDLESS[base], text))
        found = given(value)[0]
        assert found is value or (type(found) is ENDLESS[base] and not hasattr(base, "clear"))
        reached()
    assert seen == [1] * 4


class Reduced:
    def __init__(self, n=0):
        self.n = n

    def __reduce__(self):
        return Other, (Reduced(self.n + 1),)


class Other(Reduced):
    pass


class WithState:
    def __init__(self, n=0):
        self.n = n

    def __getstate__(self):
        return {"next": WithState(self.n + 1)}


class WithFingerprint:
    def __init__(self, n=0):
        self.n = n

    def __fingerprint__(self):
        return WithFingerprint(self.n + 1)


@pytest.mark.parametrize("kind", [Reduced, WithState, WithFingerprint])
def test_what_makes_more_of_itself_each_time_that_it_is_looked_at_is_refused(kind):
    @checkpoint
    def f(x):
        return x[0].n

    with pytest.raises(UnfingerprintableError, match=r"`x` cannot be compared .* or never ends"):
        f([kind()])


DEEPER = WithState()


@pytest.mark.filterwarnings("ignore::Lutil.checkpoints.SlowInputWarning")  # it takes a second
def test_where_code_only_reads_such_an_object_the_code_runs():
    @checkpoint
    def f(x):
        return DEEPER.n + x

    assert f(1) == 1
    assert "never ends" in "\n".join(note.what for note in f.explain(1).notes)
