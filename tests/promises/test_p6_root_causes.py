"""P6: a reason names where a change came from, through all computations on the way, to its root."""

from __future__ import annotations

import json

import pytest

from Lutil.checkpoints import InlineCheckpoint, checkpoint

PIPELINE = """
from Lutil.checkpoints import InlineCheckpoint, checkpoint
def clean(rows):
    return [row + {add} for row in rows]
@checkpoint
def features(rows):
    return {{"a": clean(rows), "b": [0.25] * 40}}
@checkpoint
def train(f, rate=0.5):
    return {{"weights": [rate * one for one in f["a"]]}}
f = features([1, 2, 3])
model = train(f)
with InlineCheckpoint(watch=["model"], produce=["top"]) as cp:
    top = sum(model["weights"])
print(cp.explain().details())
"""


def both(program, text=PIPELINE, **environment):
    program.write(text.format(add=1))
    program.run(**environment)
    program.write(text.format(add=2))
    return program.run(LUTIL_EXPLAIN="1", **environment)


def test_an_input_that_another_computation_made_anew_says_so_with_the_root(program):
    said = both(program)
    assert "recomputing features: code of `clean` changed" in program.errors
    assert "recomputing train: `f` is a new result of features (code of `clean` changed)" in program.errors
    line = "`model` is a new result of train <- features (code of `clean` changed)"
    assert f"recomputing top: {line}" in program.errors
    assert said.splitlines()[:7] == [
        f"top ran: {line}",
        "  watched model is a new result of train",
        "    watched model['weights'][0]: 1.0 -> 1.5",
        "    watched model['weights'][1]: 1.5 -> 2.0",
        "    watched model['weights'][2]: 2.0 -> 2.5",
        "    train ran",
        "      argument f is a new result of features",
    ]
    assert "-    return [row + 1 for row in rows]" in said


def test_an_edit_that_was_undone_is_no_news_of_the_next_change(program):
    program.write(PIPELINE.format(add=1))
    program.run()
    program.write(PIPELINE.format(add=2))
    program.run()
    program.write(PIPELINE.format(add=1))
    program.run()  # skips
    program.write(PIPELINE.format(add=1).replace("features([1, 2, 3])", "features([1, 2, 4])"))
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing features: argument `rows[2]` changed 3 -> 4" in program.errors
    assert "train: `f` is a new result of features (argument `rows[2]` changed 3 -> 4)" in program.errors
    assert "top: `model` is a new result of train <- features (argument `rows[2]` changed 3 -> 4)" in program.errors


def test_the_chain_is_found_where_an_earlier_process_ran_its_first_part(program):
    """The producer is a hit by now: in this process, and known from the ledger alone."""
    text = PIPELINE.replace("model = ", "import sys\nif len(sys.argv) > 1: sys.exit()\nmodel = ")
    program.write(text.format(add=1))
    program.run()
    program.write(text.format(add=2))
    program.run("main.py", "features")
    program.run(LUTIL_EXPLAIN="1")
    assert "features:" not in program.errors
    assert "recomputing train: `f` is a new result of features (code of `clean` changed)" in program.errors


def test_an_input_that_was_handed_on_by_hand_is_found_through_the_ledger(program):
    program.write("""
        import json, sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def features(n): return [n, 2 * n, 0.5]
        @checkpoint
        def fit(f): return sum(f)
        if sys.argv[1] == "make":
            json.dump(features(int(sys.argv[2])), open("f.json", "w"))
        else:
            fit(json.load(open("f.json")))
    """)
    for number in "1", "2":
        program.run("main.py", "make", number)
        program.run("main.py", "fit", LUTIL_EXPLAIN="1")
    assert "recomputing fit: `f` is a new result of features (argument `n` changed 1 -> 2)" in program.errors


def test_lutil_why_tells_the_chain(program):
    both(program)
    lines = [line.split("\t") for line in program.run("-m", "Lutil", "why", "-n", "3").splitlines()]
    assert [line[1:4:2] for line in lines] == [
        ["top", "`model` is a new result of train <- features (code of `clean` changed)"],
        ["train", "`f` is a new result of features (code of `clean` changed)"],
        ["features", "code of `clean` changed"],
    ]
    (last, *_) = json.loads(program.run("-m", "Lutil", "why", "--json"))["runs"]
    assert last["through"] == ["train", "features"]
    assert last["why"] == "`model` is a new result of train <- features (code of `clean` changed)"


def test_an_item_of_a_result_has_the_same_origin(program):
    both(program, """
from Lutil.checkpoints import checkpoint
@checkpoint
def load(n=3): return [n + {add}, 0.5], [{add}, 2, 3, 4.5]
@checkpoint
def fit(x, y): return x + y
x, y = load()
fit(x, y)
""")  # fmt: skip
    assert "recomputing fit: `x` is a new result of load (code of `load` changed) (and 1 more)" in program.errors


