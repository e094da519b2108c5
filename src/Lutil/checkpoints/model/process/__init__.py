"""What every room minds in a foreign process: start, interrupts, limits, log, notices, undoing, asking classes."""
