"""P2, never needless: what changes nothing for a computation does not recompute it.

The tables hold small programs; `programs` says how they are run and what each of them must do.
"""

from __future__ import annotations

import os

import programs_attributes
import programs_breaking
import programs_calls
import programs_company
import programs_effects
import programs_environment
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
