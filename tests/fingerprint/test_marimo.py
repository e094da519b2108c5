"""Elements of marimo's user interface count by their value, and not by the kernel that they lead to."""

from __future__ import annotations

import pytest

from Lutil.checkpoints.testing.fingerprint import simple_digest

mo = pytest.importorskip("marimo")

ELEMENTS = {
    "slider": (lambda: mo.ui.slider(1, 10), lambda: mo.ui.slider(1, 10, value=3), lambda: mo.ui.slider(2, 10)),
    "text": (lambda: mo.ui.text(), lambda: mo.ui.text(value="a"), lambda: mo.ui.text(kind="email")),  # noqa: PLW0108
    "dropdown": (lambda: mo.ui.dropdown(["a", "b"]), lambda: mo.ui.dropdown(["a", "b"], value="b")),
    "array": (lambda: mo.ui.array([mo.ui.slider(1, 9)]), lambda: mo.ui.array([mo.ui.slider(1, 9, value=3)])),
    "dictionary": (lambda: mo.ui.dictionary({"a": mo.ui.text()}), lambda: mo.ui.dictionary({"b": mo.ui.text()})),
}


@pytest.mark.parametrize("kind", ELEMENTS)
def test_equal_elements_agree_and_others_differ(kind):
    makes = ELEMENTS[kind]
    first = makes[0]()
    first._ctx = object()  # the kernel
    assert simple_digest(first) == simple_digest(makes[0]())
    assert len({simple_digest(make()) for make in makes}) == len(makes)
