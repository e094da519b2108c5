"""Tools that look at a function show the function, not the wrapper: inspect, help, doctest, IPython, completion."""

from __future__ import annotations

import doctest
import inspect
import pydoc
import sys
from typing import get_type_hints

import pytest

from Lutil.checkpoints import Memory, checkpoint


@checkpoint
def double(x: int, *, k: int = 2) -> int:
    """Multiply.

    >>> double(2)
    4
    """
    return x * k


@Memory(None).cache
def triple(x: int, *, k: int = 3) -> int:
    """Multiply.

    >>> triple(2)
    6
    """
    return x * k


class Model:
    @checkpoint
    def scale(self, x: int, *, k: int = 2) -> int:
        """Multiply."""
        return x * k

    @classmethod
    @checkpoint
    def of(cls, x: int, *, k: int = 2) -> int:
        """Multiply."""
        return x * k

    @staticmethod
    @checkpoint
    def half(x: int, *, k: int = 2) -> int:
        """Multiply."""
        return x // k

    @checkpoint
    async def later(self, x: int, *, k: int = 2) -> int:
        """Multiply."""
        return x * k


NAMES = ["double", "triple", "Model().scale", "Model.scale", "Model.of", "Model.half", "Model().later"]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_inspect_shows_the_function(name):
    found = eval(name)
    expected = "(x: 'int', *, k: 'int' = {}) -> 'int'".format(3 if name == "triple" else 2)
    expected = expected if name != "Model.scale" else expected.replace("(", "(self, ", 1)
    assert str(inspect.signature(found)) == expected
    assert inspect.getdoc(found).startswith("Multiply.")
    assert inspect.getsource(found).lstrip().startswith("@")
    assert f"def {found.__name__}(" in inspect.getsource(found)
    assert inspect.getsourcefile(found) == __file__
    assert inspect.isroutine(found)
    assert get_type_hints(found) == {"x": int, "k": int, "return": int}
    assert inspect.iscoroutinefunction(found) == (name == "Model().later")


def test_what_asks_a_class_for_its_annotations_hides_none_of_a_function(name):
    found = eval(name)
    for cls in type(found).__mro__[:-1]:
        getattr(cls, "__annotations__", None)  # gives the class a dict on Python before 3.14
    assert get_type_hints(found) == {"x": int, "k": int, "return": int}


def test_help_shows_the_function(name):
    text = pydoc.plain(pydoc.render_doc(eval(name)))
    assert "Multiply." in text
    assert "Checkpointed" not in text
    assert "k: 'int' = " in text


def test_help_of_the_module_lists_its_functions():
    text = pydoc.plain(pydoc.render_doc(sys.modules[__name__]))
    functions, data = text.partition("FUNCTIONS")[2].partition("DATA")[::2]
    for name in ("double(x", "triple(x"):
        assert name in functions
        assert name not in data


def test_doctest_finds_the_examples():
    tests = [test for test in doctest.DocTestFinder().find(sys.modules[__name__]) if test.examples]
    assert [test.name.rpartition(".")[2] for test in tests] == ["double", "triple"]
    runner = doctest.DocTestRunner()
    assert [runner.run(test).failed for test in tests] == [0, 0]
    assert all(test.lineno for test in tests)


IPYTHON = """
    from IPython.core.completer import provisionalcompleter
    from IPython.core.interactiveshell import InteractiveShell
    from Lutil.checkpoints import Memory, checkpoint

    class Model:
        @checkpoint
        def scale(self, x, *, k=2):
            'Multiply.'
            return x * k

    @Memory(None).cache
    def triple(x, *, k=3):
        'Multiply.'
        return x * k

    double = Model().scale
    shell = InteractiveShell.instance(user_ns=globals())
    for name in ("Model.scale", "triple"):
        short, long = (shell.object_inspect(name, detail_level=level) for level in (0, 1))
        print(short["definition"], short["docstring"], "return x * k" in long["source"], long["file"].endswith("main.py"))
    with provisionalcompleter():
        for text in ("Model.scale.is_c", "double.forg", "triple.call_"):
            print(*(found.text for found in shell.Completer.completions(text, len(text))))
"""


def test_ipython_shows_and_completes_the_function(program):
    pytest.importorskip("IPython")
    program.write(IPYTHON)
    assert program.run().splitlines() == [
        "Model.scale(self, x, *, k=2) Multiply. True True",
        "triple(x, *, k=3) Multiply. True True",
        "is_cached",
        "forget",
        "call_and_shelve",
    ]
