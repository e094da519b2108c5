"""P2, never needless: what changes nothing for a computation does not recompute it.

The tables hold small programs; `programs` says how they are run and what each of them must do.
"""

from __future__ import annotations

import os

import programs_attributes
import programs_breaking
import programs_calls
import programs_company
import programs_documents
import programs_effects
import programs_environment
import programs_facts
import programs_generated
import programs_held
import programs_indirect
import programs_memos
import programs_methods
import programs_names
import programs_patches
import programs_place
import programs_registries
import programs_settings
import programs_text
import pytest
from programs import chosen, complaints, forms, run_all

CASES = forms(
    programs_calls.CASES
    + programs_company.CASES
    + programs_effects.CASES
    + programs_attributes.SAME
    + programs_breaking.SAME
    + programs_environment.HITS
    + programs_indirect.SAME
    + programs_memos.CASES
    + programs_methods.SAME
    + programs_names.CASES
    + programs_patches.SAME
    + programs_place.CASES
    + programs_registries.SAME
    + programs_settings.SAME
    + programs_text.CASES
    + programs_documents.HITS
    + programs_facts.HITS
    + programs_generated.HITS
    + programs_held.HITS
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs run in forks, for speed")


@pytest.fixture(scope="module")
def all_runs(request, tmp_path_factory):
    """What the programs of all chosen cases did."""
    return run_all(chosen(request, CASES), tmp_path_factory.mktemp("p2"))


@pytest.mark.parametrize("name", CASES)
def test_a_change_that_does_not_count_hits_and_the_result_is_right(name, all_runs):
    if name not in all_runs:
        pytest.skip(f"needs {', '.join(CASES[name].needs)}")
    assert complaints(CASES[name], all_runs[name]) == []


def test_names_of_an_earlier_cell_that_a_loop_binds_anew_do_not_recompute(program):
    """9 is 9: that a name holds the object that it held does not tell that the block left it alone."""
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        def cell(text):
            exec(compile(text, "cell", "exec"), globals())
        rows = [1, 2, 3]
        train = (
            "with InlineCheckpoint() as cp:\\n"
            "    for epoch in range(10):\\n"
            "        loss = sum(rows) * epoch\\n"
            "print(cp.hit, end=' ')\\n"
        )
        for before in ("for epoch in range(10): pass", "pass", "loss = 'else'", "del epoch, loss", "loss = 54"):
            cell(before)
            cell(train)
    """)
    assert program.run() == "False True True True True "
    assert program.run() == "True True True True True "


def test_each_round_of_a_loop_hits_without_the_rounds_before_it(program):
    program.write("""
        import sys
        from Lutil.checkpoints import InlineCheckpoint
        for fold in eval(sys.argv[1]):
            with InlineCheckpoint() as cp:
                for epoch in range(3):
                    loss = fold * 1000 + epoch / 3
            print(cp.hit, end=" ")
    """)
    assert program.run("main.py", "[0, 1, 2]") == "False False False "
    assert program.run("main.py", "[1, 2]") == "True True "


def test_a_block_around_another_hits_and_binds_the_name_of_the_inner_one(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        for _ in range(3):
            with InlineCheckpoint() as outer:
                with InlineCheckpoint() as inner:
                    a = 1
                b = a + 1
            print(outer.hit, inner.hit, b, end=" ")
    """)
    first = program.run().split()
    assert first[:3] == ["False", "False", "2"]
    assert first[-3:] == ["True", "True", "2"]
    assert program.run() == "True True 2 " * 3


def test_what_is_loaded_late_of_this_package_is_no_input_of_a_run(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            return x + 1
        f(1)
    """)
    program.run()
    assert list(program.folder.rglob("*.entry"))
    assert list(program.folder.rglob("*.trace")) == []


def test_a_dataclass_with_a_class_variable_hits_in_another_process(program):
    program.write("""
        from dataclasses import KW_ONLY, InitVar, dataclass
        from typing import ClassVar
        from Lutil.checkpoints import checkpoint
        @dataclass
        class Row:
            a: int
            limit: ClassVar[int] = 3
            start: InitVar[int] = 0
            _: KW_ONLY
            b: int = 2
        @checkpoint
        def f(x):
            print("ran", end=" ")
            return Row(x).a
        print(f(1))
    """)
    assert [program.run(seed=seed) for seed in (1, 2, 3)] == ["ran 1\n", "1\n", "1\n"]


LEFT_OVER = """
    from Lutil.checkpoints import InlineCheckpoint

    class Model:
        def __init__(self): self.seen = []
        def fit(self, rows): self.seen = [sum(rows), len(rows)]

    models = {"a": Model(), "b": Model()}
    rows = [1, 2]
    with InlineCheckpoint(name="first") as first:
        for name, model in models.items():
            model.fit(rows)
    rows = [3, 4, 5]
    with InlineCheckpoint(name="second") as second:
        for name, model in models.items():
            model.fit(rows)
    print(first.hit, second.hit, model is models["b"], model.seen)
"""


def test_a_name_that_a_loop_leaves_bound_to_an_input_that_it_changes_counts_as_it_was_before(program):
    """`model` is what `models` holds: what the run makes of it is nothing that the next one finds there."""
    program.write(LEFT_OVER)
    assert program.run(seed=1) == "False False True [12, 3]\n"
    assert program.run(seed=2) == program.run(seed=3) == "True True True [12, 3]\n"
