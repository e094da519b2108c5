"""The page that holds us against the field says what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def results(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from field import results

    yield results
    for name in [name for name in sys.modules if name.partition(".")[0] == "field"]:
        del sys.modules[name]


def test_the_page_is_made_of_the_results(results):
    assert results.PAGE.read_text(encoding="utf-8") == results.page(results.load())


def test_every_case_and_peer_is_in_the_results(results):
    from field.__main__ import CASES, PEERS

    found = results.load()["cases"]
    assert [*found] == [*CASES, "behaviour"]
    assert all(list(rows) == list(PEERS) for rows in found.values())


def test_no_row_of_behaviour_is_missing(results):
    for rows in results.load()["cases"]["behaviour"].values():
        assert list(rows) == list(results.BEHAVIOUR)


def test_a_value_that_was_returned_is_what_the_case_says_it_is(results):
    from field.cases.values import MAKERS, touched

    sizes = {title: make() for title, make in MAKERS.items() if "fitted" not in title}
    assert sizes["an array of 100 MB"].nbytes == 100_000_000
    assert len(sizes["a frame of 300,000 rows"]) == 300_000
    assert len(sizes["100,000 records"]) == 100_000
    assert all(touched(value) is not None for value in sizes.values())


def test_times_are_written_as_people_read_them(results):
    assert [results.time_of(value) for value in (2.5, 0.012, 3.4e-5, 2e-7)] == ["2.5 s", "12 ms", "34 us", "0.2 us"]
