"""P1 and P2 for code that no code names: classes of what a pickle holds, modules by a name or place that is worked out."""

from __future__ import annotations

import pytest

HEAD = """
import importlib, importlib.util, pickle, sys
from pathlib import Path
from Lutil.checkpoints import checkpoint
"""
CLASS = """
from helpers import grown
class Plus:
    # what it does
    def transform(self, x):
        return grown(x) + 1
"""
HELPERS = "def grown(x):\n    return x * 10\n"
LOADERS = {
    "pickle": "pickle.loads(Path('p.pickle').read_bytes())",
    "a file": "pickle.load(open('p.pickle', 'rb'))",
    "joblib": "joblib.load('p.joblib')",
    "its own unpickler": "Unpickler(open('p.pickle', 'rb')).load()",
}
SAVE = """
import joblib, pickle
from transforms import Plus
joblib.dump(Plus(), 'p.joblib')
pickle.dump(Plus(), open('p.pickle', 'wb'))
"""
RUN = """
@checkpoint
def evaluate(x):
    print("ran", end=" ")
    return {call}.transform(x)
print(evaluate(2))
"""


@pytest.mark.parametrize("loader", LOADERS)
def test_the_code_of_what_a_pickle_holds_counts(program, loader):
    pytest.importorskip("joblib")
    program.write(CLASS, "transforms.py")
    program.write(HELPERS, "helpers.py")
    program.write(SAVE, "save.py")
    program.run("save.py")
    own = "class Unpickler(pickle.Unpickler):\n    pass\n"
    program.write(HEAD + "import joblib\n" + own + RUN.format(call=LOADERS[loader]))
    assert [program.run(), program.run()] == ["ran 21\n", "21\n"]
    program.write(CLASS.replace("+ 1", "+ 2").replace("what it does", "two more"), "transforms.py")
    assert [program.run(), program.run()] == ["ran 22\n", "22\n"]
    program.write(HELPERS.replace("10", "100"), "helpers.py")
    assert [program.run(), program.run()] == ["ran 202\n", "202\n"]
    program.write(CLASS, "transforms.py")
    program.write(HELPERS, "helpers.py")
    assert program.run() == "21\n"
    program.write(CLASS.replace("what it does", "one more"), "transforms.py")
    assert program.run() == "21\n"


def test_it_counts_also_where_it_was_loaded_before(program):
    program.write(CLASS, "transforms.py")
    program.write(HELPERS, "helpers.py")
    program.write("import pickle\nfrom transforms import Plus\npickle.dump(Plus(), open('p.pickle', 'wb'))", "save.py")
    program.run("save.py")
    text = HEAD + "if 'early' in sys.argv:\n    import transforms\n" + RUN.format(call=LOADERS["pickle"])
    program.write(text)
    assert [program.run("main.py", "early"), program.run(), program.run("main.py", "early")] == [
        "ran 21\n",
        "21\n",
        "21\n",
    ]
    program.write(CLASS.replace("+ 1", "+ 2"), "transforms.py")
    assert [program.run(), program.run("main.py", "early")] == ["ran 22\n", "22\n"]


def test_a_class_of_the_script_that_a_pickle_holds_counts_alone(program):
    text = (
        HEAD
        + """
STEP = 1
class Plus:
    def transform(self, x):
        return x + STEP
def other():
    return 1
if not Path("p.pickle").exists():
    Path("p.pickle").write_bytes(pickle.dumps(Plus()))
"""
        + RUN.format(call=LOADERS["pickle"])
    )
    program.write(text)
    assert [program.run(), program.run()] == ["ran 3\n", "3\n"]
    program.write(text.replace("return 1", "return 2"))
    assert program.run() == "3\n"
    program.write(text.replace("STEP = 1", "STEP = 2"))
    assert [program.run(), program.run()] == ["ran 4\n", "4\n"]
    program.write(text.replace("x + STEP", "x + STEP + 10"))
    assert [program.run(), program.run()] == ["ran 13\n", "13\n"]


