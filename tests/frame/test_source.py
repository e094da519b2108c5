"""A source is shown only where it is proved to be what runs."""

from __future__ import annotations

import importlib
import linecache
import subprocess
import sys
import textwrap

import pytest
from frame_support import define, environment

from Lutil.checkpoints.frame import block_source, find_block


class Probe:
    """Asks for the source of its block, then runs it."""

    found: list = []  # noqa: RUF012 - emptied before each test

    def __init__(self, *_):
        pass

    def __enter__(self):
        frame = sys._getframe(1)
        Probe.found.append(block_source(find_block(frame), frame.f_globals))
        return self

    def __exit__(self, *exc):
        return False


@pytest.fixture(autouse=True)
def _fresh():
    Probe.found.clear()


def texts():
    return [found and found.text.strip() for found in Probe.found]


def test_each_block_has_its_own_source():
    space = define("""
        with P(): a = 1
        if 1:
            with P():
                b = 2   # why
                # between
                c = (b +
                     1)
        def f():
            with P() as q: d = 4; e = 5
            for i in range(1):
                with P(
                    1,
                    2): e = 5
                with P(), P(): h = 6
            with P():
                with P(): k = 7
            try:
                pass
            finally:
                with P(): fin = 8
            with P():
                @P
                def g():
                    '''doc'''
                x = "é", ; y = 1
            with P(): s = '''one
              two'''
        class K:
            def m(self):
                with P(): self.__x = 1
    """, P=Probe)  # fmt: skip
    space["f"]()
    space["K"]().m()
    assert texts() == [
        "a = 1",
        "b = 2   # why\n# between\nc = (b +\n     1)",
        "d = 4; e = 5",
        "e = 5",
        "h = 6",
        "h = 6",
        "with P(): k = 7",
        "k = 7",
        "fin = 8",
        "@P\ndef g():\n    '''doc'''\nx = \"é\", ; y = 1",
        "s = '''one\n      two'''",
        "self.__x = 1",
    ]
    assert [found.item for found in Probe.found[4:6]] == [0, 1]
    assert Probe.found[4].node is Probe.found[5].node
    assert Probe.found[0].lineno == 2


def test_positions_of_the_tree_are_those_of_the_file():
    define("x = 1\nwith P(x,\n       2) as c:\n    y = 2\n", P=Probe)
    node = Probe.found[0].node
    assert (node.lineno, node.col_offset, node.end_lineno) == (2, 0, 4)
    assert (node.items[0].context_expr.lineno, node.items[0].context_expr.end_lineno) == (2, 3)


def test_code_without_source_has_none():
    define("with P(): a = 1", P=Probe, known_to_linecache=False)
    assert Probe.found == [None]


@pytest.mark.parametrize("flags", ["from __future__ import annotations\n", ""])
def test_future_flags_are_respected(flags):
    define(flags + "with P():\n    def f(a: undefined = 1): return a\n" if flags else "with P(): a = 1", P=Probe)
    assert Probe.found[0] is not None


