"""`keep_if`: a result is kept only where a function of the user's says so."""

from __future__ import annotations

import asyncio

import pytest

from Lutil.checkpoints import InlineCheckpoint, NotSavedWarning, Store, checkpoint

RAN: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    RAN.clear()


def test_a_result_is_kept_where_it_is_true_and_no_is_no_warning():
    @checkpoint(name="fetch", ignore=["RAN"], keep_if=lambda found: found is not None)
    def fetch(n):
        RAN.append(n)
        return n if n > 1 else None

    assert [fetch(1), fetch(1), fetch(2), fetch(2)] == [None, None, 2, 2]
    assert RAN == [1, 1, 2]
    assert not fetch.is_cached(1)
    assert str(fetch.explain(1)).endswith("an earlier result was not kept: keep_if said no")


def test_the_reason_of_the_next_process_says_that_keep_if_said_no(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint(keep_if=bool)
        def fetch(n):
            return []
        fetch(1)
    """)
    program.run("-W", "error", "main.py")
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing fetch: an earlier result was not kept: keep_if said no" in program.errors
    assert "fetch\t" in program.run("-m", "Lutil", "why")


def test_it_is_asked_of_what_a_block_produced_by_name():
    asked = []

    def is_good(produced):
        asked.append(dict(produced))
        return produced["score"] > 1

    for n in (1, 1, 2, 2):
        with InlineCheckpoint(watch=["n"], produce=["score", "rest"], keep_if=is_good) as cp:
            score, rest = n, [n]
    assert asked == [{"score": 1, "rest": [1]}] * 2 + [{"score": 2, "rest": [2]}]
    assert cp.hit
    assert (score, rest) == (2, [2])


def test_it_is_asked_of_what_a_coroutine_returns():
    @checkpoint(ignore=["RAN"], keep_if=lambda found: found > 1)
    async def fetch(n):
        RAN.append(n)
        return n

    async def main():
        return [await fetch(1), await fetch(1), await fetch(2), await fetch(2)]

    assert asyncio.run(main()) == [1, 1, 2, 2]
    assert RAN == [1, 1, 2]


def test_where_it_raises_the_result_arrives_and_one_notice_says_so():
    @checkpoint(keep_if=lambda found: 1 / 0)
    def fetch(n):
        return [n]

    with pytest.warns(NotSavedWarning, match="keep_if raised ZeroDivisionError") as said:
        assert [fetch(1), fetch(1), fetch(2)] == [[1], [1], [2]]
    assert len(said) == 1
    assert list(Store(".Lutil-checkpoint").list()) == []


def test_a_truth_that_cannot_be_told_counts_as_raised():
    np = pytest.importorskip("numpy")

    @checkpoint(keep_if=lambda found: found > 0)
    def fetch(n):
        return np.arange(n)

    with pytest.warns(NotSavedWarning, match="keep_if raised ValueError"):
        assert len(fetch(3)) == 3


def test_it_is_no_part_of_the_key(program):
    text = """
        from Lutil.checkpoints import checkpoint
        @checkpoint(keep_if={})
        def fetch(n):
            print("ran")
            return n
        fetch(1)
    """
    program.write(text.replace("{}", "bool"))
    assert program.run() == "ran\n"
    program.write(text.replace("{}", "lambda found: found == 7"))
    assert program.run() == ""


def test_what_it_reads_is_no_input_of_the_run(own_folder):
    (own_folder / "limit.txt").write_text("0")

    @checkpoint(ignore=["RAN"], keep_if=lambda found: found > int((own_folder / "limit.txt").read_text()))
    def fetch(n):
        RAN.append(n)
        return n

    fetch(1)
    (own_folder / "limit.txt").write_text("-1")
    fetch(1)
    assert RAN == [1]


def test_what_is_no_function_is_refused_at_once():
    with pytest.raises(TypeError, match="keep_if: a function of the result"):
        checkpoint(keep_if="always")

    async def later(found):
        return True

    with pytest.raises(ValueError, match="plain function"):
        InlineCheckpoint(keep_if=later)
