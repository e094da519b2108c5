"""Changes of text, place and company that change nothing for the computation: none of them counts."""

from programs import hit

HELPED = "def g(x):\n    return x + 1\n@@ g(x)"
MODULED = "import helpers\n@@ helpers.g(x)\n#: helpers.py\nK = 1\ndef other(x): return x - 1\ndef g(x): return x + 1"
LONG = """
def g(x):
    total = 0
    for i in range(x):
        if i % 2 and i > 0 or i == 0:
            total += max(i, 1)
    return "a" + str((total, x))
@@ g(x)
"""
JOB = """
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
"""

CASES = [
    hit("a comment", HELPED, ("return x + 1", "# why\n    return x + 1  # because")),
    hit("a comment in the computation itself", "@@ (x + 1)", ("(x + 1)", "(x + 1)  # because")),
    hit("a comment above", HELPED, ("def g", "# A helper.\n#\n# It helps.\ndef g")),
    hit("a docstring", HELPED, ("    return", '    """Say."""\n    return')),
    hit("another docstring", HELPED.replace("    return", "    'Say.'\n    return"), ("'Say.'", "'Say more.'")),
    hit("a docstring that goes", HELPED.replace("    return", "    'Say.'\n    return"), ("    'Say.'\n", "")),
    hit("a docstring of a module", MODULED, ("K = 1", '"""Say."""\nK = 1')),
    hit("a docstring of a class", "class A:\n    k = 1\n@@ A().k", ("    k", '    """Say."""\n    k')),
    hit("a docstring of a nested function", "def g(x):\n    def h(): return x\n    return h()\n@@ g(x)", ("def h(): return x", "def h():\n        'Say.'\n        return x")),
    hit("blank lines", HELPED, ("    return", "\n\n    return")),
    hit("the computation moves down", HELPED, ("def g", "\n\n\n\n\ndef g")),
    hit("a long formatted function", LONG, after="""
        def g(x):
            total = 0

            for i in range(
                x,
            ):
                if (
                    i % 2
                    and i > 0
                    or i == 0
                ):
                    total += max(
                        i,
                        1,
                    )
            return (
                'a'
                + str(
                    (total, x),
                )
            )
        @@ g(x)
        """),
    hit("quotes", "@@ 'a' * x", ("'a'", '"a"')),
    hit("how a text is written", "@@ 'ab' * x", ("'ab'", "('a' 'b')")),
    hit("how a number is written", "@@ 1000 + x", ("1000", "1_000")),
    hit("a number in another base", "@@ 255 + x", ("255", "0xFF")),
    hit("brackets", "@@ x + 1 * 2", ("x + 1 * 2", "(x) + (1 * 2)")),
    hit("indentation", HELPED, ("    return x", "        return x")),
    hit("semicolons", "def g(x):\n    a = x; return a\n@@ g(x)", ("a = x; return a", "a = x\n    return a")),
    hit("an annotation that nothing reads", HELPED, ("def g(x):", "def g(x: int) -> int:")),
    hit("another annotation", HELPED.replace("g(x):", "g(x: int):"), ("int", "float")),
    hit("an annotation of a local", "def g(x):\n    a = x\n    return a\n@@ g(x)", ("a = x", "a: int = x")),
    hit("an annotation of a global", "K = 1\n@@ x + K", ("K = 1", "K: int = 1")),
    hit("an annotation of a class attribute", "class A:\n    k = 1\n@@ A.k", ("k = 1", "k: int = 1")),
    hit("an annotation on the computation", '@checkpoint\ndef f(x):\n    print("ran")\n    return x\nprint(f(3))', ("(x):", "(x: int) -> int:")),
    hit("from __future__ import annotations in a helper's file", "import helpers\n@@ helpers.g(x)\n#: helpers.py\ndef g(x: int): return x + 1", ("def g", "from __future__ import annotations\ndef g")),
    hit("a typed signature under TYPE_CHECKING", HELPED, ("def g", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef g")),
    hit("functions change places", "def a(x): return x + 1\ndef b(x): return a(x)\n@@ b(x)", ("def a(x): return x + 1\ndef b(x): return a(x)", "def b(x): return a(x)\ndef a(x): return x + 1")),
    hit("methods change places", "class A:\n    def a(self): return 1\n    def b(self): return 2\n@@ A().a()", ("    def a(self): return 1\n    def b(self): return 2", "    def b(self): return 2\n    def a(self): return 1")),
    hit("another function of the file", MODULED, ("x - 1", "x - 2")),
    hit("another function of the script", f"def other(x): return x - 1\n{HELPED}", ("x - 1", "x - 2")),
    hit("another global of the file", MODULED, ("K = 1", "K = 2")),
    hit("another global of the script", f"K = 1\n{HELPED}", ("K = 1", "K = 2")),
    hit("another class of the file", MODULED, ("K = 1", "K = 1\nclass A: pass")),
    hit("a further decorated function", HELPED, ("def g", "@checkpoint\ndef other(x): return x\ndef g")),
    hit("a further method of an unreached class", f"class A:\n    def m(self): return 1\n{HELPED}", ("return 1", "return 2")),
    hit("an unused import", HELPED, ("def g", "import json\ndef g")),
    hit("an unused import of a project module", "import unused\n@@ x + 1\n#: unused.py\nK = 1", ("K = 1", "K = 2")),
    hit("a module that appears beside", HELPED, after=f"{HELPED}\n#: more.py\nK = 1"),
    hit("another item of a dict by constant key", "C = {'lr': 1, 'seed': 5}\n@@ x + C['lr']", ("'seed': 5", "'seed': 6")),
    hit("another function in a dict by constant key", "def a(x): return x\ndef b(x): return -x\nD = {'a': a, 'b': b}\n@@ D['a'](x)", ("-x", "-x - 1")),
    hit("how a module is imported stays, its file moves below", MODULED, ("K = 1\n", "\n\n\nK = 1\n")),
    hit("a helper's file is renamed", "from one import g\n@@ g(x)\n#: one.py\ndef g(x): return x + 1", ("one", "two")),
    hit("a package is renamed", "from one.mod import g\n@@ g(x)\n#: one/__init__.py\n#: one/mod.py\nK = 1\ndef g(x): return x + K", ("one", "two")),
    hit("a helper moves to another file", HELPED, after="from helpers import g\n@@ g(x)\n#: helpers.py\ndef g(x):\n    return x + 1"),
    hit("a helper with a global moves with it", "K = 1\ndef g(x): return x + K\n@@ g(x)", after="from helpers import g\n@@ g(x)\n#: helpers.py\nK = 1\ndef g(x): return x + K"),
    hit("the script is renamed", "#: one.py\n@@ x + 1", ("one", "two")),
    hit("the script moves to another folder", "#: one/main.py\nimport helpers\n@@ helpers.g(x)\n#: one/helpers.py\ndef g(x): return x + 1", ("one/", "two/sub/")),
    hit("the script is imported instead of run", f"{JOB}print(f(3))", after=f"import job\nprint(job.f(3))\n#: job.py{JOB}"),
    hit("an imported module is run instead", f"import job\nprint(job.f(3))\n#: job.py{JOB}", after=f"{JOB}print(f(3))"),
    hit("a class of the result moves to another file", f"{JOB}print(f(3))", after="from shapes import Point\n" + JOB.replace(JOB[: JOB.index("def g")], "\n") + "print(f(3))\n#: shapes.py" + JOB[: JOB.index("def g")]),
    hit("a block is moved into another file", "x = 3\nwith InlineCheckpoint():\n    print('ran')\n    y = x + 1\nprint(y)", after="import job\nprint(job.y)\n#: job.py\nx = 3\nwith InlineCheckpoint():\n    print('ran')\n    y = x + 1"),
    hit("lines above a block", "with InlineCheckpoint():\n    print('ran')\n    y = [i for i in range(3)]\nprint(y)", ("with", "a = 1\nb = 2\nwith")),
    hit("a comment in a block", "with InlineCheckpoint():\n    print('ran')\n    y = 1\nprint(y)", ("    y", "    # why\n\n    y")),
    hit("a block moves below a condition", "with InlineCheckpoint(watch=[], produce=['y']):\n    print('ran')\n    y = [1, 2]\nprint(y)", after="if True:\n    with InlineCheckpoint(watch=[], produce=['y']):\n        print('ran')\n        y = [1, 2]\nprint(y)"),
    hit("bare __file__ and __name__", "def g(x): return x + (1 if __file__ and __name__ else 0)\n@@ g(x)\n# one", ("# one", "# two")),
    hit("bare __file__ of a file that is renamed", "from one import g\n@@ g(x)\n#: one.py\nfrom pathlib import Path\ndef g(x): return x + bool(Path(__file__).parent)", ("one", "two")),
    hit("bare __name__ of a logger in a renamed file", "from one import g\n@@ g(x)\n#: one.py\nimport logging\ndef g(x):\n    logging.getLogger(__name__).debug('g')\n    return x + 1", ("one", "two")),
    hit("a keyword becomes positional in the call", '@checkpoint\ndef f(x, k=1):\n    print("ran")\n    return x + k\nprint(f(3, k=2))', ("k=2))", "2))")),
    hit("a default is spelled out in the call", '@checkpoint\ndef f(x, k=1):\n    print("ran")\n    return x + k\nprint(f(3))', ("f(3)", "f(3, k=1)")),
    hit("the order of keywords in the call", '@checkpoint\ndef f(a, b):\n    print("ran")\n    return a - b\nprint(f(a=1, b=2))', ("a=1, b=2", "b=2, a=1")),
    hit("an equal argument from another place", '@checkpoint\ndef f(v):\n    print("ran")\n    return sum(v)\nprint(f([1, 2]))', ("f([1, 2])", "f(list(range(1, 3)))")),
    hit("an equal array in another layout", 'import numpy as np\n@checkpoint\ndef f(v):\n    print("ran")\n    return float(v.sum())\nprint(f(np.ones((3, 4))))', ("np.ones((3, 4))", "np.asfortranarray(np.ones((3, 4)))"), needs=("numpy",)),
    hit("an equal global from another place", "L = [1, 2]\n@@ x + sum(L)", ("[1, 2]", "list(range(1, 3))")),
    hit("an equal cell", "def make(n):\n    return lambda x: x + n\ng = make(2)\n@@ g(x)", ("make(2)", "make(1 + 1)")),
    hit("the order in which a set was filled", "S = {'a', 'b', 'c'}\n@@ 'a' in S", ("{'a', 'b', 'c'}", "set('cab')")),
    hit("an ignored parameter", '@checkpoint(ignore=["verbose"])\ndef f(x, verbose=0):\n    print("ran")\n    return x\nprint(f(3, verbose=0))', ("verbose=0))", "verbose=5))")),
    hit("an ignored part of a parameter", 'from types import SimpleNamespace as N\n@checkpoint(ignore=["args.workers"])\ndef f(args):\n    print("ran")\n    return args.lr\nprint(f(N(lr=1, workers=2)))', ("workers=2", "workers=8")),
    hit("an ignored attribute of self", 'class A:\n    def __init__(self, n): self.n = n\n    @checkpoint(ignore=["self.n"])\n    def f(self, x):\n        print("ran")\n        return x\nprint(A(1).f(3))', ("A(1)", "A(2)")),
    hit("an ignored global of a helper's module", 'import helpers\n@checkpoint(ignore=["helpers.LEVEL"])\ndef f(x):\n    print("ran")\n    return helpers.g(x)\nprint(f(3))\n#: helpers.py\nLEVEL = 1\ndef g(x): return x + 1 if LEVEL else x', ("LEVEL = 1", "LEVEL = 2")),
    hit("an ignored name of a block", "workers = 1\nwith InlineCheckpoint(ignore=['workers']):\n    print('ran')\n    y = 1 if workers else 0\nprint(y)", ("workers = 1", "workers = 2")),
    hit("a variable of the environment that is not read", "import os\n@@ os.getenv('MODE')", env=({"MODE": "a", "OTHER": "a"}, {"MODE": "a", "OTHER": "b"})),
    hit("a secret in the environment", "import os\ndef g(x):\n    key = os.environ['SERVICE_API_KEY']\n    return x + bool(key)\n@@ g(x)", env=({"SERVICE_API_KEY": "a"}, {"SERVICE_API_KEY": "b"})),
    hit("a secret that getenv reads", "import os\n@@ x + bool(os.getenv('HF_TOKEN'))", env=({"HF_TOKEN": "a"}, {"HF_TOKEN": "b"})),
    hit("a file that is touched", "from pathlib import Path\n@@ Path('data.txt').read_text() * x\n#: data.txt\none"),
    hit("a file that is not read", "from pathlib import Path\n@@ Path('data.txt').read_text() * x\n#: data.txt\none\n#: other.txt\none", ("#: other.txt\none", "#: other.txt\ntwo")),
    hit("the wrapper of another decorated function", '@checkpoint\ndef inner(x): return x + 1\n@@ inner(x)', ("@checkpoint\ndef inner", "@checkpoint(ignore=[])\ndef inner")),
    hit("equal code in two files", "import one\n@@ one.g(x)\n#: one.py\ndef g(x): return x + 1", ("import one\n", "import two as one\n"), ("#: one.py", "#: two.py")),
]
