"""Lutil: learning utilities. `Lutil.checkpoints` caches the results of calls and of `with` blocks."""

from __future__ import annotations

__all__ = ["load_ipython_extension"]
__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """Give a notebook `%%checkpoint` and `%why`; called by `%load_ext Lutil`."""
    from Lutil.checkpoints.ipython import load  # noqa: PLC0415  (a notebook pays for it, nobody else)

    load(shell)
