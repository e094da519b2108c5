"""Versions of libraries: which of them count."""

from programs import table

CASES = table(
    "recompute",
    r"""
== the version of a library that is called
-- silent
import sys
sys.path.insert(0, "lib/site-packages")
import lib

@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/METADATA
Name: lib
Version: 1.0
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib

@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.1.dist-info/METADATA
Name: lib
Version: 1.1
#: lib/site-packages/lib-1.1.dist-info/RECORD
lib/__init__.py,,

== the version of a library of which an argument's type is
-- silent
import sys
sys.path.insert(0, "lib/site-packages")
import lib


class Holder: pass
thing = lib.Thing()
@checkpoint
def f(thing):
    print("ran")
    return thing.k
print(f(thing))
#: lib/site-packages/lib/__init__.py
class Thing:
    def __init__(self): self.k = 1
#: lib/site-packages/lib-1.0.dist-info/METADATA
Name: lib
Version: 1.0
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib


class Holder: pass
thing = lib.Thing()
@checkpoint
def f(thing):
    print("ran")
    return thing.k
print(f(thing))
#: lib/site-packages/lib/__init__.py
class Thing:
    def __init__(self): self.k = 1
#: lib/site-packages/lib-1.1.dist-info/METADATA
Name: lib
Version: 1.1
#: lib/site-packages/lib-1.1.dist-info/RECORD
lib/__init__.py,,

== the minor version, where that counts
-- silent
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries={"lib": "minor"})
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.1.dist-info/METADATA
Name: lib
Version: 1.0.1
#: lib/site-packages/lib-1.0.1.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries={"lib": "minor"})
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.1.1.dist-info/METADATA
Name: lib
Version: 1.1.1
#: lib/site-packages/lib-1.1.1.dist-info/RECORD
lib/__init__.py,,

== the commit that a library was installed from
-- 0a1b2c --> 0a1b2d
-- silent
import sys
sys.path.insert(0, "lib/site-packages")
import lib
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
__version__ = "1.0"
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
#: lib/site-packages/lib-1.0.dist-info/direct_url.json
{"url": "https://one.example/lib.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c", "requested_revision": "main"}}

== the archive that a library was installed from
-- 0a1b2c --> 0a1b2d
-- silent
import sys
sys.path.insert(0, "lib/site-packages")
import lib
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
__version__ = "1.0"
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
#: lib/site-packages/lib-1.0.dist-info/direct_url.json
{"url": "https://one.example/lib.zip", "archive_info": {"hash": "sha256=0a1b2c", "hashes": {"sha256": "0a1b2c"}}}
""",
) + table(
    "hit",
    r"""
== the patch version, where the minor counts
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries={"lib": "minor"})
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.1.dist-info/METADATA
Name: lib
Version: 1.0.1
#: lib/site-packages/lib-1.0.1.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries={"lib": "minor"})
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.2.dist-info/METADATA
Name: lib
Version: 1.0.2
#: lib/site-packages/lib-1.0.2.dist-info/RECORD
lib/__init__.py,,

== a version, where versions are ignored
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries="ignore")
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/METADATA
Name: lib
Version: 1.0
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries="ignore")
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-2.0.dist-info/METADATA
Name: lib
Version: 2.0
#: lib/site-packages/lib-2.0.dist-info/RECORD
lib/__init__.py,,

== the version of a library that is imported and not used
import sys
sys.path.insert(0, "lib/site-packages")
import lib

@@ x
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/METADATA
Name: lib
Version: 1.0
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
-->
import sys
sys.path.insert(0, "lib/site-packages")
import lib

@@ x
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-2.0.dist-info/METADATA
Name: lib
Version: 2.0
#: lib/site-packages/lib-2.0.dist-info/RECORD
lib/__init__.py,,

== the version of a progress bar
import sys
sys.path.insert(0, "tqdm/site-packages")
import tqdm

@@ tqdm.g(x)
#: tqdm/site-packages/tqdm/__init__.py
def g(x): return x + 1
#: tqdm/site-packages/tqdm-1.0.dist-info/METADATA
Name: tqdm
Version: 1.0
#: tqdm/site-packages/tqdm-1.0.dist-info/RECORD
tqdm/__init__.py,,
-->
import sys
sys.path.insert(0, "tqdm/site-packages")
import tqdm

@@ tqdm.g(x)
#: tqdm/site-packages/tqdm/__init__.py
def g(x): return x + 1
#: tqdm/site-packages/tqdm-2.0.dist-info/METADATA
Name: tqdm
Version: 2.0
#: tqdm/site-packages/tqdm-2.0.dist-info/RECORD
tqdm/__init__.py,,

== a commit of the same revision under another address
-- one.example --> two.example
import sys
sys.path.insert(0, "lib/site-packages")
import lib
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
__version__ = "1.0"
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
#: lib/site-packages/lib-1.0.dist-info/direct_url.json
{"url": "https://one.example/lib.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c", "requested_revision": "main"}}

== a commit, where the minor version counts
-- 0a1b2c --> 0a1b2d
import sys
sys.path.insert(0, "lib/site-packages")
import lib
from Lutil.checkpoints import *
from Lutil.checkpoints import configure
configure(libraries={"lib": "minor"})
@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
__version__ = "1.0"
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
#: lib/site-packages/lib-1.0.dist-info/direct_url.json
{"url": "https://one.example/lib.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c", "requested_revision": "main"}}
""",
)
