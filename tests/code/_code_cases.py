"""Pairs of programs: a name, before, after, and whether what `f` reaches is the same."""

SAME, DIFFERENT = True, False


def helper(before, after):
    """Return two programs in which only the helper of `f` differs."""
    top = "\ndef f(x):\n    return helper(x)\n"
    return before + top, after + top


def body(before, after):
    """Return two programs in which only the body of `f` differs."""
    return tuple("def f(x, y=0):\n" + "".join(f"    {line}\n" for line in one.split("\n")) for one in (before, after))


def shared(before, after, then):
    """Return two programs that begin differently and go on alike."""
    return before + "\n" + then, after + "\n" + then


READ_K = "def f(x):\n    return x + K\n"

CASES = [
    # The body.
    ("operator", *body("return x + 1", "return x - 1"), DIFFERENT),
    ("constant", *body("return x + 1", "return x + 2"), DIFFERENT),
    ("constant type", *body("return x + 1", "return x + 1.0"), DIFFERENT),
    ("bool is no int", *body("return x + 1", "return x + True"), DIFFERENT),
    ("sign of zero", *body("return x * 0.0", "return x * -0.0"), DIFFERENT),
    ("bytes are no text", *body("return 'a'", "return b'a'"), DIFFERENT),
    ("tuple of constants", *body("return x in (1, 2)", "return x in (1, 3)"), DIFFERENT),
    ("set of constants", *body("return x in {1, 2}", "return x in {1, 3}"), DIFFERENT),
    ("strings run together", *body("return g('a', 'bc')", "return g('ab', 'c')"), DIFFERENT),
    ("order of statements", *body("a = g(1)\nb = h(2)\nreturn a", "b = h(2)\na = g(1)\nreturn a"), DIFFERENT),
    ("order of a swap", *body("a, b = x, y\nreturn a", "b, a = x, y\nreturn a"), DIFFERENT),
    ("comparison", *body("return x < y", "return x <= y"), DIFFERENT),
    ("and, or", *body("return x and y", "return x or y"), DIFFERENT),
    ("not", *body("if x: return 1\nreturn 2", "if not x: return 1\nreturn 2"), DIFFERENT),
    ("is none", *body("if x is None: return 1\nreturn 2", "if x is not None: return 1\nreturn 2"), DIFFERENT),
    ("loop", *body("for i in x: y += i\nreturn y", "for i in x: y -= i\nreturn y"), DIFFERENT),
    ("break", *body("for i in x:\n    y = i\nreturn y", "for i in x:\n    y = i\n    break\nreturn y"), DIFFERENT),
    ("loop else", *body("for i in x: y = i\nreturn y", "for i in x: y = i\nelse: y = 0\nreturn y"), DIFFERENT),
    ("while", *body("while x: x -= 1\nreturn x", "while x > 1: x -= 1\nreturn x"), DIFFERENT),
    ("exception type", *body("try: x()\nexcept ValueError: pass", "try: x()\nexcept TypeError: pass"), DIFFERENT),
    ("finally", *body("try: x()\nfinally: y()", "try: x()\nfinally: x()"), DIFFERENT),
    ("try reach", *body("try: x()\nexcept E: pass\ny()", "try:\n    x()\n    y()\nexcept E: pass"), DIFFERENT),
    ("f-string", *body("return f'{x}a'", "return f'{x}b'"), DIFFERENT),
    ("f-string format", *body("return f'{x:.2f}'", "return f'{x:.3f}'"), DIFFERENT),
    ("f-string conversion", *body("return f'{x!r}'", "return f'{x!s}'"), DIFFERENT),
    ("match", *body("match x:\n    case 1: return 2", "match x:\n    case 2: return 2"), DIFFERENT),
    ("walrus", *body("if (n := x): return n", "if (n := y): return n"), DIFFERENT),
    ("comprehension", *body("return [i for i in x]", "return [i + 1 for i in x]"), DIFFERENT),
    ("comprehension kind", *body("return [i for i in x]", "return {i for i in x}"), DIFFERENT),
    ("comprehension filter", *body("return [i for i in x]", "return [i for i in x if i]"), DIFFERENT),
    ("lambda", *body("return lambda a: a", "return lambda a: -a"), DIFFERENT),
    ("nested function", *body("def g(): return 1\nreturn g", "def g(): return 2\nreturn g"), DIFFERENT),
    ("nested default", *body("def g(a=1): return a\nreturn g", "def g(a=2): return a\nreturn g"), DIFFERENT),
    ("nested class", *body("class A: a = 1\nreturn A", "class A: a = 2\nreturn A"), DIFFERENT),
    ("attribute name", *body("return x.a", "return x.b"), DIFFERENT),
    ("method name", *body("return x.a()", "return x.b()"), DIFFERENT),
    ("keyword name", *body("return x(a=1)", "return x(b=1)"), DIFFERENT),
    ("star", *body("return x(*y)", "return x(y)"), DIFFERENT),
    ("slice", *body("return x[1:2]", "return x[1:3]"), DIFFERENT),
    ("raise", *body("raise x", "raise x from y"), DIFFERENT),
    ("global write", *body("global g\ng = x", "g = x"), DIFFERENT),
    ("yield", *body("yield x", "return x"), DIFFERENT),
    ("power of numbers", *body("return 10 ** 2", "return 10 ** 3"), DIFFERENT),
    ("delete", *body("del x.a", "x.a"), DIFFERENT),
    # The signature.
    ("default", "def f(x=1): return x", "def f(x=2): return x", DIFFERENT),
    ("default type", "def f(x=1): return x", "def f(x=True): return x", DIFFERENT),
    ("keyword default", "def f(*, x=1): return x", "def f(*, x=2): return x", DIFFERENT),
    ("mutable default", "def f(x=[1]): return x", "def f(x=[2]): return x", DIFFERENT),
    ("function as default", *shared("def g(): return 1", "def g(): return 2", "def f(x=g): return x()"), DIFFERENT),
    ("keyword only", "def f(a, b=1): return a", "def f(a, *, b=1): return a", DIFFERENT),
    ("positional only", "def f(a): return a", "def f(a, /): return a", DIFFERENT),
    ("variadic", "def f(a): return a", "def f(*a): return a", DIFFERENT),
    ("parameter order", "def f(a, b): return 1", "def f(b, a): return 1", DIFFERENT),
    ("coroutine", "def f(): return 1", "async def f(): return 1", DIFFERENT),
    # What does not count.
    ("comment", *body("return x", "# why\nreturn x  # because"), SAME),
    ("docstring", *body("return x", "'''Say.'''\nreturn x"), SAME),
    ("other docstring", *body("'''Say.'''\nreturn x", "'''Say\n\n    more.'''\nreturn x"), SAME),
    ("blank lines", *body("a = x\nreturn a", "\n\na = x\n\n\nreturn a"), SAME),
    ("quotes", *body("return 'a'", 'return "a"'), SAME),
    ("number spelling", *body("return 1000 + x", "return 1_000 + x"), SAME),
    ("string joined", *body("return 'ab'", "return ('a'\n 'b')"), SAME),
    ("brackets", *body("return (x + y) * 2", "return (\n    (\n  x + y)\n    * 2)"), SAME),
    ("call over lines", *body("return g(x, y, z=1)", "return g(\n    x,\n    y,\n    z=1,\n)"), SAME),
    ("method over lines", *body("return x.a().b().c()", "return (x\n    .a()\n    .b()\n    .c())"), SAME),
    ("condition over lines", *body("if x and y or z: return 1", "if (x\n    and y\n    or z): return 1"), SAME),
    ("swap over lines", *body("x, y = y, x\nreturn x", "(x,\n y) = (y,\n x)\nreturn x"), SAME),
    ("return over lines", *body("return x if y else 3", "return (x\n    if y\n    else 3)"), SAME),
    ("semicolon", *body("a = 1; return a", "a = 1\nreturn a"), SAME),
    ("with over lines", *body("with x as a, y as b: return a", "with (x as a,\n    y as b): return a"), SAME),
    (
        "nested docstring",
        *body("def g():\n    return 1\nreturn g", "def g():\n    'Say.'\n    return 1\nreturn g"),
        SAME,
    ),
    ("nested class doc", *body("class A:\n    a = 1\nreturn A", "class A:\n    'Say.'\n    a = 1\nreturn A"), SAME),
    ("annotation", "def f(x): return x", "def f(x: int) -> int: return x", SAME),
    ("other annotation", "def f(x: int): return x", "def f(x: float): return x", SAME),
    ("local annotation", *body("a = x\nreturn a", "a: int = x\nreturn a"), SAME),
    ("nested annotation", *body("def g(a: int): return a\nreturn g", "def g(a): return a\nreturn g"), SAME),
    (
        "nested annotation and default",
        *body(
            "def g(a: int = 1, *, b: str = 'c'): return a, x\nreturn g", "def g(a=1, *, b='c'): return a, x\nreturn g"
        ),
        SAME,
    ),
    ("moved", "def f(x): return x", "\n\n\n\ndef f(x): return x", SAME),
    ("unread global", *shared("K = 1", "K = 2", "def f(x): return x"), SAME),
    ("unread function", *shared("def g(): return 1", "def g(): return 2", "def f(x): return x"), SAME),
    ("unused import", *shared("import re", "import ast", "def f(x): return x"), SAME),
    ("file name", *shared("'''One.'''", "'''Two.'''", "def f(x): return __file__, __name__, __spec__"), SAME),
    ("pass", *body("if x: pass\nreturn y", "if x:\n    pass\n    pass\nreturn y"), SAME),
    # What is called.
    ("helper", *helper("def helper(x): return x", "def helper(x): return -x"), DIFFERENT),
    ("helper comment", *helper("def helper(x): return x", "def helper(x):\n    # x\n    return x"), SAME),
    (
        "helper of helper",
        *helper("def g(x): return x\ndef helper(x): return g(x)", "def g(x): return -x\ndef helper(x): return g(x)"),
        DIFFERENT,
    ),
    (
        "order of helpers",
        *shared(
            "def a(): return 1\ndef b(): return 2", "def b(): return 2\ndef a(): return 1", "def f(x): return a() + b()"
        ),
        SAME,
    ),
    ("recursion", "def f(x): return f(x - 1) if x else 0", "def f(x): return f(x - 1) if x else 1", DIFFERENT),
    (
        "mutual recursion",
        *shared("def g(x): return f(x)", "def g(x): return f(-x)", "def f(x): return g(x)"),
        DIFFERENT,
    ),
    (
        "helper in lambda",
        *shared("def g(x): return x", "def g(x): return -x", "f = lambda x: [g(i) for i in x]"),
        DIFFERENT,
    ),
    (
        "helper in nested",
        *shared("def g(x): return x", "def g(x): return -x", "def f(x):\n    def h(): return g(x)\n    return h"),
        DIFFERENT,
    ),
    ("helper passed on", *shared("def g(x): return x", "def g(x): return -x", "def f(x): return map(g, x)"), DIFFERENT),
    (
        "helper aliased",
        *shared("def g(x): return x", "def g(x): return -x", "def f(x):\n    h = g\n    return h(x)"),
        DIFFERENT,
    ),
    (
        "getattr constant",
        "import helpers\ndef f(x): return getattr(helpers, 'a')(x)\n#: helpers\ndef a(x): return x\nB = 1",
        "import helpers\ndef f(x): return getattr(helpers, 'a')(x)\n#: helpers\ndef a(x): return x\nB = 2",
        SAME,
    ),
    (
        "getattr variable",
        "import helpers\ndef f(x): return getattr(helpers, x)()\n#: helpers\ndef a(): return 1",
        "import helpers\ndef f(x): return getattr(helpers, x)()\n#: helpers\ndef a(): return 2",
        DIFFERENT,
    ),
    # Other modules.
    (
        "imported",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\ndef g(x): return x",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "imported as",
        "from helpers import g as h\ndef f(x): return h(x)\n#: helpers\ndef g(x): return x",
        "from helpers import g as h\ndef f(x): return h(x)\n#: helpers\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "module attribute",
        "import helpers\ndef f(x): return helpers.g(x)\n#: helpers\ndef g(x): return x",
        "import helpers\ndef f(x): return helpers.g(x)\n#: helpers\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "module neighbour",
        "import helpers\ndef f(x): return helpers.g(x)\n#: helpers\ndef g(x): return x\ndef h(): return 1",
        "import helpers\ndef f(x): return helpers.g(x)\n#: helpers\ndef g(x): return x\ndef h(): return 2",
        SAME,
    ),
    (
        "renamed module",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\nK = 1\ndef g(x): return x + K",
        "from tools import g\ndef f(x): return g(x)\n#: tools\nK = 1\ndef g(x): return x + K",
        SAME,
    ),
    (
        "moved to a module",
        "def g(x): return x\ndef f(x): return g(x)",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\ndef g(x): return x",
        SAME,
    ),
    (
        "global of a module",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\nK = 1\ndef g(x): return x + K",
        "from helpers import g\ndef f(x): return g(x)\n#: helpers\nK = 2\ndef g(x): return x + K",
        DIFFERENT,
    ),
    (
        "constant of a module",
        "import helpers\ndef f(x): return helpers.K\n#: helpers\nK = 1",
        "import helpers\ndef f(x): return helpers.K\n#: helpers\nK = 2",
        DIFFERENT,
    ),
    (
        "submodule",
        "import pkg.mod\ndef f(x): return pkg.mod.g(x)\n#: pkg\n__path__ = []\n#: pkg.mod\ndef g(x): return x",
        "import pkg.mod\ndef f(x): return pkg.mod.g(x)\n#: pkg\n__path__ = []\n#: pkg.mod\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "local import",
        "import helpers\ndef f(x):\n    import helpers\n    return helpers.g(x)\n#: helpers\ndef g(x): return x",
        "import helpers\ndef f(x):\n    import helpers\n    return helpers.g(x)\n#: helpers\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "local from import",
        "import helpers\ndef f(x):\n    from helpers import g\n    return g(x)\n#: helpers\ndef g(x): return x",
        "import helpers\ndef f(x):\n    from helpers import g\n    return g(x)\n#: helpers\ndef g(x): return -x",
        DIFFERENT,
    ),
    (
        "local import neighbour",
        "import helpers\ndef f(x):\n    import helpers as h\n    return h.g(x)\n#: helpers\ndef g(x): return x\nK = 1",
        "import helpers\ndef f(x):\n    import helpers as h\n    return h.g(x)\n#: helpers\ndef g(x): return x\nK = 2",
        SAME,
    ),
    # Data.
    ("global", *shared("K = 1", "K = 2", READ_K), DIFFERENT),
    ("global type", *shared("K = 1", "K = 1.0", READ_K), DIFFERENT),
    ("equal global", *shared("K = [1, 2]", "K = list((1, 2))", "def f(x): return K[x]"), SAME),
    ("global changed in place", *shared("K = [1]", "K = [1]\nK.append(2)", "def f(x): return K[x]"), DIFFERENT),
    ("global of a helper", *helper("K = 1\ndef helper(x): return K", "K = 2\ndef helper(x): return K"), DIFFERENT),
    ("unbound global", *shared("", "K = 1", READ_K), DIFFERENT),
    ("constant item", *shared("C = {'a': 1, 'b': 2}", "C = {'a': 1, 'b': 3}", "def f(x): return C['a']"), SAME),
    ("read item", *shared("C = {'a': 1, 'b': 2}", "C = {'a': 2, 'b': 2}", "def f(x): return C['a']"), DIFFERENT),
    ("variable item", *shared("C = {'a': 1, 'b': 2}", "C = {'a': 1, 'b': 3}", "def f(x): return C[x]"), DIFFERENT),
    (
        "closure",
        "def make(n):\n    def f(x): return x + n\n    return f\nf = make(1)",
        "def make(n):\n    def f(x): return x + n\n    return f\nf = make(2)",
        DIFFERENT,
    ),
    (
        "closure over function",
        "def make(n):\n    def f(x): return n(x)\n    return f\nf = make(lambda x: x)",
        "def make(n):\n    def f(x): return n(x)\n    return f\nf = make(lambda x: -x)",
        DIFFERENT,
    ),
    (
        "function attribute",
        *shared("def g(): return 1\ng.k = 1", "def g(): return 1\ng.k = 2", "def f(x): return g.k"),
        DIFFERENT,
    ),
    (
        "environment",
        "import os\nos.environ['LUTIL_T'] = '1'\ndef f(x): return os.environ['LUTIL_T']",
        "import os\nos.environ['LUTIL_T'] = '2'\ndef f(x): return os.environ['LUTIL_T']",
        DIFFERENT,
    ),
    (
        "getenv",
        "import os\nos.environ['LUTIL_T'] = '1'\ndef f(x): return os.getenv('LUTIL_T')",
        "import os\nos.environ['LUTIL_T'] = '2'\ndef f(x): return os.getenv('LUTIL_T')",
        DIFFERENT,
    ),
    (
        "environ.get imported",
        "from os import environ\nenviron['LUTIL_T'] = '1'\ndef f(x): return environ.get('LUTIL_T', 0)",
        "from os import environ\nenviron['LUTIL_T'] = '2'\ndef f(x): return environ.get('LUTIL_T', 0)",
        DIFFERENT,
    ),
    (
        "in environ",
        "import os\nos.environ.pop('LUTIL_T', 0)\ndef f(x): return 'LUTIL_T' in os.environ",
        "import os\nos.environ['LUTIL_T'] = '2'\ndef f(x): return 'LUTIL_T' in os.environ",
        DIFFERENT,
    ),
    (
        "other variable",
        "import os\nos.environ['LUTIL_O'] = '1'\ndef f(x): return os.environ['LUTIL_T2']",
        "import os\nos.environ['LUTIL_O'] = '2'\ndef f(x): return os.environ['LUTIL_T2']",
        SAME,
    ),
    (
        "secret",
        "import os\nos.environ['MY_API_KEY'] = '1'\ndef f(x): return os.environ['MY_API_KEY']",
        "import os\nos.environ['MY_API_KEY'] = '2'\ndef f(x): return os.environ['MY_API_KEY']",
        DIFFERENT,
    ),
    # Effects.
    ("append", *shared("C = []", "C = [1]", "def f(x):\n    C.append(x)\n    return x"), SAME),
    (
        "append of a condition",
        *shared("C = []", "C = [1]", "def f(x):\n    C.append(x if x else 0)\n    return x"),
        SAME,
    ),
    (
        "append of a comprehension",
        *shared("C = []", "C = [1]", "def f(x):\n    C.append([i for i in x])\n    return x"),
        SAME,
    ),
    ("append in a loop", *shared("C = []", "C = [1]", "def f(x):\n    for i in x: C.append(i)\n    return x"), SAME),
    ("counter", *shared("n = 0", "n = 1", "def f(x):\n    global n\n    n += 1\n    return x"), SAME),
    ("counter spelled out", *shared("n = 0", "n = 1", "def f(x):\n    global n\n    n = n + 1\n    return x"), SAME),
    ("log by key", *shared("C = {}", "C = {1: 2}", "def f(x):\n    C[x] = 1\n    return x"), SAME),
    ("count by key", *shared("C = {1: 0}", "C = {1: 2}", "def f(x):\n    C[x] += 1\n    return x"), SAME),
    ("count by length", *shared("C = {}", "C = {1: 2}", "def f(x):\n    C[len(C)] = x\n    return x"), SAME),
    ("set add", *shared("C = set()", "C = {1}", "def f(x):\n    C.add(x)\n    return x"), SAME),
    ("printed", *shared("n = 0", "n = 1", "def f(x):\n    print('run', n)\n    return x"), SAME),
    (
        "printed in text",
        *shared("n = 0", "n = 1", "def f(x):\n    print(f'run {n + 1:d} of {len(str(n))}')\n    return x"),
        SAME,
    ),
    (
        "logged",
        *shared("n = 0", "n = 1", "import logging\ndef f(x):\n    logging.info('run %s', n)\n    return x"),
        SAME,
    ),
    ("warned", *shared("n = 0", "n = 1", "import warnings\ndef f(x):\n    warnings.warn(f'{n}')\n    return x"), SAME),
    (
        "logger",
        *shared(
            "n = 0", "n = 1", "import logging\nlog = logging.getLogger('a')\ndef f(x):\n    log.info(n)\n    return x"
        ),
        SAME,
    ),
    ("last bound", *shared("last = 0", "last = 1", "def f(x):\n    global last\n    last = x\n    return x"), SAME),
    (
        "bound, then read",
        *shared("last = 0", "last = 1", "def f(x):\n    global last\n    last = x\n    return last"),
        SAME,
    ),
    ("read after a write", *shared("C = []", "C = [1]", "def f(x):\n    C.append(x)\n    return len(C)"), DIFFERENT),
    ("read, then bound", *shared("n = 0", "n = 1", "def f(x):\n    global n\n    n += 1\n    return n"), DIFFERENT),
    ("result of a write", *shared("C = {}", "C = {1: 2}", "def f(x): return C.setdefault(x, 1)"), DIFFERENT),
    (
        "print of our own",
        *shared(
            "n = 0\ndef print(n): return n", "n = 1\ndef print(n): return n", "def f(x):\n    print(n)\n    return x"
        ),
        DIFFERENT,
    ),
    (
        "written here, read there",
        *shared("C = []", "C = [1]", "def g(): return C[-1]\ndef f(x):\n    C.append(x)\n    return g()"),
        DIFFERENT,
    ),
    (
        "aliased before the write",
        *shared("C = []", "C = [1]", "def f(x):\n    c = C\n    c.append(x)\n    return c"),
        DIFFERENT,
    ),
    ("loop over it", *shared("C = []", "C = [1]", "def f(x):\n    for i in C: x += i\n    return x"), DIFFERENT),
    (
        "append of another global",
        *shared("C = []\nK = 1", "C = []\nK = 2", "def f(x):\n    C.append(K)\n    return x"),
        DIFFERENT,
    ),
    (
        "class that appends",
        *shared(
            "class L:\n    def append(self, x): return 1\nC = L()",
            "class L:\n    def append(self, x): return 2\nC = L()",
            "def f(x):\n    C.append(x)\n    return x",
        ),
        DIFFERENT,
    ),
    # Classes.
    (
        "method",
        *shared(
            "class A:\n    def m(self): return 1", "class A:\n    def m(self): return 2", "def f(x): return A().m()"
        ),
        DIFFERENT,
    ),
    ("class attribute", *shared("class A:\n    a = 1", "class A:\n    a = 2", "def f(x): return A()"), DIFFERENT),
    (
        "class docstring",
        *shared("class A:\n    a = 1", "class A:\n    'Say.'\n    a = 1", "def f(x): return A()"),
        SAME,
    ),
    ("class annotation", *shared("class A:\n    a = 1", "class A:\n    a: int = 1", "def f(x): return A()"), SAME),
    (
        "method order",
        *shared(
            "class A:\n    def a(self): return 1\n    def b(self): return 2",
            "class A:\n    def b(self): return 2\n    def a(self): return 1",
            "def f(x): return A()",
        ),
        SAME,
    ),
    (
        "moved class",
        *shared(
            "class A:\n    def a(self): return 1", "\n\n\nclass A:\n    def a(self): return 1", "def f(x): return A()"
        ),
        SAME,
    ),
    (
        "attribute by name",
        *shared("class A:\n    a = 1\n    b = 1", "class A:\n    a = 1\n    b = 2", "def f(x): return A.a"),
        SAME,
    ),
    ("read attribute", *shared("class A:\n    a = 1", "class A:\n    a = 2", "def f(x): return A.a"), DIFFERENT),
    (
        "base class",
        *shared(
            "class B:\n    def m(self): return 1",
            "class B:\n    def m(self): return 2",
            "class A(B): pass\ndef f(x): return A()",
        ),
        DIFFERENT,
    ),
    (
        "base in a module",
        "from helpers import B\nclass A(B): pass\ndef f(x): return A()\n#: helpers\nclass B:\n    k = 1",
        "from helpers import B\nclass A(B): pass\ndef f(x): return A()\n#: helpers\nclass B:\n    k = 2",
        DIFFERENT,
    ),
    (
        "static method",
        *shared(
            "class A:\n    @staticmethod\n    def m(): return 1",
            "class A:\n    @staticmethod\n    def m(): return 2",
            "def f(x): return A.m()",
        ),
        DIFFERENT,
    ),
    (
        "class method",
        *shared(
            "class A:\n    @classmethod\n    def m(cls): return 1",
            "class A:\n    @classmethod\n    def m(cls): return 2",
            "def f(x): return A.m()",
        ),
        DIFFERENT,
    ),
    (
        "class method reads class",
        *shared(
            "class A:\n    k = 1\n    @classmethod\n    def m(cls): return cls.k",
            "class A:\n    k = 2\n    @classmethod\n    def m(cls): return cls.k",
            "def f(x): return A.m()",
        ),
        DIFFERENT,
    ),
    (
        "static becomes class method",
        *shared(
            "class A:\n    @staticmethod\n    def m(*a): return 1",
            "class A:\n    @classmethod\n    def m(*a): return 1",
            "def f(x): return A()",
        ),
        DIFFERENT,
    ),
    (
        "property",
        *shared(
            "class A:\n    @property\n    def p(self): return 1",
            "class A:\n    @property\n    def p(self): return 2",
            "def f(x): return A().p",
        ),
        DIFFERENT,
    ),
    (
        "cached property",
        *shared(
            "from functools import cached_property as c\nclass A:\n    @c\n    def p(self): return 1",
            "from functools import cached_property as c\nclass A:\n    @c\n    def p(self): return 2",
            "def f(x): return A().p",
        ),
        DIFFERENT,
    ),
    (
        "metaclass",
        *shared(
            "class M(type):\n    def m(cls): return 1",
            "class M(type):\n    def m(cls): return 2",
            "class A(metaclass=M): pass\ndef f(x): return A.m()",
        ),
        DIFFERENT,
    ),
    (
        "descriptor",
        *shared(
            "class D:\n    def __get__(self, o, t): return 1",
            "class D:\n    def __get__(self, o, t): return 2",
            "class A:\n    d = D()\ndef f(x): return A().d",
        ),
        DIFFERENT,
    ),
    (
        "slots",
        *shared("class A:\n    __slots__ = ('a',)", "class A:\n    __slots__ = ('a', 'b')", "def f(x): return A()"),
        DIFFERENT,
    ),
    (
        "nested class attribute",
        *shared(
            "class A:\n    class B:\n        k = 1", "class A:\n    class B:\n        k = 2", "def f(x): return A.B.k"
        ),
        DIFFERENT,
    ),
    (
        "super",
        *shared(
            "class B:\n    def m(self): return 1",
            "class B:\n    def m(self): return 2",
            "class A(B):\n    def m(self): return super().m()\nf = A.m",
        ),
        DIFFERENT,
    ),
    (
        "dataclass default",
        *shared(
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 1",
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 2",
            "def f(x): return A()",
        ),
        DIFFERENT,
    ),
    (
        "dataclass field",
        *shared(
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int",
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    b: int",
            "def f(x): return A(x)",
        ),
        DIFFERENT,
    ),
    (
        "dataclass factory",
        *shared(
            "import dataclasses as d\ndef g(): return 1\n"
            "@d.dataclass\nclass A:\n    a: int = d.field(default_factory=g)",
            "import dataclasses as d\ndef g(): return 2\n"
            "@d.dataclass\nclass A:\n    a: int = d.field(default_factory=g)",
            "def f(x): return A()",
        ),
        DIFFERENT,
    ),
    (
        "dataclass option",
        *shared(
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 1",
            "from dataclasses import dataclass\n@dataclass(order=True)\nclass A:\n    a: int = 1",
            "def f(x): return A()",
        ),
        DIFFERENT,
    ),
    (
        "dataclass docstring",
        *shared(
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 1",
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    'Say.'\n    a: int = 1",
            "def f(x): return A()",
        ),
        SAME,
    ),
    (
        "enum value",
        *shared(
            "import enum\nclass E(enum.Enum):\n    A = 1",
            "import enum\nclass E(enum.Enum):\n    A = 2",
            "def f(x): return E.A",
        ),
        DIFFERENT,
    ),
    (
        "enum member",
        *shared(
            "import enum\nclass E(enum.Enum):\n    A = 1",
            "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2",
            "def f(x): return list(E)",
        ),
        DIFFERENT,
    ),
    (
        "enum method",
        *shared(
            "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 1",
            "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 2",
            "def f(x): return E(1).m()",
        ),
        DIFFERENT,
    ),
    (
        "named tuple",
        *shared(
            "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int = 1",
            "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int = 2",
            "def f(x): return P()",
        ),
        DIFFERENT,
    ),
    (
        "instance state",
        *shared(
            "class A:\n    def __init__(self): self.a = 1\na = A()",
            "class A:\n    def __init__(self): self.a = 2\na = A()",
            "def f(x): return a.a",
        ),
        DIFFERENT,
    ),
    (
        "instance method",
        *shared(
            "class A:\n    def m(self): return 1\na = A()",
            "class A:\n    def m(self): return 2\na = A()",
            "def f(x): return a.m()",
        ),
        DIFFERENT,
    ),
    # Wrappers.
    (
        "decorator",
        *shared(
            "def d(g):\n    def w(x): return g(x)\n    return w",
            "def d(g):\n    def w(x): return -g(x)\n    return w",
            "@d\ndef f(x): return x",
        ),
        DIFFERENT,
    ),
    (
        "decorated",
        (
            "import functools as t\ndef d(g):\n    @t.wraps(g)\n    def w(*a): return g(*a)\n    return w\n"
            "@d\ndef f(x): return x"
        ),
        (
            "import functools as t\ndef d(g):\n    @t.wraps(g)\n    def w(*a): return g(*a)\n    return w\n"
            "@d\ndef f(x): return -x"
        ),
        DIFFERENT,
    ),
    (
        "partial function",
        *shared("def g(a, b): return a", "def g(a, b): return b", "from functools import partial\nf = partial(g, 1)"),
        DIFFERENT,
    ),
    (
        "partial argument",
        "from functools import partial\ndef g(a, b): return a\nf = partial(g, 1)",
        "from functools import partial\ndef g(a, b): return a\nf = partial(g, 2)",
        DIFFERENT,
    ),
    (
        "partial keyword",
        "from functools import partial\ndef g(a, b): return a\nf = partial(g, b=1)",
        "from functools import partial\ndef g(a, b): return a\nf = partial(g, a=1)",
        DIFFERENT,
    ),
    (
        "lru_cache",
        *shared(
            "def g(x): return 1",
            "def g(x): return 2",
            "from functools import lru_cache\nh = lru_cache(g)\ndef f(x): return h(x)",
        ),
        DIFFERENT,
    ),
    (
        "filled lru_cache",
        "from functools import lru_cache\n@lru_cache\ndef g(x): return 1\ndef f(x): return g(x)",
        "from functools import lru_cache\n@lru_cache\ndef g(x): return 1\ng(1)\ndef f(x): return g(x)",
        SAME,
    ),
    (
        "single dispatch",
        *shared(
            "def g(x): return 1",
            "def g(x): return 2",
            "from functools import singledispatch\n@singledispatch\ndef f(x): return 0\nf.register(int, g)",
        ),
        DIFFERENT,
    ),
    (
        "single dispatch method",
        *shared(
            "def g(self, x): return 1",
            "def g(self, x): return 2",
            "from functools import singledispatchmethod\nclass A:\n    @singledispatchmethod\n"
            "    def m(self, x): return 0\n    m.register(int, g)\n"
            "def f(x): return A().m(x)",
        ),
        DIFFERENT,
    ),
    (
        "bound method state",
        "class A:\n    def __init__(self, k): self.k = k\n    def m(self): return self.k\nf = A(1).m",
        "class A:\n    def __init__(self, k): self.k = k\n    def m(self): return self.k\nf = A(2).m",
        DIFFERENT,
    ),
    (
        "callable object",
        "class A:\n    def __call__(self): return 1\nf = A()",
        "class A:\n    def __call__(self): return 2\nf = A()",
        DIFFERENT,
    ),
    (
        "callable object state",
        "class A:\n    def __init__(self, k): self.k = k\n    def __call__(self): return self.k\nf = A(1)",
        "class A:\n    def __init__(self, k): self.k = k\n    def __call__(self): return self.k\nf = A(2)",
        DIFFERENT,
    ),
    ("class as root", "class f:\n    def m(self): return 1", "class f:\n    def m(self): return 2", DIFFERENT),
    (
        "vectorize",
        *shared(
            "def g(x): return x",
            "def g(x): return -x",
            "import numpy as np\nh = np.vectorize(g)\ndef f(x): return h(x)",
        ),
        DIFFERENT,
    ),
    (
        "context manager",
        *shared(
            "def g():\n    yield 1",
            "def g():\n    yield 2",
            "from contextlib import contextmanager\nh = contextmanager(g)\ndef f(x):\n    with h() as y: return y",
        ),
        DIFFERENT,
    ),
    # Containers of code.
    (
        "dict of functions, used",
        *shared(
            "def a(): return 1\ndef b(): return 2",
            "def a(): return 3\ndef b(): return 2",
            "D = {'a': a, 'b': b}\ndef f(x): return D['a']()",
        ),
        DIFFERENT,
    ),
    (
        "dict of functions, unused",
        *shared(
            "def a(): return 1\ndef b(): return 2",
            "def a(): return 1\ndef b(): return 3",
            "D = {'a': a, 'b': b}\ndef f(x): return D['a']()",
        ),
        SAME,
    ),
    (
        "dict of functions, any",
        *shared(
            "def a(): return 1\ndef b(): return 2",
            "def a(): return 1\ndef b(): return 3",
            "D = {'a': a, 'b': b}\ndef f(x): return D[x]()",
        ),
        DIFFERENT,
    ),
    (
        "list of functions",
        *shared("def a(): return 1", "def a(): return 2", "L = [a]\ndef f(x): return [g(x) for g in L]"),
        DIFFERENT,
    ),
    (
        "object of functions",
        *shared("def a(): return 1", "def a(): return 2", "class N: pass\nn = N()\nn.a = a\ndef f(x): return n.a()"),
        DIFFERENT,
    ),
    (
        "two closures in a list",
        "def make(n): return lambda: n\nL = [make(1), make(2)]\ndef f(x): return L",
        "def make(n): return lambda: n\nL = [make(2), make(1)]\ndef f(x): return L",
        DIFFERENT,
    ),
    (
        "repeated closure",
        "def make(n): return lambda: n\na, b = make(1), make(2)\nL = [a, b, a]\ndef f(x): return L",
        "def make(n): return lambda: n\na, b = make(1), make(2)\nL = [a, b, b]\ndef f(x): return L",
        DIFFERENT,
    ),
    # Docstrings and annotations that are read.
    (
        "read docstring",
        "def g():\n    'One.'\ndef f(x): return g.__doc__",
        "def g():\n    'Two.'\ndef f(x): return g.__doc__",
        DIFFERENT,
    ),
    (
        "read annotations",
        "def g(a: int): pass\ndef f(x): return g.__annotations__",
        "def g(a: str): pass\ndef f(x): return g.__annotations__",
        DIFFERENT,
    ),
    # Libraries.
    (
        "library function",
        "from math import sin as g\ndef f(x): return g(x)",
        "from math import cos as g\ndef f(x): return g(x)",
        DIFFERENT,
    ),
    (
        "library import style",
        "import math\ndef f(x): return math.sin(x)",
        "import re\nimport math\ndef f(x): return math.sin(x)",
        SAME,
    ),
    (
        "patched library",
        "import math\nimport types\nm = types.ModuleType('math')\ndef f(x): return K\nK = 1",
        "import math\nimport types\nm = types.ModuleType('math')\ndef f(x): return K\nK = 2",
        DIFFERENT,
    ),
]
