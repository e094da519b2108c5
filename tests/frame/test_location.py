"""Where a block stands, as people would write it."""

from __future__ import annotations

import sys
from pathlib import Path

from frame_support import define

from Lutil.checkpoints.frame import location


def here():
    return location(sys._getframe(1))


def test_a_file_below_the_working_directory_is_named_from_there(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent)
    assert here() == f"test_location.py:{sys._getframe().f_lineno}"
    assert location(sys._getframe(), 7) == "test_location.py:7"


def test_a_file_elsewhere_is_named_in_full(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert here() == f"{__file__}:{sys._getframe().f_lineno}"


def test_a_working_directory_that_is_gone_does_no_harm(monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert here().startswith(__file__)


def test_code_without_a_file_keeps_its_name():
    assert define("\nwhere = here()", filename="<stdin>", here=here)["where"] == "<stdin>:2"
    cell = "<ipython-input-12-0123456789ab>"
    assert define("\nwhere = here()", filename=cell, here=here)["where"] == "cell In[12]:2"