def test_a_class_that_the_code_names_counts_as_ever(program):
    program.write(CLASS + "def other():\n    return 1\n", "transforms.py")
    program.write(HELPERS, "helpers.py")
    program.write(
        HEAD
        + "from transforms import Plus\n"
        + "Path('p.pickle').write_bytes(pickle.dumps(Plus()))\n"
        + RUN.format(call=f"[Plus, {LOADERS['pickle']}][1]")
    )
    assert [program.run(), program.run()] == ["ran 21\n", "21\n"]
    program.write(CLASS + "def other():\n    return 2\n", "transforms.py")
    assert program.run() == "21\n"


IMPORTS = {
    "a name": "importlib.import_module('conf.' + name).K",
    "a name, by a name of its own": "import_module('conf.' + name).K",
    "a module that is run": "runpy.run_module('conf.' + name)['K']",
    "a loader": "SourceFileLoader('loaded', f'conf/{name}.py').load_module().K",
    "a place, under the name that it has": "of(f'conf/{name}.py', called='conf.' + name).K",
    "a place": "of(f'conf/{name}.py').K",
    "a place and a name for it": "of(f'conf/{name}.py', named=True).K",
}


@pytest.mark.parametrize("way", IMPORTS)
def test_a_module_that_no_code_names_counts(program, way):
    (program.folder / "conf").mkdir()
    program.write("", "conf/__init__.py")
    program.write("from shared import S\nK = 1 + S\n", "conf/a.py")
    program.write("K = 5\n", "conf/b.py")
    program.write("S = 10\n", "shared.py")
    program.write(
        HEAD
        + f"""
from importlib import import_module
from importlib.machinery import SourceFileLoader
import runpy
def of(path, named=False, called="configuration"):
    spec = importlib.util.spec_from_file_location(called, path)
    module = importlib.util.module_from_spec(spec)
    if named:
        sys.modules["configuration"] = module
    spec.loader.exec_module(module)
    return module
@checkpoint
def f(name):
    print("ran", end=" ")
    return {IMPORTS[way]}
@checkpoint
def g(name):
    print("ran", end=" ")
    return {IMPORTS[way]} + 100
print(f("a"), g("a"))
"""
    )
    assert [program.run(), program.run()] == ["ran ran 11 111\n", "11 111\n"]
    program.write("from shared import S\nK = 2 + S  # more\n", "conf/a.py")
    program.write("K = 6\n", "conf/b.py")
    assert [program.run(), program.run()] == ["ran ran 12 112\n", "12 112\n"]
    program.write("S = 20\n", "shared.py")
    assert [program.run(), program.run()] == ["ran ran 22 122\n", "22 122\n"]
    program.write("from shared import S\nK = 2 + S\n", "conf/a.py")
    assert program.run() == "22 122\n"


def test_the_code_of_what_a_worker_unpickles_counts(program):
    program.write(CLASS, "transforms.py")
    program.write(HELPERS, "helpers.py")
    program.write("import pickle\nfrom transforms import Plus\npickle.dump(Plus(), open('p.pickle', 'wb'))", "save.py")
    program.run("save.py")
    program.write("import pickle\ndef work(x):\n    return pickle.load(open('p.pickle', 'rb')).transform(x)\n", "w.py")
    program.write("""
        from concurrent.futures import ProcessPoolExecutor
        from w import work
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def evaluate(x):
            print("ran", end=" ", flush=True)
            with ProcessPoolExecutor(1) as pool:
                return pool.submit(work, x).result()
        if __name__ == "__main__":
            print(evaluate(2))
    """)
    assert [program.run(), program.run()] == ["ran 21\n", "21\n"]
    program.write(CLASS.replace("+ 1", "+ 2"), "transforms.py")
    assert [program.run(), program.run()] == ["ran 22\n", "22\n"]


