"""What every room minds in somebody else's process: its start, interrupts, limits, log, notices, changes undone, how classes are asked."""
