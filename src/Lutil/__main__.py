"""`python -m Lutil` is the command line `lutil`."""

from __future__ import annotations

from .checkpoints.cli import main

main()
