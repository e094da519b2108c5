"""Every example in README, docs/ and the docstrings of the public face runs."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import Lutil.checkpoints

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_examples_of_a_page_run_in_order(page, program):
    """All ```python blocks of a page form one program; `# not run` as first line leaves one out."""
    blocks = [text for text in BLOCK.findall(page.read_text(encoding="utf-8")) if not text.startswith("# not run")]
    if blocks:
        program.write("\n".join(blocks))
        program.run()
        program.run()


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
