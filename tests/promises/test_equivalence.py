"""A program leaves the same behind without a cache, with an empty one, with a full one, and with that of its neighbour.

Programs are generated: draws, calls of checkpointed functions, blocks, changes in place of arguments, globals and
cells, files, prints. Compared is all that can be seen afterwards: values, sharing, streams. Effects are left out.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from equivalence_programs import FINALE, PRELUDE, programs
from equivalence_support import Runner
from hypothesis import HealthCheck, given, settings

from running import SOURCE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="programs are run in forked children")


@pytest.fixture(scope="module")
def runner():
    """Run programs in forked children."""
    made = Runner(SOURCE)
    yield made
    made.close()


def check(runner, program, neighbour):
    """Run both programs in all ways, and see that nothing can be told from what they leave."""
    with tempfile.TemporaryDirectory(prefix="equivalence ") as place:
        folder = Path(place)

        def run(text, **environment):
            (folder / "main.py").write_text(f"{PRELUDE}{text}\n{FINALE}")
            (folder / "late.txt").unlink(missing_ok=True)
            shutil.rmtree(folder / "d", ignore_errors=True)
            return runner(folder, **environment)

        plain = run(program, LUTIL_DISABLE="1")
        cold = run(program)
        same(cold, plain, "with an empty cache")
        warm = run(program)
        same(warm, plain, "with a full cache")
        failed = cold["failed"] or cold["left"]["raised"]  # a run that fails is not kept
        if not failed and not any(text.startswith("NotSaved") for text in cold["said"]):
            assert not warm["ran"], f"a needless run of {warm['ran']}"
        plain = run(neighbour, LUTIL_DISABLE="1")
        same(run(neighbour), plain, "with the cache of its neighbour")


def same(found, plain, how):
    """See that a run left what the plain one has left."""
    differing = {name: (plain["left"].get(name), value) for name, value in found["left"].items()
                 if plain["left"].get(name) != value}  # fmt: skip
    assert not differing, f"{how}: {differing}\n{found['said']}\n{found['where']}"
    assert found["left"].keys() == plain["left"].keys(), how


FOUND = {
    "a memo is filled beside a global that gets a part of the result": """
@checkpoint
def f0(x, y=1):
    ran('f0')
    s = [y]
    THING.items = s; s.append(THING.n)
    s.append(remembered(y))
    return s
V0 = f0(L0)
V0 = f0(L0)
""",
    "an argument that is a tuple comes back": """
@checkpoint
def f1(x, y=1):
    ran('f1')
    return [y], x
V1 = f1(L0, 0)
V0 = f1(V1, 0)
""",
    "a global is changed and then gives way to an equal of what it was": """
@checkpoint
def f0(x, y=1):
    global ITEMS
    ran('f0')
    del ITEMS[:y]
    ITEMS = [*ITEMS, y]
    return len(ITEMS)
V0 = f0(L0)
""",
    "a global is filled that is also an argument": """
@checkpoint
def f0(x, y=1):
    ran('f0')
    touch(x)
    return len(DEEP)
V0 = f0(DEEP)
V0 = f0(L0)
""",
    "a block writes deep into what it does not bind": """
with InlineCheckpoint():
    ran('block')
    V0 = random.random()
    X0['in'][0]['more'] = L0
""",
    "a block draws after calls that drew": """
@checkpoint
def f0(x, y=1):
    ran('f0')
    return random.random()
V0 = f0(L0)
V0 = f0(L0)
with InlineCheckpoint():
    ran('block')
    V0 = random.random()
V1 = random.random()
""",
}
"""Programs that told the difference once, at their smallest."""


@pytest.mark.parametrize("name", FOUND)
def test_a_program_that_told_the_difference_once_tells_it_no_more(runner, name):
    check(runner, FOUND[name], FOUND[name] + "V0 = 5\n")


QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=QUIET,
    database=None,
)
@given(pair=programs())
def test_a_program_leaves_the_same_behind_with_and_without_a_cache(runner, pair):
    check(runner, *pair)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, report_multiple_bugs=False, suppress_health_check=QUIET, database=None)
@given(pair=programs())
def test_a_thousand_programs_leave_the_same_behind_with_and_without_a_cache(runner, pair):
    check(runner, *pair)
