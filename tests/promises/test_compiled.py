"""Compiled code of the project, built here by the system's own compiler: a rebuild counts only if it gives other code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
FLAGS = ["-shared", "-fPIC", *(["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else [])]
INCLUDE = Path(sysconfig.get_path("include"))

EXTENSION = """
#include <Python.h>

static PyObject *scaled(PyObject *self, PyObject *number)
{
    double value = PyFloat_AsDouble(number);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(value * FACTOR);
}

static PyMethodDef methods[] = {{"scaled", scaled, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec scaler = {"fast.Scaler", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods};

PyMODINIT_FUNC PyInit_fast(void)
{
    PyObject *made = PyModule_Create(&module);
    PyModule_AddObject(made, "Scaler", PyType_FromSpec(&scaler));
    return made;
}
"""

LIBRARY = "double scaled(double value) { return value * FACTOR; }\n"

LOADED = """
import ctypes, os
library = ctypes.CDLL(os.path.abspath("libfast.so"))
library.scaled.restype, library.scaled.argtypes = ctypes.c_double, [ctypes.c_double]
"""

REACHED = """
import fast
from fast import Scaler, scaled
class Derived(Scaler): pass
scaler = Scaler()
bound = scaler.scaled
WAYS = {
    "module": lambda x: fast.scaled(x),
    "name": lambda x: scaled(x),
    "class": lambda x: Scaler().scaled(x),
    "derived": lambda x: Derived().scaled(x),
    "object": lambda x: scaler.scaled(x),
    "bound": lambda x: bound(x),
}
"""

USE = """
from Lutil.checkpoints import checkpoint
def each(way):
    @checkpoint(name=way)
    def f(x):
        print(way)
        return WAYS[way](x)
    return f
print([each(way)(3.0) for way in WAYS])
"""

PROGRAMS = {
    "an extension": (EXTENSION, "fast.so", REACHED),
    "a loaded library": (LIBRARY, "libfast.so", LOADED + 'WAYS = {"library": lambda x: library.scaled(x)}\n'),
}


@pytest.mark.skipif(COMPILER is None, reason="no C compiler is here")
@pytest.mark.parametrize(("source", "built", "head"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_compiled_code_recomputes_when_it_is_edited_and_not_when_it_is_built_again(program, source, built, head):
    if source is EXTENSION and not (INCLUDE / "Python.h").exists():
        pytest.skip("the interpreter has no headers here")
    (program.folder / "fast.c").write_text(source)
    program.write(head + USE)
    ways = re.findall(r'^    "(\w+)": ', head, flags=re.MULTILINE) or ["library"]
    for factor, ran in ((2, ways), (2, []), (5, ways), (2, [])):
        (program.folder / built).unlink(missing_ok=True)
        build = [COMPILER, *FLAGS, f"-DFACTOR={factor}", f"-I{INCLUDE}", "fast.c", "-o", built]
        subprocess.run(build, cwd=program.folder, check=True)
        assert program.run().splitlines() == [*ran, str([3.0 * factor] * len(ways))]
