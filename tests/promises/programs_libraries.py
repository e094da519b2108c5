"""Code behind libraries, compiled code, and versions."""

from programs import hit, recompute

PLUS = ("+ 1", "+ 2")
LIB = """
import sys
sys.path.insert(0, "lib/site-packages")
import lib
{settings}
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-{version}.dist-info/METADATA
Name: lib
Version: {version}
#: lib/site-packages/lib-{version}.dist-info/RECORD
lib/__init__.py,,
"""
TYPE = LIB.replace("@@ lib.g(x)", """
class Holder: pass
thing = lib.Thing()
@checkpoint
def f(thing):
    print("ran")
    return thing.k
print(f(thing))""").replace("def g(x): return x + 1", "class Thing:\n    def __init__(self): self.k = 1")
MINOR = 'from Lutil.checkpoints import *\nfrom Lutil.checkpoints import configure\nconfigure(libraries={"lib": "minor"})'
IGNORE = 'from Lutil.checkpoints import *\nfrom Lutil.checkpoints import configure\nconfigure(libraries="ignore")'


def lib(version, settings="", text=LIB):
    return text.format(version=version, settings=settings)


CASES = [
    recompute("the version of a library that is called", lib("1.0"), after=lib("1.1"), silent=True),
    recompute("the version of a library of which an argument's type is", lib("1.0", text=TYPE), after=lib("1.1", text=TYPE), silent=True),
    recompute("the minor version, where that counts", lib("1.0.1", MINOR), after=lib("1.1.1", MINOR), silent=True),
    hit("the patch version, where the minor counts", lib("1.0.1", MINOR), after=lib("1.0.2", MINOR)),
    hit("a version, where versions are ignored", lib("1.0", IGNORE), after=lib("2.0", IGNORE)),
    hit("the version of a library that is imported and not used", lib("1.0").replace("lib.g(x)", "x"), after=lib("2.0").replace("lib.g(x)", "x")),
    hit("the version of a progress bar", lib("1.0").replace("lib", "tqdm"), after=lib("2.0").replace("lib", "tqdm")),
    recompute("project code in a package that was installed from a folder", lib("1.0") + '#: lib/site-packages/lib-1.0.dist-info/direct_url.json\n{"url": "file:///somewhere", "dir_info": {}}\n', PLUS),
    recompute("a compiled project module", "import _xxhash\n@@ _xxhash.xxh32_intdigest(b'a') * x\n#: _xxhash.so\n!compiled one", ("!compiled one", "!compiled two"), silent=True),
    recompute("a compiled module of a project package", "from pkg import _xxhash as n\n@@ n.xxh32_intdigest(b'a') * x\n#: pkg/__init__.py\n#: pkg/_xxhash.so\n!compiled one", ("!compiled one", "!compiled two"), silent=True),
    recompute("a compiled function imported by name", "from _xxhash import xxh32_intdigest as d\n@@ d(b'a') * x\n#: _xxhash.so\n!compiled one", ("!compiled one", "!compiled two"), silent=True),
    recompute("a loaded shared library", "import ctypes, os\nlib = ctypes.CDLL(os.path.abspath('lib.so'))\n@@ hasattr(lib, 'PyInit__xxhash')\n#: lib.so\n!compiled one", ("!compiled one", "!compiled two"), silent=True),
    recompute("a function of a loaded shared library", "import ctypes, os\ng = ctypes.PyDLL(os.path.abspath('lib.so')).PyInit__xxhash\n@@ g.__name__\n#: lib.so\n!compiled one", ("!compiled one", "!compiled two"), silent=True),
    recompute("behind np.vectorize", "import numpy as np\ndef a(x): return x + 1\ng = np.vectorize(a)\n@@ int(g(x))", PLUS, needs=("numpy",)),
    recompute("behind np.frompyfunc", "import numpy as np\ndef a(x): return x + 1\n@@ np.frompyfunc(a, 1, 1)(x)", PLUS, needs=("numpy",)),
    recompute("behind DataFrame.apply", "import pandas as pd\ndef a(x): return x + 1\nT = pd.DataFrame({'a': [1]})\n@@ int(T['a'].apply(a).sum()) * x", PLUS, needs=("pandas",)),
    recompute("behind FunctionTransformer", "from sklearn.preprocessing import FunctionTransformer\nimport numpy as np\ndef a(x): return x + 1\nt = FunctionTransformer(a)\n@@ float(t.transform(np.ones((2, 2))).sum()) * x", PLUS, needs=("sklearn",)),
    recompute("behind a FunctionTransformer in a watched pipeline", "from sklearn.preprocessing import FunctionTransformer\nfrom sklearn.pipeline import make_pipeline\nimport numpy as np\ndef a(x): return x + 1\np = make_pipeline(FunctionTransformer(a))\nwith InlineCheckpoint(watch=['p'], produce=['y']):\n    print('ran')\n    y = float(p.fit_transform(np.ones((2, 2))).sum())\nprint(y)", PLUS, needs=("sklearn",)),
    recompute("a parameter of an estimator", "from sklearn.preprocessing import StandardScaler\nimport numpy as np\ns = StandardScaler(with_mean=True).fit(np.arange(4.0).reshape(-1, 1))\n@@ float(s.transform(np.ones((1, 1)))[0, 0]) * x", ("=True", "=False"), needs=("sklearn",)),
    recompute("a project class below a library's", "from sklearn.base import BaseEstimator\nclass E(BaseEstimator):\n    def fit(self, x): return x + 1\n@@ E().fit(x)", PLUS, needs=("sklearn",)),
    recompute("behind numba", "import numba\n@numba.njit\ndef a(x): return x + 1\n@@ a(x)", PLUS, needs=("numba",)),
    recompute("behind tenacity", "import tenacity\n@tenacity.retry(stop=tenacity.stop_after_attempt(2))\ndef a(x): return x + 1\n@@ a(x)", PLUS, needs=("tenacity",)),
    recompute("a pydantic model", "import pydantic\nclass M(pydantic.BaseModel):\n    k: int = 1\n@@ M().k * x", ("= 1", "= 2"), needs=("pydantic",)),
    recompute("a pydantic validator", "import pydantic\nclass M(pydantic.BaseModel):\n    k: int\n    @pydantic.field_validator('k')\n    @classmethod\n    def up(cls, v): return v + 1\n@@ M(k=x).k", PLUS, needs=("pydantic",)),
    recompute("an attrs class", "import attr\n@attr.s(auto_attribs=True)\nclass A:\n    k: int = 1\n@@ A().k * x", ("= 1", "= 2"), needs=("attr",)),
    recompute("behind joblib", "import joblib\ndef a(x): return x + 1\n@@ joblib.Parallel(n_jobs=1)([joblib.delayed(a)(x)])", PLUS, needs=("joblib",)),
]
