"""Changes of environment variables that reached code names or a run was seen to read, and of what else a process has."""

from programs import table

CASES = table(
    "recompute",
    r"""
== os.environ[...]
-- env: MODE=a --> MODE=b
import os
@@ os.environ['MODE'] * x

== a variable that looks like a secret
-- env: SERVICE_API_KEY=ab --> SERVICE_API_KEY=abc
import os
@@ len(os.environ['SERVICE_API_KEY']) * x

== a secret that getenv reads
-- env: HF_TOKEN=ab --> HF_TOKEN=abc
import os
@@ len(os.getenv('HF_TOKEN')) * x

== a secret among all variables
-- env: MODE=a MY_TOKEN=ab --> MODE=a MY_TOKEN=abc
import os
@@ len(dict(os.environ)['MY_TOKEN']) * x

== a secret that appears among all variables
-- env: MODE=a --> MODE=a OTHER_TOKEN=c
import os
@@ len([name for name in os.environ if name.endswith('_TOKEN')]) * x

== a secret that a function of the project is asked for
-- env: MY_TOKEN=ab --> MY_TOKEN=abc
import os
def env(name): return os.environ[name]
@@ len(env('MY_TOKEN')) * x

== a number under a name that reads like a secret
-- env: MAX_TOKENS=2 SORT_KEY=a --> MAX_TOKENS=4 SORT_KEY=b
import os
@@ 'abcdef'[:int(os.environ['MAX_TOKENS'])] * x

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

== a variable that a function of the project is asked for
-- env: MODE=a --> MODE=b
import os
def env(name, default='none'): return os.environ.get(name, default)
@@ env('MODE')

== variables by names in a loop
-- env: MODE=a --> MODE=b
import os
@@ next(os.environ[name] for name in ('NO_SUCH', 'MODE') if name in os.environ)

== a name that is computed
-- env: MODE=a --> MODE=b
import os
@@ os.getenv('MO' + 'DE'.upper())

== a variable that appears
-- env: --> MODE=b
import os
def env(name, default='none'): return os.environ.get(name, default)
@@ env('MODE')

== all variables as a dict
-- env: MODE=a --> MODE=b
import os
@@ dict(os.environ)['MODE']

== a copy of all variables
-- env: MODE=a --> MODE=b
import os
@@ os.environ.copy()['MODE']

== all variables and another one
-- env: MODE=a --> MODE=b
import os
@@ {**os.environ, 'A': '1'}['MODE']

== the items that begin so
-- env: APP_A=1 --> APP_A=1 APP_B=2
import os
@@ ','.join(sorted(k + v for k, v in os.environ.items() if k.startswith('APP_')))

== the names that begin so
-- env: APP_A=1 --> APP_A=1 APP_B=2
import os
@@ ','.join(sorted(k for k in os.environ if k.startswith('APP_')))

== a local name for the environment
-- env: MODE=a --> MODE=b
import os
def local():
    environment = os.environ
    return environment['MODE']
@@ local()

== the environment in bytes
-- env: MODE=a --> MODE=b
import os
def env(name): return os.environb[name]
@@ env(b'MODE').decode()

== a text in which a variable stands
-- env: MODE=a --> MODE=b
import os
@@ os.path.expandvars('$MODE')

== the folder of the user
-- env: HOME=/a --> HOME=/b
import os
@@ os.path.expanduser('~/x')

== the folder of the user, by pathlib
-- env: HOME=/a --> HOME=/b
from pathlib import Path
@@ Path.home()

== a template that is given the environment
-- env: MODE=a --> MODE=b
import os, string
@@ string.Template('$MODE').substitute(os.environ)

== a chain of the environment and defaults
-- env: --> MODE=b
import collections, os
@@ collections.ChainMap(os.environ, {'MODE': 'none'})['MODE']

== a variable that a thread reads
-- env: MODE=a --> MODE=b
import os
from concurrent.futures import ThreadPoolExecutor
def in_thread(name):
    with ThreadPoolExecutor(1) as pool: return pool.submit(os.environ.get, name).result()
@@ in_thread('MODE')

== a variable that a worker reads
-- env: MODE=a --> MODE=b
import multiprocessing, os
def env(name): return os.environ[name]
def in_worker(name):
    with multiprocessing.get_context('fork').Pool(1) as pool: return pool.apply(env, (name,))
@@ in_worker('MODE')

== a variable that an inner computation reads
-- env: MODE=a --> MODE=b
import os
@checkpoint
def inner(name): return os.environ[name]
inner('MODE')
@@ inner('MODE')

== a variable that an inner computation names, which is found when it runs
-- env: MODE=a --> MODE=b
import os
@checkpoint
def inner(): return os.environ['MODE']
inner()
def found(): return globals()['inner'.lower()]
@@ found()()

== a variable that is read before it is set
-- env: MODE=a --> MODE=b
import os
def swap(name):
    old = os.environ.pop(name)
    os.environ[name] = old
    return old
@@ swap('MODE')

== all arguments of the script
-- env: ARGS=a --> ARGS=b
import os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
@@ sys.argv[1:]

== one argument of the script
-- env: ARGS=a --> ARGS=b
import os
from sys import argv
argv[1:] = os.environ['ARGS'].split(',')
@@ argv[1]

== how many arguments the script has
-- env: ARGS=a --> ARGS=a,b
import os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
@@ len(sys.argv)

== arguments that are parsed
-- env: ARGS=--k,1 --> ARGS=--k,7
import argparse, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('--k', type=int)
    return parser.parse_args()
@@ parse().k

== arguments that are parsed where none are given
-- env: ARGS=--k,1 --> ARGS=--k,7
import argparse, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse(given=None):
    parser = argparse.ArgumentParser()
    parser.add_argument('--k', type=int)
    return parser.parse_known_args(given)[0]
@@ parse().k

== arguments that are parsed in between others
-- env: ARGS=1,--k,1 --> ARGS=1,--k,7
import argparse, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('n')
    parser.add_argument('--k', type=int)
    return parser.parse_intermixed_args()
@@ parse().k

== arguments that optparse reads
-- env: ARGS=--k=1 --> ARGS=--k=7
import optparse, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse():
    parser = optparse.OptionParser()
    parser.add_option('--k', type=int)
    return parser.parse_args()[0]
@@ parse().k

== arguments that click reads
-- needs: click
-- env: ARGS=--k=1 --> ARGS=--k=7
import click, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse():
    @click.command()
    @click.option('--k', type=int)
    def command(k): return k
    return command(standalone_mode=False)
@@ parse()

== a name that a module gives by its function
-- return 1 --> return 2
import lazy
@@ lazy.limit
#: lazy.py
def __getattr__(name):
    if name == 'limit': return 1
    raise AttributeError(name)

== a name that is imported and that a module gives by its function
-- LIMIT = 1 --> LIMIT = 2
def limit():
    from lazy import limit
    return limit
@@ limit()
#: lazy.py
LIMIT = 1
def __getattr__(name):
    if name == 'limit': return LIMIT
    raise AttributeError(name)

== a part of a package that is loaded when it is asked for
-- return 1 --> return 2
import pack
@@ pack.part.g()
#: pack/__init__.py
import importlib
def __getattr__(name): return importlib.import_module('.' + name, __name__)
#: pack/part.py
def g(): return 1
""",
)

