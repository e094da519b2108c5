"""Skips a test that itself needs what `sitecustomize` has taken away; a failure inside of the package stays one.

It reads native tracebacks (`--tb=native`), of the test and of a program that the test ran: their last file raised.
"""

from __future__ import annotations

import re

import pytest
from sitecustomize import MODULES, OF_OS, OF_SIGNAL

GONE = re.compile(
    rf"has no attribute '({'|'.join([*OF_OS, *OF_SIGNAL])})'"
    rf"|cannot import name '({'|'.join([*OF_OS, *OF_SIGNAL])})'"
    rf"|import of ({'|'.join(MODULES)}) halted"
    r"|cannot find context for 'fork|None has no attribute 'flock'"
)
OF_POSIX = {
    "test_typed_callers_are_told_what_the_function_takes": "mypy does not run without them",
    "test_a_thousand_mapped_results_live_at_ulimit_256": "it sets the limit by `resource`",
    "test_a_file_of_keys_that_others_can_write_is_not_obeyed": "without owners, modes say nothing",
    "test_modes_come_back_without_those_that_give_rights": "without `fchmod` there are no modes to give back",
}
"""Tests that are about what was taken away, or need it in a process whose output nobody sees."""
PLACE = re.compile(r'File "([^"]+)", line')


def needs(text: str) -> str:
    """Return what is missing according to a traceback, where it was not the package that asked; else nothing."""
    found = GONE.search(text)
    files = PLACE.findall(text, 0, found.start()) if found else []
    return "" if found is None or (files and "src/Lutil" in files[-1]) else found[0]


def pytest_collection_modifyitems(items):
    for item in items:
        if why := OF_POSIX.get(getattr(item, "originalname", item.name)):
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and (what := needs(f"{report.longrepr}\n{report.capstderr}")):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1], f"the test itself: {what}")
    return report
