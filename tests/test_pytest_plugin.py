"""The pytest plugin: suites of projects that use the cache test their code, in each run and in any order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

WORK = """
from pathlib import Path
from Lutil.checkpoints import InlineCheckpoint, checkpoint

@checkpoint
def double(x):
    twice = x + x
    print("double ran")
    return twice

@checkpoint(store="cache")
def triple(x):
    print("triple ran")
    return 3 * x

def block(x):
    with InlineCheckpoint(watch=["x"], produce=["y"]):
        print("block ran")
        y = x + 1
    return y
"""

CALLS = """
import pytest
from work import block, double, triple

@pytest.mark.parametrize("n", [1, 2])
def test_calls(n, capfd):
    assert (double(5), double(5), triple(5), block(5)) == (10, 10, 15, 6)
    with open("ran.log", "a") as file:
        print(*capfd.readouterr().out.replace(" ran", "").split(), file=file)
"""


@pytest.fixture(autouse=True)
def only_this_plugin(monkeypatch):
    """Other plugins take seconds to load; tests name those that they need."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "Lutil.pytest_plugin")


@pytest.fixture
def project(pytester):
    """A project whose tests append what ran in each of them to `ran.log`."""
    pytester.makepyfile(work=WORK, test_work=CALLS)
    pytester.syspathinsert()

    def run(*options):
        log = pytester.path / "ran.log"
        log.write_text("")
        pytester.runpytest(*options).assert_outcomes(passed=2)
        return log.read_text().splitlines()

    return run


ALL, ONCE = "double double triple block", "double triple block"


def test_tests_run_all_code_by_default_and_write_nothing(project, pytester):
    assert project() == [ALL, ALL]
    assert project() == [ALL, ALL]
    assert not (pytester.path / ".Lutil-checkpoint").exists()
    assert not (pytester.path / "cache").exists()


def test_private_gives_each_test_an_empty_store(project, pytester):
    pytester.makeini("[pytest]\nlutil = private")
    assert project() == [ONCE, ONCE]
    assert sorted(project("-p", "xdist", "-n", "2")) == [ONCE, ONCE]
    assert not (pytester.path / ".Lutil-checkpoint").exists()
    assert not (pytester.path / "cache").exists()


def test_on_keeps_results_as_in_production_and_the_option_wins(project, pytester):
    pytester.makeini("[pytest]\nlutil = private")
    assert project("--lutil=on") == [ONCE, ""]
    assert project("--lutil=on") == ["", ""]
    assert project("--lutil=off") == [ALL, ALL]
    assert (pytester.path / "cache").is_dir()


def test_an_unknown_mode_is_refused(pytester):
    pytester.makeini("[pytest]\nlutil = maybe")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*lutil = 'maybe': off, private, on is expected*"])


FIXTURES = """
import os, subprocess, sys
import pytest
from Lutil.checkpoints import Store, configure
from work import block, double, triple

ASK = "from work import double; print(double.is_cached(5))"

def asked():
    return subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout

@pytest.mark.parametrize("n", [1, 2])
def test_private_store(lutil_store, n):
    assert isinstance(lutil_store, Store)
    assert not double.is_cached(5) and list(lutil_store.list()) == []
    double(5), triple(5), block(5)
    assert double.is_cached(5) and triple.is_cached(5)
    assert sorted(entry.name for entry in lutil_store.list()) == ["double", "triple", "y"]
    assert asked().strip() == "True"

def test_off(lutil_off):
    double(5)
    assert not double.is_cached(5)
    assert asked().strip() == "False"

@pytest.fixture(scope="module")
def wide():
    return double(7), double.is_cached(7)

def test_wider_fixtures(wide, request):
    assert wide == (14, request.config.getoption("lutil") != "off")
    assert not double.is_cached(7) or request.config.getoption("lutil") == "on"

def test_configured_to_be_off(lutil_store_after_configure):
    assert double(5) == 10 and double.is_cached(5)

@pytest.fixture
def lutil_store_after_configure(lutil_store):
    configure(disable=True, store="elsewhere")
"""