HITS = table(
    "hit",
    r"""
== another variable than the one that is asked for
-- env: MODE=a OTHER=a --> MODE=a OTHER=b
import os
def env(name, default='none'): return os.environ.get(name, default)
@@ env('MODE')

== another order of the environment
-- env: A=1 B=2 --> B=2 A=1
import os
@@ sorted(k + v for k, v in os.environ.items() if k in ('A', 'B'))

== what shells and terminals set, among all variables
-- env: MODE=a TERM=x PWD=/a SHLVL=1 --> MODE=a TERM=y PWD=/b SHLVL=2 SSH_TTY=1 OLDPWD=/ PATH=/bin _=x
import os
@@ dict(os.environ)['MODE']

== a variable that the run itself has set
-- env: MODE=a --> MODE=b
import os
def read(name):
    os.environ[name] = 'mine'
    return os.environ[name]
@@ read('MODE')

== variables that the standard library reads for itself
-- env: PATH=/bin --> PATH=/usr/bin
import shutil
@@ shutil.which('no-such-program')

== the environment that a program is started with
-- env: PATH=/usr/bin:/bin --> PATH=/bin:/usr/bin
import subprocess
@checkpoint(version=1)
def f(x):
    print('ran')
    return subprocess.run(['true'], check=True).returncode
print(f(3))

== a variable that is in the key already
-- env: MODE=a --> MODE=a
import os
@@ os.environ['MODE']

== the name of the script
-- env: ARGS=a --> ARGS=b
import os, sys
sys.argv[:] = [os.environ['ARGS'], 'x']
@@ sys.argv[1:]

== another argument of the script than the one that is read
-- env: ARGS=a,b --> ARGS=a,c
import os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
@@ sys.argv[1]

== arguments of the script where others are given
-- env: ARGS=--k,1 --> ARGS=--k,7
import argparse, os, sys
sys.argv[1:] = os.environ['ARGS'].split(',')
def parse(given):
    parser = argparse.ArgumentParser()
    parser.add_argument('--k', type=int)
    return parser.parse_args(given)
@@ parse(['--k', '3']).k

== something else in a module that gives names by its function
-- other = 1 --> other = 2
import lazy
@@ lazy.limit
#: lazy.py
other = 1
def __getattr__(name):
    if name == 'limit': return 1
    raise AttributeError(name)
""",
)
