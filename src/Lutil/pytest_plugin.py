"""The pytest plugin: whether results are kept while tests run, and fixtures that say so for one test.

It loads nothing of the cache: pytest imports it wherever the package is installed, also for projects that never use it.
The settings go by the environment, so that they hold for programs and workers that tests start as well.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from Lutil.checkpoints import Store

__all__ = ["lutil_off", "lutil_store"]

MODES: Final = {
    "off": "results are neither read nor kept",
    "private": "each test has an empty store of its own",
    "on": "results are kept as in production",
}
_DEFAULT: Final = "off"
_ends: Final = pytest.StashKey[contextlib.ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--lutil`, and the setting `lutil` for files."""
    said = "; ".join(f"{mode}: {what}" for mode, what in MODES.items())
    parser.getgroup("lutil").addoption("--lutil", choices=[*MODES], help=f"Lutil's cache during tests. {said}.")
    parser.addini("lutil", f"What --lutil is by default: {', '.join(MODES)}.", default=_DEFAULT)


def _mode(config: pytest.Config) -> str:
    given = config.known_args_namespace.lutil or config.getini("lutil")
    if given not in MODES:
        raise pytest.UsageError(f"lutil = {given!r}: {', '.join(MODES)} is expected")
    return str(given)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let the mode hold from before the first conftest.py is loaded until pytest ends."""
    mode = _mode(early_config)
    ends = early_config.stash[_ends] = contextlib.ExitStack()
    if mode == "off":
        ends.enter_context(_off())
    elif mode == "private":
        folder = tempfile.mkdtemp(prefix="lutil-")  # for what runs outside of tests, in wider fixtures
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        ends.enter_context(_private(folder))
        early_config.pluginmanager.register(_EachTest(), "lutil-each-test")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the settings back."""
    config.stash.get(_ends, contextlib.ExitStack()).close()


def pytest_report_header(config: pytest.Config) -> str:
    """Say which mode holds."""
    mode = _mode(config)
    return f"lutil: {mode} ({MODES[mode]})"


class _EachTest:
    """What `--lutil=private` adds: every test uses `lutil_store`."""

    @pytest.fixture(autouse=True)
    def _lutil_store_of_each_test(self, lutil_store: Store) -> None: ...


@pytest.fixture
def lutil_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The empty store in which this test keeps its results, whatever `--lutil`, settings and decorators say.

    It holds for blocks, functions and the processes that the test starts.

    Example:
        def test_a_second_call_is_skipped(lutil_store):
            assert not features.is_cached(rows)
            features(rows)
            assert features.is_cached(rows)
            assert len(list(lutil_store.list())) == 1
    """
    from Lutil.checkpoints import Store  # noqa: PLC0415  (only tests that use it pay for it)
    from Lutil.checkpoints.model.process._notices import reset  # noqa: PLC0415  (the same)

    folder = tmp_path_factory.mktemp("lutil")
    with _private(os.fspath(folder)):
        reset()  # each test hears what it causes, whatever earlier ones were told
        yield Store(folder)


@pytest.fixture
def lutil_off() -> Iterator[None]:
    """In this test results are neither read nor kept, whatever `--lutil` says."""
    with _off():
        yield


def _off() -> contextlib.AbstractContextManager[None]:
    return _environment(LUTIL_DISABLE="1", LUTIL_PRIVATE=None)


def _private(folder: str) -> contextlib.AbstractContextManager[None]:
    return _environment(LUTIL_DISABLE=None, LUTIL_PRIVATE=folder)


@contextlib.contextmanager
def _environment(**changes: str | None) -> Iterator[None]:
    """Within, these variables hold; None takes one away."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(changes: dict[str, str | None]) -> None:
    for name, text in changes.items():
        os.environ.pop(name, None)
        if text is not None:
            os.environ[name] = text
    if "Lutil.checkpoints" in sys.modules:
        from Lutil.checkpoints.model._settings import reread  # noqa: PLC0415  (it is there already)

        reread()
