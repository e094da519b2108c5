"""P1 and P7 for random streams: where a stream stands is an input if a run draws from it, and comes back after a hit."""

from __future__ import annotations

import ast
import importlib.util
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

HEAD = """
import os, sys, random
from Lutil.checkpoints import InlineCheckpoint, checkpoint
"""
NUMPY = "import numpy as np\n"
TORCH = "import torch\n"

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
rarely_torch = (needs_torch, pytest.mark.long)  # importing it takes seconds in each process


@pytest.fixture
def story(program):
    """Run a program with given environments, one after the other; return what each printed, and `fresh` without a cache."""

    def story(text, *environments, head=HEAD):
        program.write(head + textwrap.dedent(text))
        return [program.run(**environment) for environment in (environments or ({}, {}, {"LUTIL_DISABLE": "1"}))]

    return story


def hits(first, second, fresh):
    """See that the first process ran, that the second did not, and that both print what one without a cache prints."""
    assert "ran" in first
    assert second == first.replace("ran\n", "")
    assert first == fresh


DRAWS = {
    "random": ("", "random.seed(5)", "random.random(), random.gauss(0, 1)", "random.random()"),
    "random, shuffled": ("", "random.seed(5)", "random.sample(range(99), 9)", "random.choice(range(99))"),
    "numpy": (NUMPY, "np.random.seed(5)", "np.random.rand(3).tolist(), np.random.randn()", "np.random.rand()"),
    "numpy, set_state": (
        NUMPY,
        "np.random.set_state(np.random.RandomState(3).get_state())",
        "np.random.rand()",
        "np.random.rand()",
    ),
    "torch": (TORCH, "torch.manual_seed(5)", "torch.rand(2).tolist()", "torch.rand(1).item()"),
}
KINDS = [pytest.param(kind, marks=rarely_torch if kind == "torch" else ()) for kind in DRAWS]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_seeds_first_hits_wherever_the_stream_stood(story, kind):
    head, seed, draw, after = DRAWS[kind]
    text = f"""
        {head.strip()}
        @checkpoint
        def f(x):
            print("ran")
            {seed}
            return {draw}
        print(f(1), {after})
        {after}
        print(f(1), {after})
        print(f(2), {after})
    """
    found = story(text)
    assert found[0].count("ran") == 2
    assert found[1] == found[0].replace("ran\n", "")
    assert found[2].replace("ran\n", "") == found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_same_state_before_a_hit_leaves_the_same_state_after(story, kind):
    head, seed, draw, after = DRAWS[kind]
    hits(
        *story(f"""
        {head.strip()}
        {seed}
        @checkpoint
        def f(x):
            print("ran")
            return {draw}
        print(f(1), f(1), {after})
        with InlineCheckpoint():
            print("ran")
            y = {draw}, f(2)
        print(y, {after})
    """)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_seeded_stream_that_stands_elsewhere_recomputes(story, kind):
    head, seed, draw, after = DRAWS[kind]
    found = story(
        f"""
        {head.strip()}
        {seed}
        if "MORE" in os.environ:
            {after}
        @checkpoint
        def f(x):
            print("ran")
            return {draw}
        print(f(1), {after})
        """,
        {}, {"MORE": "1"}, {"MORE": "1"}, {"MORE": "1", "LUTIL_DISABLE": "1"}, {},
    )  # fmt: skip
    assert ["ran" in text for text in found] == [True, True, False, True, False]
    assert found[1] == found[3] == "ran\n" + found[2]
    assert found[4] == found[0].replace("ran\n", "")


@pytest.mark.parametrize("kind", ["random", "numpy"])
def test_the_reason_says_that_a_stream_stands_elsewhere(program, story, kind):
    head, seed, draw, after = DRAWS[kind]
    text = f"""
        {head.strip()}
        {seed}
        if "MORE" in os.environ:
            {after}
        @checkpoint
        def f(x):
            return {draw}
        print(f.explain(1))
        f(1)
    """
    _, said = story(text, {}, {"MORE": "1", "LUTIL_EXPLAIN": "1"})
    assert f"random stream `{kind}` stands elsewhere" in said
    assert f"recomputing f: random stream `{kind}`" in program.errors


def test_the_details_of_a_stream_that_stands_elsewhere_name_the_ways_out(story):
    _, said = story(
        """
        random.seed(int(os.environ["SEED"]))
        @checkpoint
        def f():
            return random.random()
        print(f.explain().details())
        f()
        """,
        {"SEED": "1"}, {"SEED": "2"},
    )  # fmt: skip
    assert "random_state=" in said
    assert 'rng="ignore"' in said


def test_with_rng_ignore_streams_are_neither_inputs_nor_put_back(story):
    first, second = story(
        """
        random.seed(int(os.environ["SEED"]))
        @checkpoint(rng="ignore")
        def f(x):
            print("ran")
            return random.random()
        f(1)
        with InlineCheckpoint(watch=[], produce=["y"], rng="ignore"):
            print("ran")
            y = random.random()
        print(random.random() == random.Random(int(os.environ["SEED"])).random())
        """,
        {"SEED": "1"}, {"SEED": "2"},
    )  # fmt: skip
    assert first == "ran\nran\nFalse\n"
    assert second == "True\n"


UNSEEDED = [("random", "", "random.random()"), ("numpy", NUMPY, "np.random.rand()"),
            pytest.param("torch", TORCH, "torch.rand(1).item()", marks=rarely_torch)]  # fmt: skip


@pytest.mark.parametrize(("kind", "head", "draw"), UNSEEDED)
def test_a_thousand_unseeded_calls_are_a_thousand_draws_and_the_same_in_the_next_process(story, kind, head, draw):
    first, second, third = story(
        f"""
        {head.strip()}
        @checkpoint
        def f():
            return {draw}
        @checkpoint
        def g(x):
            return {draw}
        print([f() for _ in range(int(os.environ["TIMES"]))], [g(n // 2) for n in range(10)])
        """,
        {"TIMES": "200"}, {"TIMES": "200"}, {"TIMES": "210"},
    )  # fmt: skip
    numbers = eval(first.replace("] [", "] + ["))
    assert len(set(numbers)) == 210
    assert second == first
    assert eval(third.replace("] [", "] + ["))[:200] == numbers[:200]


def test_a_notebook_cell_that_draws_from_an_unseeded_stream_hits_when_it_is_run_again(program):
    program.write("""
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        def cell(text):
            assert shell.run_cell(text, store_history=True).success
        cell("import random\\nfrom Lutil.checkpoints import checkpoint")
        cell("@checkpoint\\ndef f():\\n    print('ran')\\n    return random.random()")
        cell("x = [f(), f()]")
        cell("y = [f(), f()]")
        print(shell.user_ns["x"] == shell.user_ns["y"], len(set(shell.user_ns["x"])))
    """)
    found = program.run(IPYTHONDIR=str(program.folder / "ipython"))
    assert found.count("ran") == 2
    assert found.endswith("True 2\n")


GENERATORS = {
    "default_rng": (NUMPY, "np.random.default_rng({n})", "{g}.normal(size=2).tolist()", "{g}.random()"),
    "RandomState": (NUMPY, "np.random.RandomState({n})", "{g}.normal(size=2).tolist()", "{g}.rand()"),
    "MT19937": (NUMPY, "np.random.Generator(np.random.MT19937({n}))", "{g}.integers(9, size=5).tolist()", "{g}.random()"),
    "Random": ("", "random.Random({n})", "[{g}.random(), {g}.gauss(0, 1)]", "{g}.random()"),
    "torch": (TORCH, "torch.Generator().manual_seed({n})", "torch.rand(2, generator={g}).tolist()",
              "torch.rand(1, generator={g}).item()"),
}  # fmt: skip
HELD = {
    "passed": """
        gen = {make}
        @checkpoint
        def f(gen, x):
            print("ran")
            return {draw}
        print(f(gen, 1), f(gen, 1), {after})
    """,
    "in an object": """
        class Model:
            def __init__(self): self.gen = {make}
        model = Model()
        gen = model.gen
        @checkpoint
        def f(model, x):
            print("ran")
            gen = model.gen
            return {draw}
        print(f(model, 1), f(model, 1), {after}, model.gen is gen)
    """,
    "global": """
        gen = {make}
        same = gen
        @checkpoint
        def f(x):
            print("ran")
            return {draw}
        print(f(1), f(1), {after}, same is gen)
    """,
    "global, in a helper": """
        gen = {make}
        def draw():
            return {draw}
        @checkpoint
        def f(x):
            print("ran")
            return draw()
        print(f(1), f(1), {after})
    """,
    "in a cell": """
        def make():
            gen = {make}
            @checkpoint
            def f(x):
                print("ran")
                return {draw}
            return f, lambda: {after}
        f, after = make()
        print(f(1), f(1), after())
    """,
    "in an attribute of self": """
        class Model:
            def __init__(self): self.gen = {make}
            @checkpoint
            def f(self, x):
                print("ran")
                gen = self.gen
                return {draw}
        model = Model()
        gen = model.gen
        print(model.f(1), model.f(1), {after})
    """,
    "in a container": """
        held = {{"gens": [{make}]}}
        gen = held["gens"][0]
        @checkpoint
        def f(held, x):
            print("ran")
            gen = held["gens"][0]
            return {draw}
        print(f(held, 1), f(held, 1), {after}, held["gens"][0] is gen)
    """,
    "watched by a block": """
        gen = {make}
        same = gen
        with InlineCheckpoint(watch=["gen"], produce=["x"]):
            print("ran")
            x = {draw}
        print(x, {after}, same is gen)
    """,
    "read by a block": """
        gen = {make}
        same = gen
        with InlineCheckpoint():
            print("ran")
            x = {draw}
        print(x, {after}, same is gen)
    """,
    "returned": """
        gen = {make}
        @checkpoint
        def f(gen, x):
            print("ran")
            return {draw}, gen
        x, other = f(gen, 1)
        print(x, other is gen, {after})
    """,
    "made inside": """
        @checkpoint
        def f(x):
            print("ran")
            gen = {make}
            return {draw}, gen
        x, gen = f(1)
        print(x, {after})
    """,
}


@pytest.mark.parametrize(
    "generator",
    [
        pytest.param("default_rng"),
        pytest.param("RandomState", marks=pytest.mark.long),
        pytest.param("MT19937", marks=pytest.mark.long),
        pytest.param("Random"),
        pytest.param("torch", marks=rarely_torch),
    ],
)
def test_a_generator_wherever_it_is_held_stands_after_a_hit_where_a_run_leaves_it(program, generator):
    head, make, draw, after = GENERATORS[generator]
    parts = [HEAD, head, "places = {}\n"]
    for number, (name, text) in enumerate(HELD.items()):
        body = textwrap.dedent(text).format(
            make=make.format(n="SEED"), draw=draw.format(g="gen"), after=after.format(g="gen")
        )
        parts.append(f"print({name!r})\n{body}" + f"# {number}\n")
    whole = "".join([*parts[:3], "SEED = int(os.environ['SEED'])\n", *parts[3:]])
    program.write(whole)
    fresh = program.run(SEED="3", LUTIL_DISABLE="1")
    assert program.run(SEED="3") == fresh
    warm = program.run(SEED="3")
    assert warm == fresh.replace("ran\n", "")
    assert program.run(SEED="4") == program.run(SEED="4", LUTIL_DISABLE="1") != fresh


MEETING = """
    import time
    from pathlib import Path
    @checkpoint
    def simulate():
        value = random.random()
        Path(f"in{os.getpid()}").touch()
        while not os.path.exists("go"):
            time.sleep(0.001)
        return value
    random.seed(int(sys.argv[1]))
    print(simulate())
"""


def test_differently_seeded_calls_do_not_wait_for_each_other(program):
    program.write(HEAD + textwrap.dedent(MEETING))
    folder = program.folder
    (folder / "go").touch()
    program.run("main.py", "0")  # now it is known that a stream matters
    (folder / "go").unlink()
    inside = len(list(folder.glob("in*")))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(program.run, "main.py", seed) for seed in "12"]
        limit = time.monotonic() + 60
        while len(list(folder.glob("in*"))) < inside + 2 and time.monotonic() < limit:
            time.sleep(0.01)
        met = len(list(folder.glob("in*"))) == inside + 2
        (folder / "go").touch()
        assert len({found.result() for found in both}) == 2
    assert met


