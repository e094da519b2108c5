"""One part of one case with one peer, in this process: prints its rows as JSON."""

import importlib
import json
import sys


def main(peer, case, part):
    found = getattr(importlib.import_module(f"field.cases.{case}"), part)(
        importlib.import_module(f"field.peers.{peer}")
    )
    print("\n" + json.dumps(found or {}))


if __name__ == "__main__":
    main(*sys.argv[1:])
