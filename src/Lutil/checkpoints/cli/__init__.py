"""The command line: see, steer and clean the cache.

Knows: how people write sizes, times and keys; tables and JSON.
Never sees: a result. Commands read facts and provenance of entries, and unpickle nothing.
Guarantees: what is piped has one record a line, fields apart by tabs; an error is one line and exit code 1, a misuse 2.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of this process."""
    from . import _cleaning, _key_commands, _reading, _running, _sharing_commands  # noqa: F401, PLC0415  (each adds its commands)
    from ._group import lutil  # noqa: PLC0415  (who imports the package should not load click)

    lutil.main(prog_name="lutil")
