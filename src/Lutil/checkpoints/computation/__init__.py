"""A computation: a call or a block, with its inputs at hand and its key.

The room knows values and code through the machines, brings their digests together, and says under which key and in
which stores the entries lie. It never sees what a run does, nor bytes of an entry.
"""