def test_what_a_run_changed_in_its_input_comes_from_that_run(program):
    both(program, """
from Lutil.checkpoints import checkpoint
class Model:
    def __init__(self): self.weight = None
    def fit(self, rows): self.weight = sum(rows) + 0.5
@checkpoint
def fit(model, rows): model.fit(rows)
@checkpoint
def predict(model): return model.weight * 2
model = Model()
fit(model, [1, {add}])
predict(model)
""")  # fmt: skip
    said = "recomputing predict: `model` is a new result of fit (argument `rows[1]` changed 1 -> 2)"
    assert said in program.errors


def test_a_file_that_another_computation_wrote_says_so(program):
    both(program, """
from Lutil.checkpoints import checkpoint
from pathlib import Path
@checkpoint
def prepare(n): Path("data.txt").write_text(str(n + {add})); return None
@checkpoint
def read(): return Path("data.txt").read_text()
prepare(1)
read()
""")  # fmt: skip
    assert "recomputing read: `data.txt` is a new result of prepare (code of `prepare` changed)" in program.errors


@pytest.mark.parametrize(("first", "second"), [(20, 30), ("adam", "sgd")])
def test_a_value_that_is_equal_by_chance_has_no_origin(first, second):
    @checkpoint(name="chosen")
    def chosen(k):
        return second

    @checkpoint(name="fit")
    def fit(k):
        return [k]

    chosen(1)
    fit(first)
    assert str(fit.explain(second)) == f"fit would run: argument `k` changed {first!r} -> {second!r}"


@pytest.mark.parametrize("made", ["n + 1", "n > 3", "{'a': n}", "[n]", "n * 1000", "'ab' * n"])
def test_a_constant_of_the_code_has_no_origin_in_what_happens_to_be_equal(program, made):
    text = """
from Lutil.checkpoints import checkpoint
@checkpoint
def made(n): return {made}
SCALE = {scale!r}
@checkpoint
def f(x): return [x, SCALE]
made({n})
f(1)
"""
    for n in (3, 5):
        program.write(text.format(made=made, n=n, scale=eval(made, {"n": n})))
        program.run(LUTIL_EXPLAIN="1")
    assert "recomputing f: global `SCALE" in program.errors


def test_a_plain_value_has_an_origin_where_the_one_before_came_from_there_too():
    @checkpoint(name="chosen")
    def chosen(k):
        return k * 200

    @checkpoint(name="fit")
    def fit(k):
        return [k]

    fit(chosen(1))
    assert str(fit.explain(chosen(4))) == "fit would run: `k` is a new result of chosen (argument `k` changed 1 -> 4)"


def test_a_part_of_an_input_has_an_origin_of_its_own():
    @checkpoint(name="rows")
    def rows(n):
        return [n, n + 0.5]

    @checkpoint(name="fit")
    def fit(cfg):
        return len(cfg)

    fit({"rows": rows(1), "seed": 7})
    said = str(fit.explain({"rows": rows(2), "seed": 7}))
    assert said == "fit would run: `cfg['rows']` is a new result of rows (argument `n` changed)"


def test_a_step_that_takes_its_own_results_ends():
    @checkpoint(name="step")
    def step(state):
        return [state[0] + 1.5]

    state = [0.25]
    for _ in range(50):
        state = step(state)
    assert "`state` is a new result of step (argument `state[0]` changed" in str(step.explain(state))


def test_a_secret_leaves_no_digest_of_what_was_made_of_it(program):
    program.write("""
        import os
        from Lutil.checkpoints import checkpoint, Store
        @checkpoint
        def token(): return {"of": [os.environ["TOKEN"], 1.5]}
        @checkpoint
        def ask(found): return len(found)
        ask(token())
        made = [one for info in Store(".Lutil-checkpoint").list("token")
                for one in __import__("json").loads(Store(".Lutil-checkpoint").provenance("token", info.key))["made"]]
        print({len(row[1]) for row in made})
        os.environ["TOKEN"] = "other"
        print(ask.explain(token()))
    """)
    told = program.run(TOKEN="hunter2")  # noqa: S106
    assert told.splitlines()[0] == "{48}"
    assert "is a new result of token (environment `os.e…N']` changed)" in told


def test_a_block_says_where_what_it_watches_came_from():
    @checkpoint(name="features")
    def features(n):
        return {"b": [n] * 40}

    for n in (1, 2):
        f = features(n)
        with InlineCheckpoint(watch=["f"], produce=["means"]) as cp:
            means = sum(f["b"])
    assert means == 80
    assert str(cp.explain()) == "means ran: `f` is a new result of features (argument `n` changed 1 -> 2)"
    page = cp.explain()._repr_html_()
    assert "<li>watched f is a new result of features<ul" in page
    assert "<li>argument n: 1 -&gt; 2</li>" in page
