"""Control flow that leaves a block is refused at entry, told from bytecode alone."""

from __future__ import annotations

import ast
import dis
import importlib.util
import types

import pytest
from frame_support import RAN, Skipped, define

from Lutil.checkpoints.bytecode._block_instructions import BlockListing, is_with_enter
from Lutil.checkpoints.frame._block_flow import body_of, leaves
from Lutil.checkpoints.model._errors import BlockError

LEAVING = {
    "return": "def f():\n    with S():\n        ran()\n        return 1\nf()",
    "return nothing": "def f():\n    with S():\n        ran()\n        return\n    ran()\nf()",
    "return early": "def f(a=1):\n    with S():\n        if a:\n            return\n        ran()\nf()",
    "return in try": "def f():\n    with S():\n        try:\n            return ran()\n        finally:\n            ran()\nf()",
    "return in loop": "def f():\n    with S():\n        for i in range(3):\n            return i\nf()",
    "return in with": "def f():\n    with S():\n        with A():\n            return 1\nf()",
    "return in item": "def f():\n    with S(), A():\n        return 1\nf()",
    "return from several": "def f():\n    for i in range(3):\n        with A(), S():\n            return i\nf()",
    "return last": "def f():\n    with S():\n        ran()\n        return\nf()",
    "continue": "for i in range(3):\n    with S():\n        ran()\n        continue\n    ran()",
    "continue last": "for i in range(3):\n    with S():\n        ran()\n        continue",
    "continue maybe": "for i in range(3):\n    with S():\n        if i:\n            continue\n        ran()",
    "continue while": "i = 0\nwhile i < 3:\n    i += 1\n    with S():\n        ran()\n        continue",
    "continue in handler": "for i in [1]:\n    with S():\n        try:\n            ran()\n        except KeyError:\n            continue\n    ran()",
    "break": "for i in range(3):\n    with S():\n        ran()\n        break",
    "break maybe": "while True:\n    with S():\n        if ran():\n            break\n        ran()\n    ran()",
    "break else": "for i in [1]:\n    with S():\n        for j in i:\n            ran()\n        else:\n            break\n    ran()",
    "yield": "def f():\n    with S():\n        yield 1\nlist(f())",
    "yield value": "def f():\n    with S():\n        x = yield\nlist(f())",
    "yield from": "def f():\n    with S():\n        yield from [1]\nlist(f())",
    "yield async": "async def f():\n    with S():\n        await A()\n        yield 1\nf().asend(None).send(None)",
}
STAYING = {
    "inner loops": "for i in [1]:\n    with S():\n        for j in ran():\n            if j: continue\n            break\n        while ran():\n            break",
    "inner break last": "for i in [1, 2]:\n    with S():\n        while True:\n            ran()\n            break",
    "inner functions": "with S():\n    def f():\n        return 1\n    def g():\n        yield 1\n    x = (i for i in [1])\n    y = lambda: (yield)",
    "only raises": "with S():\n    raise ValueError",
    "for ever": "with S():\n    while True:\n        ran()",
    "last in loop": "for i in [1, 2]:\n    with S():\n        if ran():\n            pass\n        else:\n            ran()",
    "last in loop of ifs": "def f():\n    for i in [1, 2]:\n        with S():\n            for j in ran():\n                if j:\n                    ran()\nf()",
    "pass last": "for i in [1, 2]:\n    with S():\n        ran()\n        pass",
    "constant last": "for i in [1, 2]:\n    with S():\n        ran()\n        'abcdef'",
    "return after": "def f(a, b):\n    with S():\n        a = ran()\n    return a + b\nf(1, 2)",
    "return unbound after": "def f():\n    with S(values={'x': 1, 'y': 1}):\n        x = ran()\n        y = 1\n    return x + y\nassert f() == 2",
    "break after": "for i in [1]:\n    with S():\n        ran()\n    break",
    "continue after": "for i in [1]:\n    with S():\n        ran()\n    continue",
}


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()


@pytest.mark.parametrize("known_to_linecache", [True, False])
@pytest.mark.parametrize("name", LEAVING)
def test_leaving_a_block_is_refused_before_anything_runs(name, known_to_linecache):
    if not known_to_linecache and name in {"return last", "continue last", "continue while"}:
        pytest.skip("without source these are the bytecode of `pass`, and as safe")
    kind = "yield from" if name == "yield from" else name.split()[0]
    with pytest.raises(BlockError, match=f"`{kind}` at .*:[0-9]+ leaves it"):
        define(LEAVING[name], known_to_linecache=known_to_linecache)
    assert RAN == []


@pytest.mark.parametrize("name", STAYING)
def test_blocks_that_end_at_their_end_are_skipped(name):
    define(STAYING[name])
    assert RAN == []


@pytest.mark.parametrize("name", ["return", "return early", "break maybe", "continue maybe", "yield"])
def test_the_line_that_leaves_is_named(name):
    source = LEAVING[name]
    word = name.split()[0]
    number = next(place for place, line in enumerate(source.splitlines(), 1) if line.strip().startswith(word))
    with pytest.raises(BlockError, match=f"`{word}` at [^`]*:{number} leaves"):
        define(source)


