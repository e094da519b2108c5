"""What every room has to mind in somebody else's process: interrupts, limits, log, notices, changes that are undone."""
