"""What is recorded of a cell's output is what is left to be seen of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Lutil.checkpoints.ipython._output import OutputRecorder, overwritten


def screen(text):
    """What a terminal without a right margin shows."""
    lines, column = [[]], 0
    for char in text:
        if char == "\n":
            lines.append([])
            column = 0
        elif char == "\r":
            column = 0
        else:
            lines[-1][column : column + 1] = [char]
            column += 1
    return "\n".join("".join(line) for line in lines)


@given(st.text("ab \r\n", max_size=40))
def test_carriage_returns_overwrite_as_on_a_screen(text):
    assert screen(overwritten(text)) == screen(text)
    assert "\r" not in overwritten(text)


@given(st.text("ab\n", max_size=20))
def test_a_text_without_carriage_returns_is_kept_as_it_is(text):
    assert overwritten(text) == text


class Shell:
    """As much of a shell as a recorder wraps."""

    def __init__(self):
        self.display_pub = self.display_formatter = self
        self.seen = []

    def publish(self, data, metadata=None, **options):
        self.seen.append(data)

    def clear_output(self, wait=False):
        self.seen.clear()

    def format(self, value):
        return {"text/plain": repr(value)}, {}


def test_after_a_cell_everything_is_as_it_was_whatever_the_cell_did():
    shell = Shell()

    def cell():
        assert "publish" in vars(shell)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), OutputRecorder(shell):
        cell()
    assert set(vars(shell)) == {"display_pub", "display_formatter", "seen"}


def test_output_is_passed_on_as_it_comes_and_recorded_in_order():
    shell = Shell()
    with OutputRecorder(shell) as recorder:
        shell.publish({"text/plain": "gone"})
        shell.clear_output(wait=True)
        assert len(recorder.since(0)) == 1
        shell.publish({"text/plain": "1"}, transient={"display_id": "a"})
        print("text")
        shell.publish({"text/plain": "2"}, transient={"display_id": "a"}, update=True)
        shell.publish({"text/plain": "3"}, transient={"display_id": "elsewhere"}, update=True)
    assert [data["text/plain"] for data in shell.seen] == ["1", "2", "3"]
    assert recorder.since(0) == [
        ("display", {"text/plain": "2"}, {}),
        ("stdout", "text\n", None),
        ("update", {"text/plain": "3"}, ({}, "elsewhere")),
    ]


def test_a_widget_is_recorded_by_what_another_kernel_can_show_of_it():
    shell = Shell()
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "a slider"}
    with OutputRecorder(shell) as recorder:
        shell.publish(widget)
    assert recorder.since(0) == [("display", {"text/plain": "a slider"}, {})]
