"""Changes of environment variables that reached code names: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== os.environ[...]
-- env: MODE=a --> MODE=b
import os
@@ os.environ['MODE'] * x

== os.environ.get
-- env: --> MODE=b
import os
@@ os.environ.get('MODE', 'none')

== os.getenv
-- env: MODE=a --> MODE=b
import os
@@ os.getenv('MODE')

== environ imported by name
-- env: MODE=a --> MODE=b
from os import environ as e
@@ e['MODE']

== getenv imported by name
-- env: MODE=a --> MODE=b
from os import getenv
@@ getenv('MODE')

== whether a variable is there
-- env: --> MODE=b
import os
@@ 'MODE' in os.environ

== a variable that a helper reads
-- env: MODE=a --> MODE=b
import helpers
@@ helpers.g()
#: helpers.py
import os
def g(): return os.getenv('MODE')

== a variable whose name is a constant
-- env: MODE=a --> MODE=b
import os
NAME = 'MODE'
@@ os.environ[NAME]

== a variable in a constant of a module
-- env: MODE=a --> MODE=b
import os
MODE = os.environ['MODE']
@@ MODE * x
""",
)
