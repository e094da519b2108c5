"""The rules of the house, held by a test each: import direction, exports, import cost, sizes."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import Lutil.checkpoints
from Lutil.checkpoints.model.process._home import HOME

ROOT = Path(Lutil.checkpoints.__file__).parent

LAYERS = {
    "nouns": ["model"],
    "ground": ["bytecode", "integrations", "project"],
    "machines": ["code", "codec", "fingerprint", "frame", "observe", "store"],
    "meeting": ["computation"],
    "what is left and said": ["report", "state"],
    "story": ["engine"],
    "faces": ["faces"],
    "shells": ["cli", "ipython", "testing"],
}
SIBLINGS = ["ground", "machines", "what is left and said"]
"""Layers whose rooms do not know each other."""
APART = {room for layer in SIBLINGS for room in LAYERS[layer]}
LEVEL = {room: level for level, rooms in enumerate(LAYERS.values()) for room in rooms}
FILES = sorted(ROOT.rglob("*.py"))


def room_of(file):
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(file):
    """Yield the rooms that a file imports, wherever in the file the import stands."""
    package = ["Lutil", "checkpoints", *file.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names] if node.level and not node.module else [stem]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[:2] == ["Lutil", "checkpoints"] and len(parts) > 2:
                yield parts[2]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down_only_and_machines_do_not_know_each_other(file):
    room = room_of(file)
    if room == "__init__":
        return
    assert room in LEVEL, f"{room} has no layer"
    for other in set(imports_of(file)) - {room}:
        assert other in LEVEL, f"{file} imports {other}, which has no layer"
        if room in APART:
            assert LEVEL[other] < LEVEL[room], f"{file} imports its sibling {other}"
        assert LEVEL[other] <= LEVEL[room], f"{file} imports {other} from above"


def test_every_room_of_the_layers_exists():
    rooms = {room_of(file) for file in FILES} - {"__init__"}
    assert rooms == set(LEVEL)


LATE = ["code", "codec", "computation", "engine", "fingerprint", "frame", "observe", "report", "state", "store"]


@pytest.mark.parametrize("room", LATE)
def test_a_late_room_gives_each_name_from_where_it_says_and_none_is_also_a_folder_of_it(room):
    face = importlib.import_module(f"Lutil.checkpoints.{room}")
    tree = ast.parse(Path(face.__file__).read_text(encoding="utf-8"))
    said = {
        alias.name: "." * node.level + (node.module or "")
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(said) == sorted(face.__all__)
    for name, module in said.items():
        assert getattr(importlib.import_module(module, face.__name__), name) is getattr(face, name)
    children = {path.stem for path in Path(face.__file__).parent.iterdir()}
    assert children.isdisjoint(said)


def test_our_home_is_the_folder_of_the_package():
    assert str(ROOT) + os.sep == HOME


def test_all_is_sorted_and_importable():
    names = Lutil.checkpoints.__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(Lutil.checkpoints, name) is not None
    assert {"InlineCheckpoint", "checkpoint"} <= set(names)
    assert set(names) <= set(dir(Lutil.checkpoints))


HEAVY = [
    "numpy",
    "pandas",
    "IPython",
    "asyncio",
    "concurrent.futures",
    "tqdm",
    "cloudpickle",
    "importlib.metadata",
    "tomllib",
    "torch",
    "sklearn",
]


def test_importing_the_package_loads_nothing_heavy():
    text = f"import sys, Lutil.checkpoints as c, json as j; print(j.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_hit_loads_nothing_heavy(program):
    program.write(f"""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x): return x + 1
        f(1)
        print([m for m in {HEAVY!r} if m in sys.modules])
    """)
    program.run()
    assert program.run().strip() == "[]"


SLOW_TO_LOAD = [
    "ast",
    "dataclasses",
    "datetime",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "pickle",
    "random",
    "tempfile",
]


def test_the_two_names_load_no_machine_and_nothing_slow():
    text = """
        import sys
        from Lutil.checkpoints import checkpoint, InlineCheckpoint
        print(*sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = [name.removeprefix("Lutil.checkpoints.") for name in loaded if name.startswith("Lutil.checkpoints.")]
    assert {name.partition(".")[0] for name in ours if "." in name} == {"faces", "model"}
    assert set(SLOW_TO_LOAD).isdisjoint(loaded)


def test_a_hit_needs_neither_inspect_nor_logging_nor_a_stream_of_random_numbers(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x): return {"a": [x + 1]}
        f(1)
        print([name for name in ("ast", "dataclasses", "inspect", "logging", "random", "tokenize") if name in sys.modules])
    """)
    program.run()
    assert program.run() == "[]\n"


NOT_FOR_A_HIT = """
    bytecode._block_instructions bytecode._flow_graph bytecode._normal_form bytecode._prepared bytecode.stack._uses
    code.facts._working_out codec._encode codec._pickler engine._dynamic_code engine._run engine._miss_to_entry engine._sharing
    faces._explain faces._cache_info faces._shipping faces.map._map faces.memory
    fingerprint.kinds._arrays fingerprint.kinds._arrow fingerprint.kinds._frames fingerprint.kinds._handles
    fingerprint.kinds._tensors fingerprint.readable._readable_parts frame._block_facts ipython observe._audit_hook
    observe._recorder observe._stand_ins observe.files observe.streams report._history report._ledger_history
    report._not_kept report._reasons report.tables
    state._after_states state._filled_memos state._returned_value state._written_files state.objects
    store._budget store._upkeep store.claims store.shared
""".split()


def test_a_hit_loads_what_a_hit_needs(program):
    program.write("""
        import sys
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        @checkpoint
        def f(x): return {"a": [x + 1]}
        f(1)
        print(*[name for name in sys.modules if name.startswith("Lutil.checkpoints.")])
    """)
    program.run()
    loaded = [name.removeprefix("Lutil.checkpoints.") for name in program.run().split()]
    assert [name for name in loaded if any(f"{name}.".startswith(f"{other}.") for other in NOT_FOR_A_HIT)] == []
    assert len(loaded) < 160


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_stay_small(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = ast.get_docstring(node, clean=False)
            size = node.end_lineno - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            assert size <= 60, f"{node.name}: {size} lines"
