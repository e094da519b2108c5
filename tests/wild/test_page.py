"""The page on values of libraries says what the sweep found, and why something falls short."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import page
import values

FOUND = {
    "lxml": {
        "html.fromstring('<p>a</p>')": {"a second call hits": "right", "a result comes back": "not kept: a part"},
        "etree.XML('<a/>')": {"a second call hits": "right", "a result comes back": "right"},
    },
    "attrs": {"Point(1)": {"a second call hits": "crash: TypeError"}},
}


def test_each_library_has_a_line_with_what_was_right_of_what_was_looked_at():
    line = next(line for line in page.page(FOUND).splitlines() if line.startswith("| lxml"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert [cell for cell in cells if cell] == ["lxml", "2/2", "1/2"]


def test_what_is_not_right_stands_below_with_the_reason():
    short = page.fallen_short(FOUND)
    assert short[0] == "- attrs: `Point(1)`: crash"
    assert short[1].startswith("- lxml: `html.fromstring('<p>a</p>')`: not kept; ")
    assert len(short) == 2


def test_a_wrong_value_or_a_crash_is_never_known():
    assert not any(values.is_known(*where, outcome) for where in values.KNOWN for outcome in ("wrong", "crash: x"))
