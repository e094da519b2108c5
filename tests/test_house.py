"""The rules of the house, held by a test each: import direction, exports, import cost, sizes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import Lutil.checkpoints

ROOT = Path(Lutil.checkpoints.__file__).parent

LAYERS = {
    "nouns": """
        _altered _entry _errors _identity _interrupts _items _key _limits _log _options _outcome _provenance
        _secret_code _secret_names _secrets _sentinels _settings _shown _trust _undo _urls _veil
    """.split(),
    "ground": """
        integrations
    """.split(),
    "machines": """
        code codec fingerprint frame observe store
    """.split(),
    "story": """
        _after _bless _complex _computation _figures _guard _history _keeping _ledger _ledger_lines
        _ledger_writer _memos _near _note_tables _notices _pipeline _reasons _recent _recipe _returned _set_aside _sharing _copying
        _slow_inputs _stores _tracing _unkept _unnamed _unseen _walking _written
    """.split(),
    "faces": """
        _block_values _bound _decorator _functionlike _inline _lists _register _reloading _shipping
        _signature explain
    """.split(),
    "shells": """
        cli ipython testing
    """.split(),
}
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
        if LEVEL[room] == LEVEL["fingerprint"]:
            assert LEVEL[other] < LEVEL[room], f"{file} imports its sibling {other}"
        assert LEVEL[other] <= LEVEL[room], f"{file} imports {other} from above"


def test_every_room_of_the_layers_exists():
    rooms = {room_of(file) for file in FILES} - {"__init__"}
    assert rooms == set(LEVEL)


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
    "cloudpickle",
    "importlib.metadata",
    "tomllib",
    "torch",
    "sklearn",
    "obstore",
    "cryptography",
    "zstandard",
    "platformdirs",
    "asyncio",
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


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_stay_small(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = ast.get_docstring(node, clean=False)
            size = node.end_lineno - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            assert size <= 60, f"{node.name}: {size} lines"
