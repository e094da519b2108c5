"""Skips a test that itself needs what `sitecustomize` has taken away; a failure inside of the package stays one."""

from __future__ import annotations

import re

import pytest
from sitecustomize import MODULES, OF_OS, OF_SIGNAL

GONE = re.compile(
    rf"has no attribute '({'|'.join([*OF_OS, *OF_SIGNAL])})'"
    rf"|import of ({'|'.join(MODULES)}) halted"
    r"|cannot find context for 'fork"
)
PLACE = re.compile(r'File "([^"]+)"|^(\S+\.py):\d+:', re.MULTILINE)


def needs(text: str) -> str:
    """Return what is missing according to a traceback, where it was not the package that asked for it; else nothing.

    Tracebacks of pytest name the file below the line that raised, those of a program that a test ran above.
    """
    found = GONE.search(text)
    if found is None:
        return ""
    above = list(PLACE.finditer(text, 0, found.start()))[-1:]
    below = list(PLACE.finditer(text, found.end()))[:1] if text[: found.start()].rfind("\nE  ") >= 0 else []
    files = [match[1] or match[2] for match in (below or above)]
    return "" if any("src/Lutil" in file for file in files) else found[0]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and (what := needs(str(report.longrepr))):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1], f"the test itself: {what}")
