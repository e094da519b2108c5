"""Reasons: the most telling change first, on one line of 80 columns, without secrets; the whole in `details`."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from Lutil.checkpoints import InlineCheckpoint, NotSavedWarning, checkpoint, configure
from Lutil.checkpoints.faces._explain import Explanation
from Lutil.checkpoints.model._key import Note, NoteKind, Part, PartKind
from Lutil.checkpoints.model._outcome import Cause, Difference, Reason
from Lutil.checkpoints.model.secrets._shown_text import shown
from Lutil.checkpoints.report import _reasons
from Lutil.checkpoints.report._ledger import spell

kinds = st.sampled_from(list(PartKind))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=120)
differences = st.builds(Difference, kinds, texts.filter(bool), st.none() | texts, st.none() | texts)
reasons = st.builds(Reason, st.sampled_from(list(Cause)), texts, st.lists(differences, max_size=4).map(tuple))


TIGHT = (Difference(PartKind.ARGUMENT, "00000000", "000", "001"), Difference(PartKind.ARGUMENT, "0", None, None))


@given(reasons, texts.filter(bool))
@example(Reason(Cause.FIRST_RUN, "", TIGHT), "000000000")
def test_a_reason_is_one_line_of_80_columns_whatever_the_names_and_values(reason, name):
    line = _reasons.titled("Lutil: recomputing {}", name, reason)
    assert len(line) <= (200 if reason.cause in _reasons._PROSE else 80)  # what is told in words gets the room for it
    assert "\n" not in line


@given(texts, st.integers(3, 100))
def test_a_text_is_shortened_in_its_middle_and_only_where_it_has_to_be(text, width):
    short = _reasons.shorten(text, width)
    assert len(short) <= width
    flat = shown(" ".join(text.split()) if "\n" in text else text)
    if len(flat) <= width:
        assert short == flat
    else:
        head, tail = short.split("…", 1) if flat.count("…") == 0 else (short[: width // 2], "")
        assert flat.startswith(head)
        assert flat.endswith(tail)


def part(kind, path, value, kept=b""):
    return Part(kind, path, repr(value).encode(), repr(value), kept)


def test_what_a_person_has_set_is_named_before_what_follows_from_it():
    paths = [
        "model.steps[0][1].coef_",
        "model._Booster",
        "model.estimators_[0].seed",
        "model.steps[1][1].learning_rate",
    ]
    old, new = ([part(PartKind.ARGUMENT, path, value) for path in paths] for value in (1, 2))
    assert [found.path for found in _reasons.compare(old, new)] == [paths[3], *paths[:3]]


SAID = {
    "argument `k` changed 20 -> 50": (Difference(PartKind.ARGUMENT, "k", "20", "50"),),
    "watched `df['price'][17]` changed 3.0 -> 4.0": (Difference(PartKind.WATCHED, "df['price'][17]", "3.0", "4.0"),),
    "argument `x` changed (and 1 more)": (
        Difference(PartKind.ARGUMENT, "x", "<A>", "<A>"),
        Difference(PartKind.GLOBAL, "k", "1", "2"),
    ),
    "code of `helpers.clean` changed": (Difference(PartKind.CODE, "helpers.clean"),),
    "file `data/x.csv` changed": (Difference(PartKind.FILE, "project:data/x.csv"),),
    "random stream `numpy` stands elsewhere": (Difference(PartKind.STREAM, "numpy"),),
    "library `numpy` changed 1.26 -> 2.0": (Difference(PartKind.LIBRARY, "numpy", "1.26", "2.0"),),
    "global `cfg['new']` is new": (Difference(PartKind.GLOBAL, "cfg['new']", None, "1"),),
    "global `cfg['old']` is gone": (Difference(PartKind.GLOBAL, "cfg['old']", "1", None),),
    "argument `api_key` changed": (Difference(PartKind.ARGUMENT, "api_key", "'sk-1'", "'sk-2'"),),
    "argument `cfg` changed {'token': '…'} -> {'token': '…', 'k': 1}": (
        Difference(PartKind.ARGUMENT, "cfg", "{'token': 'sk-1'}", "{'token': 'sk-1', 'k': 1}"),
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_a_change_is_said_in_the_words_of_its_writer(said):
    assert _reasons.sentence(Reason(Cause.CHANGED, "", SAID[said])) == said


def test_long_values_lose_their_middle_so_that_both_ends_and_the_path_can_be_read():
    change = Difference(PartKind.ARGUMENT, "rows", "[" + "1, " * 30 + "9]", "[" + "2, " * 30 + "8]")
    line = _reasons.sentence(Reason(Cause.CHANGED, "", (change,)))
    assert line.startswith("argument `rows` changed [1, 1,")
    assert " -> [2, 2" in line
    assert line.endswith("8]")
    assert len(line) <= 80


def test_a_name_is_not_cut_short_for_values_that_nobody_could_read():
    change = Difference(PartKind.ARGUMENT, "self.cfg['model']['name']", "'ridge'", "'lasso'")
    said = "argument `self.cfg['model']['name']` changed"
    for width in (45, 50, 60):
        line = _reasons.sentence(Reason(Cause.CHANGED, "", (change,)), width)
        assert line in {said, f"{said} 'ridge' -> 'lasso'"}


def test_what_a_person_did_is_named_before_what_happened_to_them():
    places = [(PartKind.LIBRARY, "numpy"), (PartKind.GLOBAL, "k"), (PartKind.ARGUMENT, "x")]
    old, new = [part(*place, 1) for place in places], [part(*place, 2) for place in places]
    assert [item.path for item in _reasons.compare(old, new)] == ["x", "k", "numpy"]


def test_what_edited_code_reaches_anew_is_listed_last_and_not_counted():
    old = [part(PartKind.CODE, "f", 1), part(PartKind.CODE, "g", 1)]
    new = [part(PartKind.CODE, "f", 2), part(PartKind.CODE, "h", 1), part(PartKind.GLOBAL, "k", 2)]
    found = _reasons.compare(old, new)
    assert [item.path for item in found] == ["f", "h", "g", "k"]
    assert _reasons.sentence(Reason(Cause.CHANGED, "", found)) == "code of `f` changed"


def test_comments_do_not_show_and_literals_of_secrets_neither():
    before = b"def f():\n    API_KEY = 'sk-1'  # mine\n    return ask(token=\"abc\")\n"
    after = b"def f():\n    # other\n    API_KEY = 'sk-2'\n    return ask(token=\"xyz\", k=1)\n"
    (change,) = _reasons.compare([part(PartKind.CODE, "f", 1, before)], [part(PartKind.CODE, "f", 2, after)])
    assert "+    return ask(token='…', k=1)" in change.diff
    for word in ("sk-", "abc", "xyz", "mine", "other"):
        assert word not in change.diff


def test_details_list_every_change_in_full_and_all_that_does_not_count():
    changes = tuple(Difference(PartKind.ARGUMENT, f"x{n}", str(n), "v" * 100) for n in range(3))
    notes = (
        Note(NoteKind.EFFECT, "calls", "appended to"),
        Note(NoteKind.WRITTEN, "out.csv", ""),
        Note(NoteKind.BLIND_SPOT, "socket", "network"),
    )
    text = Explanation("f", False, Reason(Cause.CHANGED, "", changes), notes).details()
    assert all(f"argument x{n}: {n} -> {'v' * 100}" in text for n in range(3))
    for said in ("calls (appended to)", "nor replayed by a skip", "out.csv", "as it left them after a skip"):
        assert said in text


def test_html_shows_the_same_whatever_it_holds():
    code = Difference(PartKind.CODE, "f", diff=" def f():\n-    return a < 1\n+    return a > 1")
    change = Difference(PartKind.ARGUMENT, "<b>x</b>", "'<script>'", "'&'")
    notes = (Note(NoteKind.HANDLE, "<lock>", "a lock"),)
    page = Explanation("<f>", False, Reason(Cause.CHANGED, "", (code, change)), notes)._repr_html_()
    for raw in ("<script>", "<b>x", "<lock>", "<f>"):
        assert raw not in page
    for said in ("&lt;f&gt; would run: code of", "a &lt; 1", "&lt;script&gt;", "&lt;lock&gt;"):
        assert said in page
    assert page.count("<details") == page.count("</details>") == 1
    assert Explanation("f", True, saved=2.0)._repr_html_().endswith("f would be skipped: 2.0 s saved</div>")


def test_the_nearest_entry_is_the_one_with_most_in_common():
    @checkpoint(name="f")
    def f(a, b, c):
        return a, b, c

    f(1, 1, 1)
    f(2, 2, 2)
    assert str(f.explain(1, 1, 2)) == "f would run: argument `c` changed 1 -> 2"
    assert "argument `a` changed 2 -> 3" in str(f.explain(3, 2, 2))
    assert f.explain(1, 1, 1).hit


def test_another_block_of_the_same_name_is_no_earlier_version_of_this_one():
    rows, size = [1, 2], 3
    with InlineCheckpoint(watch=["rows"], produce=["x"]) as one:
        x = sum(rows)
    with InlineCheckpoint(watch=["size"], produce=["x"]) as two:
        x = "b" * size
    assert x == "bbb"
    assert str(two.explain()) == "x ran: first run"
    size = 4
    with InlineCheckpoint(watch=["size"], produce=["x"], recompute=True) as three:
        x = "c" * size
    assert str(three.explain()) == "x ran: recompute asked"
    assert str(one.explain()) == "x ran: first run"


def test_a_block_tells_what_happened_when_it_was_entered_last():
    seen = []
    for a in (1, 1, 2):
        with InlineCheckpoint() as cp:
            b = a + 1
        seen.append(re.sub(r"skipped: .*", "skipped", str(cp.explain())))
    a = 5
    assert seen == ["b ran: first run", "b was skipped", "b ran: watched `a` changed 1 -> 2"]
    assert str(cp.explain()) == seen[-1]
    assert b == 3
    configure(disable=True)
    with cp:
        b = a
    assert str(cp.explain()) == "b ran: caching is disabled"


def test_what_a_run_met_is_part_of_what_is_told_of_it(tmp_path):
    with InlineCheckpoint() as cp:
        (tmp_path / "out.txt").write_text("x")
    assert "out.txt" in cp.explain().details()


def test_a_result_that_was_not_kept_is_the_reason_of_the_next_run():
    @checkpoint(name="opens")
    def opens(path):
        return open(path)

    with pytest.warns(NotSavedWarning):
        opens(__file__).close()
    assert str(opens.explain(__file__)).startswith("opens would run: an earlier result was not kept")


def test_the_log_tells_runs_with_their_reason_and_skips(caplog):
    @checkpoint(name="logged")
    def f(x):
        return x

    with caplog.at_level(logging.DEBUG, "Lutil.checkpoints"):
        f(1)
        f(1)
        f(2)
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0] == "running logged: first run"
    assert messages[1].startswith("hit logged ")
    assert messages[2] == "running logged: another call, argument `x` differs 1 -> 2"


def test_each_line_that_is_asked_for_goes_to_stderr_and_a_summary_ends_it(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            return x
        f(1), f(1), f(2)
    """)
    assert program.run(LUTIL_EXPLAIN="1") == ""
    lines = program.errors.splitlines()
    assert lines[:2] == ["Lutil: running f: first run", "Lutil: running f: another call, argument `x` differs 1 -> 2"]
    assert lines[2].startswith("Lutil: 1 skipped, 2 run; ")
    assert program.run() == ""
    assert program.errors == ""


def test_a_worker_says_what_it_runs_and_leaves_the_summary_to_the_program(program):
    program.write("""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            return x
        if __name__ == "__main__":
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                assert list(pool.map(f, [1, 1, 2])) == [1, 1, 2]
            f(3)
    """)
    program.run(LUTIL_EXPLAIN="1")
    runs = [line for line in program.errors.splitlines() if "skipped" not in line]
    assert len(runs) == 3
    assert [line.partition(";")[0] for line in program.errors.splitlines() if line not in runs] == [
        "Lutil: 0 skipped, 1 run"
    ]


@given(st.floats(0, 1e6))
def test_a_length_of_time_is_spelled_shortly(seconds):
    text = spell(seconds)
    assert len(text) <= 12
    assert text[0].isdigit()
