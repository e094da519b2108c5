"""Values of libraries of the field: no wrong value, no crash, no hang; what runs again or is refused is known."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import values

SWEEP = Path(__file__).parent / "sweep.py"
SECONDS = 900
FOLDER = os.environ.get("WILD_RESULTS")
"""Where each library's results are written, for the page of the documentation."""


def sweep(name, which, folder, seed):
    done = subprocess.run(
        [sys.executable, str(SWEEP), name, which, str(folder / "store")],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def is_here(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", values.LIBRARIES)
def test_values_of_a_library_count_by_content_and_come_back(name, tmp_path):
    missing = [module for module in values.LIBRARIES[name].imports if not is_here(module.partition(".")[0])]
    if missing:
        pytest.skip(f"{missing} is not installed")
    found = sweep(name, "first", tmp_path, "1")
    for expression, checks in sweep(name, "later", tmp_path, "2").items():
        found[expression].update(checks)
    if FOLDER:
        (Path(FOLDER) / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    short = {
        (expression, check, outcome)
        for expression, checks in found.items()
        for check, outcome in checks.items()
        if outcome != "right"
    }
    known = {
        (expression, check, outcome)
        for expression, check, outcome in short
        if values.is_known(name, expression, outcome)
    }
    assert short - known == set()