@pytest.mark.parametrize(
    ("edit", "shown"),
    [
        (lambda text: text, True),
        (lambda text: text.replace("a = 1", "a = 2"), False),
        (lambda text: text.replace("a = 1", "b = 1"), False),
        (lambda text: text.replace("a = 1", "a = 1.0"), False),
        (lambda text: text.replace("a = 1", "a = 1; a.x"), False),
        (lambda text: text.replace("a.x + 1", "a.y + 1"), False),
        (lambda text: text.replace("k=1", "k=2"), False),
        (lambda text: text.replace("a = 1", "a = 1  # only a comment"), True),
        (lambda text: "(" + text, False),
        (lambda text: "\n" * 30 + text, False),
    ],
)
def test_a_file_edited_since_it_was_imported_is_not_believed(edit, shown, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "edited_module.py"
    source = "def f(P):\n    with P():\n        a = 1\n        g = lambda k=1: a.x + 1\n    return a\n"
    path.write_text(source)
    sys.modules.pop("edited_module", None)
    importlib.invalidate_caches()
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        module = importlib.import_module("edited_module")
    finally:
        sys.dont_write_bytecode = before
        sys.modules.pop("edited_module", None)
    path.write_text(edit(source))
    linecache.checkcache(str(path))
    module.f(Probe)
    assert (Probe.found[0] is not None) == shown
    linecache.cache.pop(str(path), None)


PROGRAM = """
import sys
from Lutil.checkpoints.frame import block_source, find_block
class P:
    def __enter__(self):
        frame = sys._getframe(1)
        source = block_source(find_block(frame), frame.f_globals)
        print("source:", source and source.text.strip())
    def __exit__(self, *exc): return False
with P():
    assert 1
    a = 1
"""


@pytest.mark.parametrize("flags", [[], ["-O"]])
def test_source_given_on_the_command_line_is_found(flags):
    out = subprocess.run(
        [sys.executable, *flags, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment()
    ).stdout
    assert out == "source: assert 1\na = 1\n"


def test_a_program_from_standard_input_is_skipped_without_source():
    out = subprocess.run(
        [sys.executable, "-"], input=PROGRAM, capture_output=True, text=True, check=True, env=environment()
    ).stdout
    assert out == "source: None\n"


NOTEBOOK = """
    from IPython.core.interactiveshell import InteractiveShell
    from Lutil.checkpoints.frame import block_source, find_block, location, Skip, write
    import sys
    class P:
        def __enter__(self):
            self.frame = frame = sys._getframe(1)
            block = find_block(frame)
            source = block_source(block, frame.f_globals)
            print(location(frame).partition(":")[0], "|", source and source.text.strip())
            self.skip = Skip(); self.skip.arm(frame, block)
        def __exit__(self, exc_type, *_):
            try:
                if self.skip.fired(exc_type):
                    write(self.frame, {"a": 5})
                    return True
            finally:
                self.skip.restore()
    shell = InteractiveShell.instance()
    shell.push({"P": P})
    def cell(text): shell.run_cell(text, store_history=True)
    cell("with P():\\n    a = 1  # one\\n    a")
    cell("with P():\\n    %matplotlib inline\\n    !ls\\n    a = 3")
    cell("%%time\\nwith P():\\n    a = 2\\n    print('ran')")
    cell("import asyncio\\nwith P():\\n    a = await asyncio.sleep(0)")
    cell("for i in range(2):\\n    with P(): a = i")
    cell("print(a)")
"""


def test_notebook_cells_are_found_and_named():
    pytest.importorskip("IPython")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(NOTEBOOK)], capture_output=True, text=True, check=True, env=environment()
    )
    lines = [line for line in done.stdout.splitlines() if "|" in line or line in {"5", "ran"}]
    assert lines[0] == "cell In[1] | a = 1  # one"
    assert lines[1].startswith("cell In[2] | get_ipython()")
    assert lines[2] == "<timed exec> | a = 2"
    assert "ran" not in lines
    assert "cell In[4] | a = await asyncio.sleep(0)" in lines, done.stdout
    assert lines[-1] == "5"
    assert lines.count("cell In[5] | a = i") == 2


def test_a_block_that_calls_into_an_imported_module_has_its_source(program):
    """The compiler calls what is imported by other instructions, in functions as well."""
    program.write("""
        '''A module.'''
        from __future__ import annotations
        if True:
            import math
        from Lutil.checkpoints import InlineCheckpoint
        table = {}
        with InlineCheckpoint() as cp:
            table["root"] = math.sqrt(4)
        def f():
            with InlineCheckpoint() as cp:
                table["e"] = math.exp(0)
            return cp
        print(cp.produce, f().produce)
    """)
    assert program.run() == "(\"table['root']\",) (\"table['e']\",)\n"
