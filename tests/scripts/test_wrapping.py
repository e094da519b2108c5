"""The harness over real scripts wraps what it says, and judges what ran by what the script does by itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import harness
import wrapping

SCRIPT = '''"""A text."""
from __future__ import annotations
import math

# %%
# The first cell.
rows = [3, 1, 2]
rows.sort()
def half(x): return x / 2

# %%
total = sum(rows)
for row in rows:
    print(row)
smaller = half(total)
print("total", total)
'''


def lines(unit):
    return [one.line for one in wrapping.blocks_of(SCRIPT, unit) if isinstance(one, wrapping.Block)]


def test_cells_and_statements_are_wrapped_and_definitions_and_imports_stay_outside():
    assert lines("cells") == [7, 12]
    assert lines("statements") == [7, 8, 12, 13, 15, 16]
    text = wrapping.rewritten(wrapping.blocks_of(SCRIPT, "cells"), blocks=True)
    assert text.startswith('"""A text."""\nfrom __future__ import annotations\nimport witness')
    assert "\ndef half(x):" in text
    assert "\nimport math" in text
    assert text.count("with _Block(") == 2


def test_a_script_runs_as_it_is_and_three_times_in_blocks(tmp_path):
    file = tmp_path / "plain.py"
    file.write_text(SCRIPT, encoding="utf-8")
    said = harness.tried(file, "statements", seconds=60)
    assert (said["crashed"], said["different"]) == ({}, [])
    assert all(block["hits"] == [True, True] for block in said["blocks"])
    leaves = {block["line"]: block["should"] for block in said["blocks"]}
    assert leaves == {7: True, 8: True, 12: True, 13: True, 15: True, 16: False}
    assert "10 of 10 times they did (100.00%)" in harness.summary({"plain": said})


def seen(after, *, hit=None, printed="", why=""):
    block = {"outside": "", "before": {}, "printed": printed, "after": after}
    if hit is not None:
        block |= {"hit": hit, "why": why}
    return harness.Seen(0, "", {"blocks": {"0": block}, "final": after, "rest": ""})


def judged(plain, again, *runs):
    block = wrapping.Block(1, (), ("x",), ("x",))
    return harness.compared([block], dict(zip(harness.RUNS, (plain, again, *runs), strict=True)))


def test_a_value_that_is_another_one_is_told_and_one_that_varies_by_itself_is_not():
    same, hits = seen({"x": "a"}), [seen({"x": "a"}, hit=False), *[seen({"x": "a"}, hit=True)] * 2]
    assert judged(same, same, *hits)["different"] == []
    wrong = judged(same, same, *hits[:2], seen({"x": "b"}, hit=True))
    assert wrong["different"] == ["third run: line 1: `x` after", "third run: `x` at the end"]
    varies = judged(same, seen({"x": "c"}), *hits[:2], seen({"x": "b"}, hit=True))
    assert varies["different"] == []
    assert (varies["blocks"][0]["should"], varies["blocks"][0]["excused"]) == (False, "differs by itself: x")


def test_a_block_that_ran_again_is_named_with_its_reason_and_lowers_the_figure():
    same = seen({"x": "a"})
    said = judged(same, same, seen({"x": "a"}, hit=False), *[seen({"x": "a"}, hit=False, why="x ran: first run")] * 2)
    text = harness.summary({"plot": said})
    assert "0 of 2 times they did (0.00%)" in text
    assert "plot, line 1: x ran: first run" in text


def test_what_a_skipped_block_would_have_printed_is_missing_and_nothing_else():
    plain = seen({"x": "a"}, printed="1\n")
    ran, skipped = seen({"x": "a"}, hit=False, printed="1\n"), seen({"x": "a"}, hit=True)
    assert judged(plain, plain, ran, skipped, skipped)["different"] == []
    assert judged(plain, plain, skipped, ran, seen({"x": "a"}, hit=False))["different"] == [
        "third run: line 1: printed '', not '1\\n'"
    ]


def test_a_crash_is_told_with_what_the_process_said():
    same = seen({"x": "a"})
    said = judged(same, same, harness.Seen(1, "Traceback: no", {}), *[seen({"x": "a"}, hit=True)] * 2)
    assert said["crashed"] == {"first": "Traceback: no"}
    assert "plot: first run crashed: Traceback: no" in harness.summary({"plot": said})
    json.dumps(said)