NESTED = """
    random.seed(3)
    @checkpoint
    def inner(x):
        print("ran")
        return random.random()
    @checkpoint
    def outer(x):
        print("ran")
        return [inner(n) for n in range(x)]
    if "FIRST" in os.environ:
        print(inner(0))
    else:
        print(outer(2), random.random())
"""


def test_an_inner_hit_moves_the_stream_for_those_that_enclose_it(story):
    _, cold, warm, fresh, _, other = story(NESTED, {"FIRST": "1"}, {}, {}, {"LUTIL_DISABLE": "1"}, {"FIRST": "1"}, {})
    assert cold.count("ran") == 2, "the first inner call is known"
    assert warm == other == fresh.replace("ran\n", "") == cold.replace("ran\n", "")


@pytest.fixture
def ledger(story):
    """Do the same with a program that leaves `ran`, and perhaps `results` and `left`; return these of each process."""

    def ledger(text, *environments):
        text = "ran, results, left = [], None, None\n" + textwrap.dedent(text)
        told = story(text + "print({'ran': ran, 'results': results, 'left': left})\n", *environments)
        return [ast.literal_eval(printed) for printed in told]

    return ledger


LOADER = """
torch = __import__("torch")
from torch.utils.data import DataLoader
data = torch.arange(6.0)
if os.environ.get("SEED"):
    torch.manual_seed(int(os.environ["SEED"]))
@checkpoint
def total(n):
    ran.append(n)
    return sum(float(batch.sum()) for batch in DataLoader(data, GENERATOR)) + n
results = [total(1), total(1), total(2)]
left = int(torch.randint(1000, ())) if os.environ.get("SEED") else None
"""


