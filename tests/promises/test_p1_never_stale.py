"""P1, never stale: a hit only when all that the computation reads is as it was.

The tables hold small programs; `programs` says how they are run and what each of them must do.
"""

from __future__ import annotations

import os
import textwrap

import programs_arguments
import programs_attributes
import programs_body
import programs_breaking
import programs_classes
import programs_data
import programs_documents
import programs_environment
import programs_facts
import programs_fields
import programs_generated
import programs_held
import programs_indirect
import programs_libraries
import programs_methods
import programs_patches
import programs_reached
import programs_registries
import programs_schemas
import programs_settings
import programs_versions
import pytest
from programs import chosen, complaints, forms, run_all

CASES = forms(
    programs_arguments.CASES
    + programs_attributes.COUNTS
    + programs_breaking.COUNTS
    + programs_body.CASES
    + programs_classes.CASES
    + programs_data.CASES
    + programs_environment.CASES
    + programs_fields.CASES
    + programs_indirect.COUNTS
    + programs_libraries.CASES
    + programs_patches.COUNTS
    + programs_methods.COUNTS
    + programs_reached.CASES
    + programs_registries.COUNTS
    + programs_schemas.CASES
    + programs_settings.COUNTS
    + programs_versions.CASES
    + programs_documents.COUNTS
    + programs_facts.COUNTS
    + programs_generated.COUNTS
    + programs_held.COUNTS
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs run in forks, for speed")


@pytest.fixture(scope="module")
def all_runs(request, tmp_path_factory):
    """What the programs of all chosen cases did."""
    return run_all(chosen(request, CASES), tmp_path_factory.mktemp("p1"))


@pytest.mark.parametrize("name", CASES)
def test_a_change_that_counts_recomputes_and_the_result_is_right(name, all_runs):
    if name not in all_runs:
        pytest.skip(f"needs {', '.join(CASES[name].needs)}")
    assert complaints(CASES[name], all_runs[name]) == []


SHOWN = {
    "a file of its own": "b = io.StringIO(); print(K, file=b); return b.getvalue()",
    "a helper that is listened to": """
        with contextlib.redirect_stdout(io.StringIO()) as b:
            say()
        return b.getvalue()""",
    "a stream that is put in place": """
        old, sys.stdout = sys.stdout, io.StringIO()
        try:
            say()
            return sys.stdout.getvalue()
        finally:
            sys.stdout = old""",
    "warnings": """
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            warnings.warn(K)
        return str(found[0].message)""",
    "a log": """
        class Kept(logging.Handler):
            def emit(self, record): found.append(record.getMessage())
        found, log = [], logging.getLogger("mine")
        log.handlers, log.propagate = [Kept()], False
        log.warning(K)
        log.handlers = []
        return found""",
}


@pytest.mark.parametrize("how", SHOWN)
def test_what_is_shown_counts_where_the_code_looks_at_it(program, how):
    text = f"""
import contextlib, io, logging, sys, warnings
from Lutil.checkpoints import checkpoint
K = "first"
def say(): print(K)
@checkpoint
def f():
{textwrap.indent(textwrap.dedent(SHOWN[how].lstrip(chr(10))), "    ")}
print(f())
"""
    program.write(text)
    first = [program.run(), program.run()]
    program.write(text.replace("first", "second"))
    assert first[0] == first[1]
    assert program.run() == first[0].replace("first", "second")


START = """
    from Lutil.checkpoints import checkpoint, InlineCheckpoint
    class Base:
        value, items = {start}, []
    class Ema(Base):
        def update(self, v): self.value = self.value * 0.5 + v
        def more(self, v): self.value += v
        def grow(self, v): self.items = self.items + [v]
    @checkpoint
    def made():
        print("ran", end=" ")
        e = Ema()
        e.update(1), e.more(2), e.grow(3)
        return e
    @checkpoint
    def changed(e):
        print("ran", end=" ")
        e.more(1)
    with InlineCheckpoint():
        print("ran", end=" ")
        e = Ema()
        e.update(4)
    first, second = made(), Ema()
    changed(second)
    print(first.value, first.items, second.value, e.value)
"""


def test_what_an_attribute_of_an_instance_begins_with_counts(program):
    """It flows into the instance, which is a result, or an input that the run changes."""
    for start, ran in ((0, 3), (100, 3), (0, 0)):
        program.write(START.format(start=start))
        told = f"{start / 2 + 3} [3] {start + 1} {start / 2 + 4}"
        assert program.run() == "ran " * ran + told + "\n"


def test_a_counter_of_a_class_is_no_input(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class Counts:
            calls = made = seen = 0
            @classmethod
            def count(cls): cls.made += 1
            def note(self): type(self).calls += 1; self.__class__.seen += 1
        @checkpoint
        def f(x):
            print("ran", end=" ")
            Counts.count(), Counts().note()
            return x
        print(f(1), f(1), f(2))
    """)
    assert program.run() == "ran ran 1 1 2\n"
    assert program.run() == "1 1 2\n"
