"""What a run asks again costs little, and is observed exactly as if each question were looked at."""

# Paths are text here, and questions are asked in every way there is.
# ruff: noqa: PTH107, PTH109, PTH112, PTH113, PTH116, PTH120, PTH103

from __future__ import annotations

import os
import pathlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Lutil.checkpoints.observe import Mode, Recorder
from Lutil.checkpoints.observe.files import _existence
from Lutil.checkpoints.observe.streams._stream_log import StreamLog
from Lutil.checkpoints.observe.surroundings import _process_inputs


class Forgetful(dict):
    """A table that keeps nothing."""

    def __setitem__(self, key, value):
        pass


def observed(body, *, forgetful):
    """Return what was observed of a body; without what makes a question that was asked before cheap."""
    recorder = Recorder(root=os.getcwd())
    if forgetful:
        recorder.asked = Forgetful()
        recorder.environment.settled = type("Nothing", (set,), {"add": lambda *_: None})()
    recorder.start()
    if forgetful:
        recorder.streams.seeded_at = Forgetful()
    try:
        body()
    finally:
        seen = recorder.stop()
    return seen


def named(path):
    return os.stat(path)


def getsize(path):  # called as the question of the standard library is
    return os.stat(path).st_size


def or_none(function):
    def ask(path):
        try:
            return function(path)
        except OSError:
            return None

    return ask


QUESTIONS = {
    **{name: getattr(os.path, name) for name in ("exists", "lexists", "isfile", "isdir", "islink")},
    **{name: or_none(getattr(os.path, name)) for name in ("getsize", "getmtime")},
    **{name: or_none(getattr(os, name)) for name in ("stat", "lstat")},
    "access": lambda path: os.access(path, os.R_OK),
    "named": or_none(named),
    "own getsize": or_none(getsize),
    "Path.exists": lambda path: pathlib.Path(path).exists(),
    "Path.is_file": lambda path: pathlib.Path(path).is_file(),
    "Path.stat": or_none(lambda path: pathlib.Path(path).stat()),
    "no links": or_none(lambda path: os.stat(path, follow_symlinks=False)),
    "makedirs": lambda path: os.makedirs(path + ".d", exist_ok=True),
    "write": lambda path: pathlib.Path(path).write_text("new") if os.path.isdir(os.path.dirname(path)) else None,
    "remove": lambda path: os.path.isfile(path) and os.remove(path),
    "read": or_none(lambda path: open(path).close()),
}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(QUESTIONS)), st.sampled_from(["a", "b", "none", "./a"])), max_size=14)


def inputs(seen):
    """Return the inputs; where all of a stat counts, its parts do anyhow."""
    found = dict(zip(seen.trace.names, [part.digest for part in seen.parts], strict=True))
    whole = {one.name for one in found if one.mode == Mode.STAT}
    parts = {Mode.EXISTING, Mode.SIZE}
    return {one: digest for one, digest in found.items() if not (one.name in whole and one.mode in parts)}


@given(steps=STEPS)
def test_questions_for_files_are_observed_as_if_each_were_new(steps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    seen = []
    before = os.getcwd()
    os.chdir(folder)
    try:
        for forgetful in (True, False):
            for name in ("a", "b"):
                (folder / name).write_text(name)
                os.utime(folder / name, (1, 1))
            (folder / "none").unlink(missing_ok=True)
            for made in folder.glob("*.d"):
                made.rmdir()

            def body():
                for question, name in steps:
                    QUESTIONS[question](name if name.startswith(".") else str(folder / name))

            seen.append(observed(body, forgetful=forgetful))
    finally:
        os.chdir(before)
    assert inputs(seen[0]) == inputs(seen[1])
    assert seen[0].written == seen[1].written
    assert seen[0].unstable == seen[1].unstable


DRAWS = {
    "seed 1": lambda _: random.seed(1),
    "seed 2": lambda _: random.seed(2),
    "seed by name": lambda _: random.seed(a=3),
    "seed by the system": lambda _: random.seed(),
    "draw": lambda _: random.random(),
    "save": lambda kept: kept.append(random.getstate()),
    "back": lambda kept: random.setstate(kept[-1] if kept else random.getstate()),
    "an inner run": None,
}


@given(steps=st.lists(st.sampled_from(sorted(DRAWS)), max_size=12), seeded=st.booleans())
def test_seeding_is_observed_as_if_each_were_new(steps, seeded):
    kept_before = random.getstate()
    seen = []
    try:
        for forgetful in (True, False):
            random.seed(7 if seeded else None)
            recorders = []

            def body():
                kept = []
                for step in steps:
                    if step == "an inner run":
                        inner = Recorder(root="/")
                        inner.start()
                        recorders.append(inner)
                    else:
                        DRAWS[step](kept)
                while recorders:
                    recorders.pop().stop()

            seen.append(observed(body, forgetful=forgetful))
    finally:
        random.setstate(kept_before)
    # What the operating system seeds is another state each time.
    assert seen[0].trace.names == seen[1].trace.names
    assert seen[0].streams_after.keys() == seen[1].streams_after.keys()
    if seeded and "seed by the system" not in steps:
        assert seen[0].digest == seen[1].digest
        assert seen[0].streams_after == seen[1].streams_after


@pytest.mark.parametrize("question", ["exists", "isfile", "getmtime", "stat", "named", "own getsize", "Path.exists"])
@pytest.mark.parametrize("name", ["a", "none"])
def test_what_was_asked_before_is_not_looked_at_again(tmp_path, monkeypatch, question, name):
    (tmp_path / "a").write_text("a")
    looked = []
    count = _existence._count
    monkeypatch.setattr(_existence, "_count", lambda *args: looked.append(args[2]) or count(*args))
    path = str(tmp_path / name)
    observed(lambda: [QUESTIONS[question](path) for _ in range(50)], forgetful=False)
    assert len(looked) <= 2


def test_what_was_read_of_the_environment_is_not_looked_at_again(monkeypatch):
    monkeypatch.setenv("A", "1")
    looked = []
    told = _process_inputs._told
    monkeypatch.setattr(_process_inputs, "_told", lambda *args: looked.append(args[1]) or told(*args))
    seen = observed(lambda: [os.environ.get(name) for name in ("A", "NONE") * 20], forgetful=False)
    assert looked == ["A", "NONE"]
    assert [one.name for one in seen.trace.names] == ["A", "NONE"]


def test_a_stream_that_is_seeded_again_is_not_read(monkeypatch):
    looked = []
    after = StreamLog.after_seeding
    monkeypatch.setattr(StreamLog, "after_seeding", lambda *args, **kwargs: looked.append(1) or after(*args, **kwargs))
    observed(lambda: [random.seed(number) for number in range(20)], forgetful=False)
    assert len(looked) == 1
