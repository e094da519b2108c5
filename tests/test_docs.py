"""Every example in README, docs/ and the docstrings of the public face runs."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import Lutil.checkpoints

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"^<!-- needs: (.*) -->$", re.MULTILINE)
MARK = "\x1e"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_examples_of_a_page_run_in_order_and_print_what_it_says(page, program):
    """All ```python blocks of a page form one program; `# not run` as first line leaves one out.

    A ```text block that follows one is what it prints, in the first run of the page and in the second. A page that
    `<!-- needs: a, b -->` is run where these libraries are.
    """
    content = page.read_text(encoding="utf-8")
    for library in ", ".join(NEEDS.findall(content)).split(", "):
        pytest.importorskip(library or "pytest")
    blocks = [found for found in BLOCK.findall(content) if not found[0].startswith("# not")]
    program.write("".join(f"{text}print({MARK!r})\n" for text, _ in blocks))
    for _ in range(2 if blocks else 0):
        printed = program.run().split(f"{MARK}\n")
        for (_, expected), found in zip(blocks, printed, strict=False):
            assert not expected or found == expected


def public_docstrings():
    for name in Lutil.checkpoints.__all__:
        thing = getattr(Lutil.checkpoints, name)
        for test in doctest.DocTestFinder(exclude_empty=True).find(thing, name, globs={}):
            if test.examples:
                yield pytest.param(test, id=test.name)


@pytest.mark.parametrize("test", list(public_docstrings()))
def test_the_examples_of_a_public_docstring_hold(test, own_folder):
    test.globs.update({name: getattr(Lutil.checkpoints, name) for name in Lutil.checkpoints.__all__})
    test.globs["__name__"] = "__main__"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test).failed == 0
