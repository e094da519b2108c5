"""The mutable objects in inputs: found and numbered before a run, compared after it, put back in place by a hit."""
