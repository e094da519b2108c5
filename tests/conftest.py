"""What all tests share: a folder of their own, a whole noise budget, programs in fresh processes."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.model.process import _notices
from Lutil.checkpoints.observe import _watching
from running import Program

# What decides whether a change lands tries the same examples each time; the long tests try others.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("others", deadline=None)
settings.load_profile("same")


SAMPLE = {True: 1, False: 5}
"""How many tests of a file `--quick` takes: of those that start processes, and of others."""
STARTS = {"program", "kernel", "proxy", "s3"}


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="some tests of each file: every room and promise in a minute")


def pytest_collection_modifyitems(config, items):
    """Keep some tests of each file, spread over it, if that was asked for."""
    if not config.getoption("--quick"):
        return
    by_file: dict[tuple[object, bool], list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault((item.path, not STARTS.isdisjoint(item.fixturenames)), []).append(item)
    kept = set()
    for (_, starts), found in by_file.items():
        found.sort(key=lambda item: item.nodeid)  # the same ones each time, in whatever order they run
        kept.update(found[:: -(-len(found) // SAMPLE[starts])])
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Each test works in an empty folder, with default settings and nothing said yet."""
    for name in list(os.environ):
        kept = name in {"LUTIL_NO_EXTENSIONS", "LUTIL_FILTER_EXPECTED"} or name.startswith("LUTIL_TEST_")
        if name.startswith("LUTIL_") and not kept:
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)  # there nobody gets a key of their own
    monkeypatch.setenv("LUTIL_STRICT", "1")  # a failure of ours is an error here
    monkeypatch.chdir(tmp_path)
    _settings.forget()
    _notices.reset()
    yield tmp_path
    _settings.forget()
    _notices.reset()
    if _watching._on:
        gc.collect()  # a run that was cut off ends with its frames, which a cycle may keep
    left = [*_watching._on]
    for run in left:
        _watching.unwatch(run)  # it would fail the tests that follow
    assert not left, "it leaves a run on"


@pytest.fixture
def lenient(monkeypatch):
    """The guard works as for users: a failure of ours costs the entry, not the result."""
    monkeypatch.delenv("LUTIL_STRICT")
    _settings.forget()


@pytest.fixture
def program(tmp_path):
    """A program in a folder of its own."""
    return Program(tmp_path)
