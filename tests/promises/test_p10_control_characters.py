"""P10: names of files, attributes and computations are shown escaped: nothing in a text drives a terminal or hides."""

from __future__ import annotations

import io
import logging
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Lutil.checkpoints import CheckpointError, InlineCheckpoint, NotSavedWarning, UnfingerprintableError, checkpoint
from Lutil.checkpoints.model.process._notices import log
from Lutil.checkpoints.model.secrets._shown_text import escaped, lines_of, shown
from Lutil.checkpoints.report._ledger import ledger

ACTING = {
    "\x1b[31m": "\\x1b[31m",
    "\x07": "\\x07",
    "\x00": "\\x00",
    "\r": "\\r",
    "\n": "\\n",
    "\x7f": "\\x7f",
    "\x9b31m": "\\x9b31m",
    "\x85": "\\x85",
    "\u202e": "\\u202e",
    "\u2066": "\\u2066",
    "\u200f": "\\u200f",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
    "\u200b": "\\u200b",
    "\ufeff": "\\ufeff",
    "\ud800": "\\ud800",
    "\U000e0041": "\\U000e0041",
}


@pytest.mark.parametrize("text", ACTING, ids=ascii)
def test_a_character_that_acts_is_written_as_python_writes_it(text):
    assert escaped(f"a{text}b") == f"a{ACTING[text]}b"


@pytest.mark.parametrize("text", ["plain", "größe_µ", "データ.csv", "emoji 👩\u200d🔬", "a b", "", "a\\x1b"])
def test_text_that_can_be_read_is_left_as_it_is(text):
    assert escaped(text) == text


@given(st.text(st.characters()))
def test_what_is_shown_is_one_line_that_every_stream_can_encode(text):
    line = shown(text)
    assert len((line + "x").splitlines()) == 1
    assert "\x1b" not in line
    line.encode()
    assert escaped(line) == line


def test_lines_are_those_of_the_text_and_tabs_stay():
    assert lines_of("+\ta\x0cb\n-\x1b\u2028") == ["+\ta\\x0cb", "-\\x1b\\u2028"]
    assert lines_of("") == []


NAMES = ["a\x1b]0;title\x07", "a\nrecomputing g: hit", "a\u202eb", "a\x9b2J"]


def texts_of(found):
    return str(found), found.details(), found._repr_html_(), repr(found)


def assert_calm(*texts):
    for text in texts:
        assert not any(mark in text for mark in "\x1b\x07\u202e\x9b\ud800"), ascii(text)
        assert "recomputing g" not in [line.strip() for line in text.split("\n")], text
        text.encode()


@pytest.fixture
def logged():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log.logger.addHandler(handler)
    log.logger.setLevel(logging.DEBUG)
    yield stream
    log.logger.removeHandler(handler)
    log.logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_of_files_are_shown_escaped(name, own_folder, logged):
    @checkpoint
    def read(path):
        with open(path) as file:
            return file.read()

    try:
        (own_folder / name).write_text("1")
    except OSError:
        pytest.skip("no such name on this file system")
    read(name)
    (own_folder / name).write_text("22")
    assert_calm(*texts_of(read.explain(name)), *texts_of(read.explain(name + "2")))
    read(name)
    assert_calm(logged.getvalue())


@pytest.mark.parametrize("name", [*NAMES, "a\ud800"], ids=ascii)
def test_names_of_attributes_keys_and_computations_are_shown_escaped(name, logged, capsys):
    @checkpoint(name=name.replace("\ud800", "x"))
    def read(thing, table, **more):
        return 1

    thing = types.SimpleNamespace()
    setattr(thing, name, 1)
    read(thing, {name: 1}, **{name: 1})
    setattr(thing, name, 2)
    found = read.explain(thing, {name: 2}, **{name: 2})
    assert_calm(*texts_of(found))
    read(thing, {name: 2}, **{name: 2})
    assert_calm(logged.getvalue(), str(ledger), *capsys.readouterr())


@pytest.mark.parametrize("name", [*NAMES, "a\ud800"], ids=ascii)
def test_errors_and_warnings_are_shown_escaped(name, logged):
    class Odd:
        def __reduce__(self):
            raise ValueError(name)

    @checkpoint
    def read(thing):
        return Odd()

    thing = types.SimpleNamespace()
    setattr(thing, name, open(__file__))  # noqa: SIM115
    with thing.__dict__[name], pytest.raises(UnfingerprintableError) as caught:
        read(thing)
    assert_calm(str(caught.value))
    assert_calm(str(CheckpointError(name)))
    with pytest.warns(NotSavedWarning) as warned:
        read(1)
    assert_calm(*(str(one.message) for one in warned), logged.getvalue())


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_block_and_its_names_are_shown_escaped(name, logged):
    for size in (1, 2):
        table = {name: size}
        with InlineCheckpoint(name=name, watch=["table"], produce=["n"]) as cp:
            n = len(table)
        assert_calm(*texts_of(cp.explain()))
    assert n == 1
    assert_calm(logged.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_line_on_stderr_never_crashes_a_program(encoding, program):
    program.write("""
        import os
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(table, **more): return 1
        for n in range(2):
            f({"a\\ud800\\x1b": n}, **{"b\\udcff\\u202e": n})
        print("done")
    """)
    assert program.run(LUTIL_EXPLAIN="1", PYTHONIOENCODING=encoding) == "done\n"
    assert "running f: another call, argument `table[" in program.errors
    assert_calm(program.errors)
