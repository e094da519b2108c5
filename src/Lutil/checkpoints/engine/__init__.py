"""The story: look up, run, save, with one function per arrow, and the guard around it.

Whatever fails in here, the body runs once and its result arrives.
"""
