"""P1, never stale: a hit only when all that the computation reads is as it was.

The tables hold small programs; `programs` says how they are run and what each of them must do.
"""

from __future__ import annotations

import os

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
