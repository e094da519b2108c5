"""The one part that is compiled: a filter for audit events. Without a compiler all works, with a hook in Python."""

import os

from setuptools import Extension, setup

FILTER = Extension("Lutil.checkpoints.observe._audit", ["src/Lutil/checkpoints/observe/_audit.c"], optional=True)

setup(ext_modules=[] if os.environ.get("LUTIL_NO_EXTENSIONS") else [FILTER])
