"""Files that a run opens, lists, tests and writes, by Python and by native code."""
