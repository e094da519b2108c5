"""Write the page of the documentation that tells how values of libraries fare.

WILD_RESULTS=FOLDER make test-wild
python tests/wild/page.py FOLDER > docs/wild.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import values

CHECKS = {
    "a first call runs, a variant too": "runs",
    "a second call hits": "again",
    "an equal value hits": "equal",
    "a deep copy hits": "copied",
    "an unpickled copy hits": "unpickled",
    "one that was looked at hits": "looked at",
    "a fresh process hits": "fresh process",
    "a result comes back": "result",
    "a result comes back in a fresh process": "result, fresh process",
}
"""The checks of the sweep, and how the table calls them."""

HEAD = """\
# Values of libraries

`make test-wild` takes some 600 values of 67 libraries through one table of checks, in two processes under different
hash seeds. The figures are how many values were right, of how many were looked at.

- **runs**: a first call runs, and so does one with a value that differs; never is one taken for the other.
- **again, equal, copied, unpickled, looked at, fresh process**: a call hits with the same value, an equal one that was
  made anew, a copy of either kind, one that was printed, hashed, measured and asked for its parts, and one that another
  process made. Values whose own copies or pickles lose something are not asked for copies.
- **result**: what a function returned comes back equal, in the same process and in a fresh one.

This page is written by `tests/wild/page.py`.
"""

Found = Mapping[str, Mapping[str, Mapping[str, str]]]
"""What each check gave, by library and expression."""


def rows(found: Found) -> list[str]:
    """Return one line of the table for each library."""
    lines = []
    for library, expressions in sorted(found.items(), key=lambda item: item[0].lower()):
        cells = []
        for check in CHECKS:
            outcomes = [checks[check] for checks in expressions.values() if check in checks]
            cells.append(f"{outcomes.count('right')}/{len(outcomes)}" if outcomes else "")
        lines.append(f"| {library} | " + " | ".join(cells) + " |")
    return lines


def fallen_short(found: Found) -> list[str]:
    """Return what was not right: once for each library and outcome, with the values that had it and the reason."""
    lines = []
    for library, expressions in sorted(found.items(), key=lambda item: item[0].lower()):
        by_outcome: dict[str, list[str]] = {}
        for expression, checks in expressions.items():
            for outcome in sorted({outcome.partition(":")[0] for outcome in checks.values()} - {"right"}):
                by_outcome.setdefault(outcome, []).append(expression)
        for outcome, those in by_outcome.items():
            reasons = sorted({why for expression in those if (why := values.reason(library, expression))})
            shown = ", ".join(f"`{expression}`" for expression in those)
            lines.append(f"- {library}: {shown}: {outcome}" + "".join(f"; {why}" for why in reasons))
    return lines


def page(found: Found) -> str:
    """Return the text of the page."""
    names = " | ".join(CHECKS.values())
    table = [f"| library | {names} |", "|---" * (len(CHECKS) + 1) + "|", *rows(found)]
    short = fallen_short(found) or ["Nothing."]
    return "\n".join([HEAD, *table, "", "## What is not right", "", *short]) + "\n"


if __name__ == "__main__":
    files = sorted(Path(sys.argv[1]).glob("*.json"))
    sys.stdout.write(page({file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}))
