"""The shipped suite holds, in every process, under every hash seed, on every interpreter."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from Lutil.checkpoints.model import _key
from Lutil.checkpoints.testing import fingerprint as suite
from Lutil.checkpoints.testing._table import DISTINCT

PINNED = Path(__file__).parent / "pinned.json"
GROUPS = ("builtins", "types", "numpy", "pandas", "pyarrow", "polars", "sklearn", "tokenizers", "attr", "pydantic")
SOURCE = Path(suite.__file__).parents[3]

PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
from Lutil.checkpoints.testing.fingerprint import Pair, simple_digest, _available
from Lutil.checkpoints.testing._table import DISTINCT
groups = sys.argv[1:] or list(DISTINCT)
print(json.dumps({
    f"{group}: {line}": simple_digest(Pair(group, line, line, agree=True).make()[0]).hex()
    for group in groups if _available(group) for lines in DISTINCT[group] for line in lines
}))
"""


def digests(seed, *groups):
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(SOURCE)]))
    command = [sys.executable, "-c", PROGRAM, *groups]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


@pytest.mark.parametrize("group", DISTINCT)
def test_every_pair_of_the_suite_agrees_or_differs_as_it_must(group):
    pytest.importorskip(group)
    assert suite.check(suite.simple_digest, group) == []


def test_the_suite_is_large_and_catches_a_digest_that_sees_nothing_and_one_that_sees_identity():
    count = sum(1 for _ in suite.pairs())
    assert count >= 300
    assert len(suite.check(lambda value: 0, "builtins", "numpy")) > 300
    assert len(suite.check(id, "builtins", "numpy")) > 100


def test_digests_are_the_same_in_every_process_and_under_every_hash_seed():
    groups = [group for group in GROUPS if suite._available(group)]
    first = digests(0, *groups)
    assert len(first) > 250
    assert digests("random", *groups) == first


def test_digests_are_those_that_are_pinned():
    """Who changes the canonical bytes on purpose raises `FORMAT_VERSION` and writes this file anew."""
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    assert pinned["format"] == _key.FORMAT_VERSION
    now = digests(3, "builtins", "numpy")
    assert {line: now[line] for line in pinned["digests"]} == pinned["digests"]
    assert len(pinned["digests"]) > 150


@pytest.mark.long
def test_other_interpreters_give_the_same_digests():
    others = [path for path in Path("/opt/envs").glob("py3*/bin/python") if path != Path(sys.executable)]
    if not others:
        pytest.skip("no other interpreter is here")
    mine = digests(0, "builtins")
    for other in others:
        done = subprocess.run(
            [str(other), "-c", PROGRAM, "builtins"],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )  # fmt: skip
        assert json.loads(done.stdout) == mine, other


def test_a_third_party_can_run_the_laws_against_its_own_values():
    assert suite.check_values([1, 1.0, True, "1", [1], (1,)]) == []
    assert suite.check_values([{1}, {1}]) == ["[0] and [1] must differ"]


def test_every_group_of_the_table_has_values():
    assert all(len(lines) > 5 for sets in DISTINCT.values() for lines in sets)


WRAPPED = {
    "a list": lambda value, last: [*[value] * 8, last],
    "rows": lambda value, last: [*[{"key": value}] * 8, {"key": last}],
    "lists in a list": lambda value, last: [*[[value]] * 8, [last]],
}


@pytest.mark.parametrize("group", DISTINCT)
def test_values_of_the_suite_differ_in_long_lists_as_they_do_alone(group):
    """Alike elements are encoded together: whatever then gets lost of each is lost in a long list only."""
    pytest.importorskip(group)
    for lines in DISTINCT[group]:
        values = [suite.Pair(group, line, line, agree=True).make()[0] for line in lines]
        for name, wrapped in WRAPPED.items():
            known = {}
            pairs = [
                (i, j) for i, j in itertools.product(range(len(values)), repeat=2) if type(values[i]) is type(values[j])
            ]
            for i, j in pairs:
                found = suite.simple_digest(wrapped(values[i], values[j]))
                assert found not in known, (name, lines[i], lines[j], known[found])
                known[found] = lines[i], lines[j]