def test_a_module_that_was_saved_anew_since_it_was_loaded_keeps_no_result(program):
    """What ran is not what its file says by now: another process would take the one for the other."""
    program.write("K = 4\nclass Model:\n    def predict(self, x):\n        return x * K\n", "models.py")
    program.write(HEAD + "import models\npickle.dump(models.Model(), open('m.pkl', 'wb'))\n", "save.py")
    program.run("save.py")
    program.write(
        HEAD
        + """
import os, time
import models
@checkpoint
def score(x):
    with open("m.pkl", "rb") as file:
        return pickle.load(file).predict(x)
found = [score(5)]
if "edit" in sys.argv:
    Path("models.py").write_text(Path("models.py").read_text().replace("4", "5"))
    os.utime("models.py", (time.time() + 2, time.time() + 2))
print(found, score(6))
"""
    )
    assert program.run("main.py", "edit") == "[20] 24\n"
    assert [program.run(), program.run()] == ["[25] 30\n"] * 2


def test_a_class_of_the_script_that_fills_a_memo_is_hit_when_it_is_unpickled(program):
    program.write(
        HEAD
        + """
_known = {}
class Plus:
    def transform(self, x):
        if x not in _known:
            _known[x] = x + 1
        return _known[x]
if not Path("p.pickle").exists():
    Path("p.pickle").write_bytes(pickle.dumps(Plus()))
"""
        + RUN.format(call=LOADERS["pickle"])
    )
    assert [program.run(), program.run()] == ["ran 3\n", "3\n"]


WAYS = {
    "a computed name": "name = 'plugin' + chr(95) + 'a'; module = __import__(name)",
    "a path that is added": "sys.path.insert(0, 'lib'); import plugin_b as module",
    "a path that is added, and a name": "sys.path.insert(0, 'lib'); module = importlib.import_module('plugin_b')",
    "a path that is added, and a computed name": "sys.path.insert(0, 'lib'); module = importlib.import_module('plugin_' + 'b')",
    "a file that is run": "import runpy; module = types.SimpleNamespace(**runpy.run_path('conf/settings.py'))",
    "a name for a class": "import pydoc; module = pydoc.locate('plugin_' + 'a')",
    "a name that is resolved": "import pkgutil; module = pkgutil.resolve_name('plugin_' + 'a')",
    "a package": "import package.plugin_c as module",
}


@pytest.mark.parametrize("way", WAYS)
def test_project_code_that_a_run_loads_by_a_way_that_no_name_shows_counts(program, way):
    value = "from shared import VALUE\ndef value():\n    return VALUE\n"
    files = ("plugin_a.py", "lib/plugin_b.py", "base_config.py", "package/__init__.py")
    for name in files:
        program.write(value, name)
    program.write("VALUE = 1\n", "shared.py")
    program.write("from base_config import value\n", "conf/settings.py")
    program.write("import package\ndef value():\n    return package.value()\n", "package/plugin_c.py")
    program.write(f"""
        import importlib, sys, types
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f():
            print("ran", end=" ")
            {WAYS[way]}
            return module.value()
        print(f())
    """)
    assert [program.run(), program.run()] == ["ran 1\n", "1\n"]
    for name in files:
        program.write(value.replace("return VALUE", "return VALUE + 1"), name)
    assert [program.run(), program.run()] == ["ran 2\n", "2\n"]
    program.write("VALUE = 2\n", "shared.py")
    assert [program.run(), program.run()] == ["ran 3\n", "3\n"]
    program.write("VALUE = 2  # two\n", "shared.py")
    assert program.run() == "3\n"


def test_it_counts_for_later_runs_of_the_process_that_find_it_loaded(program):
    program.write("VALUE = 1\n", "plugin.py")
    program.write("def loaded(kind):\n    return __import__('plug' + kind)\n", "loading.py")
    program.write("""
        from loading import loaded
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            print("ran", end=" ")
            return loaded("in").VALUE + x
        @checkpoint
        def g(x):
            print("ran", end=" ")
            return loaded("in").VALUE - x
        @checkpoint
        def h(x):
            print("h", end=" ")
            return x
        print(f(0), f(10), g(1), h(1))
    """)
    assert [program.run(), program.run()] == ["ran ran ran h 1 11 0 1\n", "1 11 0 1\n"]
    program.write("VALUE = 2\n", "plugin.py")
    assert [program.run(), program.run()] == ["ran ran ran 2 12 1 1\n", "2 12 1 1\n"]