def test_iterating_a_loader_draws_from_the_stream_of_torch_even_where_nothing_is_shuffled(ledger):
    """A base for the seeds of workers. So the stream moves, and counts: a hit leaves it where a run does."""
    pytest.importorskip("torch")
    text = LOADER.replace("GENERATOR", "batch_size=2")
    seeds = ({}, {}, {"SEED": "1"}, {"SEED": "1"}, {"SEED": "1", "LUTIL_DISABLE": "1"})
    cold, warm, seeded, again, plain = ledger(text, *seeds)
    assert cold["ran"] == [1, 1, 2], "a call that draws is another call each time, as long as nobody seeded"
    assert warm["ran"] == again["ran"] == []
    assert seeded["left"] == again["left"] == plain["left"]
    assert cold["results"] == warm["results"] == seeded["results"] == plain["results"]


def test_a_loader_with_a_generator_of_its_own_leaves_the_stream_of_torch_alone(ledger):
    pytest.importorskip("torch")
    text = LOADER.replace("GENERATOR", "batch_size=2, generator=torch.Generator()")
    cold, seeded, other = ledger(text, {}, {"SEED": "1"}, {"SEED": "2"})
    assert (cold["ran"], seeded["ran"], other["ran"]) == ([1, 2], [], [])


DRAWING_LIBRARY = """
sys.path.insert(0, "site-packages")
@checkpoint
def f():
    import draws_when_imported
    ran.append(1)
    return 1
results = f(), f(), f()
"""


def test_a_library_that_draws_while_it_is_imported_costs_one_run_and_no_more(program, ledger):
    """Whether an import or the computation drew cannot be told: by the ordinal it counts once, then it does not draw."""
    program.write("import random\nrandom.random()\n", "site-packages/draws_when_imported.py")
    first, second = ledger(DRAWING_LIBRARY, {}, {})
    assert first["ran"] == [1, 1]
    assert second["ran"] == []


def test_names_of_temporary_files_are_drawn_from_no_stream_that_counts(ledger):
    first, second = ledger(
        """
        import tempfile
        @checkpoint
        def f():
            ran.append(1)
            with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder):
                return 1
        results = f(), f()
        """,
        {},
        {},
    )
    assert (first["ran"], second["ran"]) == ([1], [])
