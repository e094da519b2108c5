"""Changes of data that reached code reads, and of environment variables: each counts."""

from programs import recompute

CASES = [
    recompute("a global", "K = 1\n@@ x + K", ("K = 1", "K = 2")),
    recompute("the type of a global", "K = 1\n@@ x + K", ("K = 1", "K = 1.0")),
    recompute("a global of a helper", "K = 1\ndef g(x): return x + K\n@@ g(x)", ("K = 1", "K = 2")),
    recompute("a global of another module", "from helpers import g\n@@ g(x)\n#: helpers.py\nK = 1\ndef g(x): return x + K", ("K = 1", "K = 2")),
    recompute("module.constant", "import conf\n@@ x + conf.K\n#: conf.py\nK = 1", ("K = 1", "K = 2")),
    recompute("an imported constant", "from conf import K\n@@ x + K\n#: conf.py\nK = 1", ("K = 1", "K = 2")),
    recompute("an imported constant under an alias", "from conf import K as L\n@@ x + L\n#: conf.py\nK = 1", ("K = 1", "K = 2")),
    recompute("a constant of a package", "import pkg.conf\n@@ x + pkg.conf.K\n#: pkg/__init__.py\n#: pkg/conf.py\nK = 1", ("K = 1", "K = 2")),
    recompute(
        "a constant that is imported inside",
        """
        @checkpoint
        def f(x):
            print("ran")
            from conf import K
            return x + K
        print(f(3))
        #: conf.py
        K = 1
        """,
        ("K = 1", "K = 2"),
    ),
    recompute("a constant computed from another module's", "import conf\nTWICE = conf.K * 2\n@@ x + TWICE\n#: conf.py\nK = 1", ("K = 1", "K = 2")),
    recompute("an item of a dict", "C = {'lr': 1, 'seed': 5}\n@@ x + C['lr']", ("'lr': 1", "'lr': 2")),
    recompute("any item of a dict that is handed on", "C = {'lr': 1, 'seed': 5}\ndef g(x, c): return x + len(str(c))\n@@ g(x, C)", ("5", "55")),
    recompute("the order of a dict", "C = {'a': 1, 'b': 2}\n@@ list(C)", ("'a': 1, 'b': 2", "'b': 2, 'a': 1")),
    recompute("a nested item", "C = {'model': {'layers': [1, 2]}}\n@@ x + sum(C['model']['layers'])", ("2]", "3]")),
    recompute("a global that is changed in place", "L = [1]\nL.append(2)\n@@ x + sum(L)", ("append(2)", "append(3)")),
    recompute("a global that another module changes", "import conf, setup_\n@@ x + conf.C['k']\n#: conf.py\nC = {'k': 1}\n#: setup_.py\nimport conf\nconf.C['k'] = 5", ("= 5", "= 6")),
    recompute("a module attribute that the script sets", "import conf\nconf.K = 5\n@@ x + conf.K\n#: conf.py\nK = 1", ("K = 5", "K = 6")),
    recompute("an attribute of a namespace", "from types import SimpleNamespace\ncfg = SimpleNamespace(lr=1, seed=5)\n@@ x + cfg.lr", ("lr=1", "lr=2")),
    recompute("a set", "S = {'a', 'b'}\n@@ 'c' in S", ("'b'", "'c'")),
    recompute(
        "a name that is unbound at first",
        """
        def g(x):
            try:
                return x + K
            except NameError:
                return x
        @@ g(x)
        """,
        ("def g", "K = 1\ndef g"),
    ),
    recompute("a builtin that is shadowed", "@@ len([x, x])", ("@@", "def len(x): return 5\n@@")),
    recompute(
        "a cell",
        """
        def make(n):
            @checkpoint
            def f(x):
                print("ran")
                return x + n
            return f
        print(make(1)(3))
        """,
        ("make(1)", "make(2)"),
    ),
    recompute(
        "a cell of a helper",
        """
        def make(n):
            def g(x): return x + n
            return g
        g = make(1)
        @@ g(x)
        """,
        ("make(1)", "make(2)"),
    ),
    recompute(
        "a cell that is changed in place",
        """
        def make():
            seen = [1]
            def g(x): return x + sum(seen)
            return g, seen
        g, seen = make()
        seen.append(5)
        @@ g(x)
        """,
        ("append(5)", "append(6)"),
    ),
    recompute(
        "a function in a cell",
        """
        def a(x): return x + 1
        def make(step):
            return lambda x: step(x)
        g = make(a)
        @@ g(x)
        """,
        ("+ 1", "+ 2"),
    ),
    recompute("a global array", "import numpy as np\nW = np.arange(4)\n@@ int(W.sum()) + x", ("arange(4)", "arange(5)"), needs=("numpy",)),
    recompute("one item of a global array", "import numpy as np\nW = np.zeros(1000)\nW[700] = 1\n@@ float(W.sum()) + x", ("= 1\n", "= 2\n"), needs=("numpy",)),
    recompute("a global frame", "import pandas as pd\nT = pd.DataFrame({'a': [1, 2]})\n@@ int(T['a'].sum()) + x", ("2]", "3]"), needs=("pandas",)),
    recompute("a frame's column name", "import pandas as pd\nT = pd.DataFrame({'a': [1, 2]})\n@@ list(T)", ("'a'", "'b'"), needs=("pandas",)),
    recompute("a global path", "from pathlib import Path\nP = Path('a')\n@@ str(P) * x", ("'a'", "'b'")),
    recompute("a compiled pattern", "import re\nR = re.compile('a')\n@@ bool(R.match('a'))", ("compile('a')", "compile('b')")),
    recompute("a global date", "import datetime\nD = datetime.date(2024, 1, 1)\n@@ str(D)", ("1)", "2)")),
    recompute(
        "a global changed between two calls of one process",
        """
        C = {"k": 1}
        @checkpoint
        def f(x):
            print("ran")
            return x + C["k"]
        print(f(3))
        C["k"] = 2
        print(f(3))
        C["k"] = 1
        print(f(3))
        """,
        ('C["k"] = 2', 'C["k"] = 3'),
        runs=2,
    ),
    recompute(
        "a function replaced between two calls of one process",
        """
        def g(x): return x + 1
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        print(f(3))
        def g(x): return x + 10
        print(f(3))
        """,
        ("+ 10", "+ 11"),
        runs=2,
    ),
    recompute(
        "the code of a function replaced between two calls",
        """
        def g(x): return x + 1
        def h(x): return x + 10
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        print(f(3))
        g.__code__ = h.__code__
        print(f(3))
        """,
        ("+ 10", "+ 11"),
        runs=2,
    ),
    recompute(
        "a method replaced between two calls",
        """
        class A:
            def m(self, x): return x + 1
        @checkpoint
        def f(x):
            print("ran")
            return A().m(x)
        print(f(3))
        A.m = lambda self, x: x + 10
        print(f(3))
        """,
        ("+ 10", "+ 11"),
        runs=2,
    ),
    recompute(
        "a default replaced between two calls",
        """
        def g(x, k=1): return x + k
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        print(f(3))
        g.__defaults__ = (10,)
        print(f(3))
        """,
        ("(10,)", "(11,)"),
        runs=2,
    ),
    recompute(
        "a module reloaded with a change",
        """
        import importlib, helpers
        from pathlib import Path
        @checkpoint
        def f(x):
            print("ran")
            return helpers.g(x)
        print(f(3))
        Path("helpers.py").write_text("def g(x): return x + 10")
        importlib.reload(helpers)
        print(f(3))
        #: helpers.py
        def g(x): return x + 1
        """,
        ("+ 10", "+ 11"),
        runs=2,
    ),
    recompute(
        "a block's global changed between two entries",
        """
        K = 1
        for n in range(3):
            with InlineCheckpoint():
                print("ran")
                y = K + 1
            print(y)
            K = 10 if n == 0 else 1
        """,
        ("10", "11"),
        runs=2,
    ),
    recompute(
        "a global that the computation itself reads and writes",
        """
        n = 0
        @checkpoint
        def f(x):
            global n
            print("ran")
            n += 1
            return n
        print(f(3), f(3), n)
        """,
        ("n = 0", "n = 5"),
        runs=2,
    ),
    recompute(
        "a set that is read and filled",
        """
        seen = set()
        @checkpoint
        def new(x):
            print("ran")
            r = x not in seen
            seen.add(x)
            return r
        print(new(1), new(1), sorted(seen))
        """,
        ("seen = set()", "seen = {5}"),
        runs=2,
    ),
    recompute("os.environ[...]", "import os\n@@ os.environ['MODE'] * x", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("os.environ.get", "import os\n@@ os.environ.get('MODE', 'none')", env=({}, {"MODE": "b"})),
    recompute("os.getenv", "import os\n@@ os.getenv('MODE')", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("environ imported by name", "from os import environ as e\n@@ e['MODE']", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("getenv imported by name", "from os import getenv\n@@ getenv('MODE')", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("whether a variable is there", "import os\n@@ 'MODE' in os.environ", env=({}, {"MODE": "b"})),
    recompute("a variable that a helper reads", "import helpers\n@@ helpers.g()\n#: helpers.py\nimport os\ndef g(): return os.getenv('MODE')", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("a variable whose name is a constant", "import os\nNAME = 'MODE'\n@@ os.environ[NAME]", env=({"MODE": "a"}, {"MODE": "b"})),
    recompute("a variable in a constant of a module", "import os\nMODE = os.environ['MODE']\n@@ MODE * x", env=({"MODE": "a"}, {"MODE": "b"})),
]