def test_awaiting_is_not_leaving():
    space = define("""
        async def f():
            with S() as c:
                await A()
                async for i in A():
                    if i: continue
                    break
                async with A() as a, A() as b:
                    x = [j async for j in A()]
                y = [await j for j in A()]
            return c
    """)
    with pytest.raises(StopIteration) as stopped:
        space["f"]().send(None)
    assert isinstance(stopped.value.value, Skipped)


def statements(module):
    path = importlib.util.find_spec(module).origin
    with open(path, encoding="utf-8") as file:
        source = file.read()
    return source, path


def escapes(body):
    """Return (kind, line) of what leaves a body, by its syntax tree: the other way to know."""
    found = []

    def go(node, in_loop):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp):
            return
        leaving = isinstance(node, ast.Return | ast.Yield | ast.YieldFrom)
        if leaving or (isinstance(node, ast.Break | ast.Continue) and not in_loop):
            found.append(node.lineno)
        for field, value in ast.iter_fields(node):
            loop = in_loop or (isinstance(node, ast.For | ast.AsyncFor | ast.While) and field == "body")
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    go(child, loop)

    for statement in body:
        go(statement, in_loop=False)
    return found


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


MODULES = [
    "argparse", "asyncio.base_events", "concurrent.futures._base", "concurrent.futures.process", "contextlib", "ctypes.util",
    "ensurepip", "functools", "importlib.metadata", "logging", "logging.handlers", "mailbox", "multiprocessing.managers",
    "multiprocessing.pool", "pathlib", "pkgutil", "pydoc", "queue", "shutil", "socketserver", "subprocess", "tarfile",
    "tempfile", "threading", "tokenize", "unittest.mock", "urllib.request", "venv", "weakref", "zipfile", "zoneinfo._tzpath",
]  # fmt: skip


def test_bytecode_and_syntax_tree_agree_on_the_standard_library():
    checked = leaving = 0
    for module in MODULES:
        if importlib.util.find_spec(module) is None:
            continue
        source, path = statements(module)
        by_place = {}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.With):
                by_place[node.lineno, node.col_offset] = node
                for item in node.items:
                    by_place[item.context_expr.lineno, item.context_expr.col_offset] = node
        for code in codes(compile(source, path, "exec")):
            listing = BlockListing(code)
            for place, instruction in enumerate(listing.all):
                if not is_with_enter(listing, place):
                    continue
                line, _, column, _ = listing.columns(instruction.offset)
                node = by_place[line, column]
                found = leaves(listing, body_of(listing, instruction.offset))
                assert bool(found) == bool(escapes(node.body)), (path, line, found)
                checked += 1
                leaving += bool(found)
    assert checked > 150
    assert leaving > 50


def test_decoding_agrees_with_dis():
    for module in ("argparse", "typing", "asyncio.base_events", "dataclasses"):
        for code in codes(compile(*statements(module), "exec")):
            listing = BlockListing(code)
            known = [item for item in dis.get_instructions(code) if item.opname not in {"CACHE", "EXTENDED_ARG"}]
            assert [(item.offset, item.opcode) for item in known] == [(item.offset, item.op) for item in listing.all]
            for item, instruction in zip(known, listing.all, strict=True):
                if item.opcode in dis.hasjrel and item.opname != "END_ASYNC_FOR":
                    assert listing.target(instruction) == item.argval
                names = tuple(use.name for use in listing.uses(instruction))
                if names:
                    assert names == (item.argval if isinstance(item.argval, tuple) else (item.argval,))
            table = dis._parse_exception_table(code)
            assert [tuple(row) for row in listing.guards] == [
                (row.start, row.end, row.target, row.depth, row.lasti) for row in table
            ]


def test_offsets_are_those_of_the_body():
    """Neither the store of the `as` name nor the calls of `__exit__` are in; further items and handlers are."""
    space = define("""
        def f(q):
            with F() as c, A(q) as a:
                try:
                    x = body_name
                except KeyError:
                    y = handler_name
            z = after_name
            return c
    """)
    space["body_name"] = space["after_name"] = 1
    code = space["f"].__code__
    block = space["f"](1).block
    names = {
        item.argval
        for item in dis.get_instructions(code)
        if item.offset in block.offsets
        and isinstance(item.argval, str)
        and item.opname not in {"COMPARE_OP", "BINARY_OP"}
    }
    assert {"A", "q", "a", "body_name", "KeyError", "handler_name", "x", "y"} <= names
    assert not names & {"c", "after_name", "z", "F"}
    # 3.13 stores `c` and loads `A` or `q` in one instruction only where both are slots
    assert block.start not in block.offsets
    inner = [item.opname for item in dis.get_instructions(code) if item.offset in block.offsets]
    assert "BEFORE_WITH" in inner or "LOAD_SPECIAL" in inner


def test_a_start_that_is_half_of_the_body_is_among_the_offsets():
    space = define("""
        def f(q):
            with F() as c:
                x = q
            return c
    """)
    block = space["f"](1).block
    names = [item.opname for item in dis.get_instructions(space["f"].__code__) if item.offset == block.start]
    assert (block.start in block.offsets) == (names == ["STORE_FAST_LOAD_FAST"])
    assert block.reads == ("q",)
    assert block.writes == ("x",)
    assert block.target == "c"
