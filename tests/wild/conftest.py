"""The sweep over libraries of the field runs by `make test-wild` only: it needs an environment of its own."""

import os

collect_ignore = [] if os.environ.get("WILD") else ["test_wild.py"]
