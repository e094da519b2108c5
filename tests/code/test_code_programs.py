"""What counts as a change of what a function reaches, and what does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from _code_cases import CASES
from _code_programs import program_key

HERE = Path(__file__).parent


@pytest.mark.parametrize(("before", "after", "same"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_pair_of_programs_has_one_key_or_two(before, after, same):
    assert (program_key(before) == program_key(after)) is same


def test_there_are_no_two_cases_of_one_name():
    names = [case[0] for case in CASES]

    assert len(names) == len(set(names)) >= 120


def all_keys(seed):
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from _code_cases import CASES; from _code_programs import program_key\n"
        "print(json.dumps([[program_key(case[1]), program_key(case[2])] for case in CASES]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(HERE)], env=environment, capture_output=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_keys_are_the_same_in_every_process_and_under_every_hash_seed():
    assert all_keys("1") == all_keys("2")