@pytest.mark.parametrize("mode", ["off", "private", "on"])
def test_fixtures_hold_in_every_mode(pytester, mode):
    pytester.makepyfile(work=WORK, test_fixtures=FIXTURES)
    pytester.runpytest(f"--lutil={mode}").assert_outcomes(passed=5)
    assert not (pytester.path / "elsewhere").exists()


OTHERS = """
import unittest
import warnings
import pytest
from Lutil.checkpoints import NotSavedWarning
from work import double
from unsaved import make

@pytest.mark.parametrize("n", [1, 2])
def test_each_test_hears_what_it_causes(n):
    with pytest.warns(NotSavedWarning):
        make()

class TestOfTheStandardLibrary(unittest.TestCase):
    def test_one(self):
        assert not double.is_cached(1)
        double(1)

    def test_two(self):
        assert not double.is_cached(1)
        double(1)
"""
UNSAVED = """
import threading
from Lutil.checkpoints import checkpoint

@checkpoint
def make():
    return threading.Lock()
"""


def test_nothing_of_one_test_is_part_of_the_next(pytester):
    pytester.makepyfile(work=WORK, unsaved=UNSAVED, test_others=OTHERS)
    pytester.runpytest("--lutil=private", "-W", "error").assert_outcomes(passed=4)


def test_the_example_of_the_page_holds(pytester):
    page = (Path(__file__).parent.parent / "docs" / "pytest.md").read_text(encoding="utf-8")
    pytester.makepyfile(page.partition("```python\n")[2].partition("```")[0])
    for mode in ("off", "on"):
        pytester.runpytest(f"--lutil={mode}").assert_outcomes(passed=2)


def covered(pytester, mode):
    """Return the lines of `work.py` that one run covers."""
    options = ("-p", "pytest_cov", "--cov=work", "--cov-report=json:found.json")
    pytester.runpytest_subprocess(f"--lutil={mode}", *options).assert_outcomes(passed=2)
    found = json.loads((pytester.path / "found.json").read_text())["files"]["work.py"]["executed_lines"]
    return [line for number, line in enumerate(WORK.strip().splitlines(), 1) if number in found]


def test_coverage_shows_lines_of_skipped_code_as_not_run(project, pytester):
    lines = [line for line in WORK.strip().splitlines() if line]
    body = ("    twice", "    print", "    return twice", "    return 3", "        ")
    rest = [line for line in lines if not line.startswith(body)]
    assert covered(pytester, "private") == covered(pytester, "private") == covered(pytester, "on") == lines
    assert covered(pytester, "on") == rest


def main(pytester, mode, test):
    """Return how pytest ends in a fresh process whose only test is this text."""
    pytester.makepyfile(test)
    code = f"import os, pytest; print(pytest.main(['-q', '--lutil={mode}']).name, os.environ.get('LUTIL_DISABLE'))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.splitlines()[-1]


def test_the_plugin_loads_nothing_of_the_cache_and_takes_its_settings_back(pytester):
    looks = "import os, sys\ndef test_it(): assert not [name for name in sys.modules if name.startswith('Lutil.check')]"
    assert main(pytester, "off", f"{looks}; assert os.environ['LUTIL_DISABLE'] == '1'") == "OK None"
    assert main(pytester, "private", looks) == "TESTS_FAILED None"  # the fixture gives a Store


def test_a_block_of_a_test_may_hold_assertions(pytester):
    pytester.makepyfile(
        test_asserts="""
        from Lutil.checkpoints import InlineCheckpoint
        def test_block():
            for turn in range(2):
                with InlineCheckpoint() as cp:
                    y = [1, 2]
                    assert y == [1, 2], "told"
                    assert len(y) in (2, 3)
                assert y == [1, 2]
                assert cp.hit == bool(turn)
        """
    )
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "--lutil=private").assert_outcomes(passed=1)
