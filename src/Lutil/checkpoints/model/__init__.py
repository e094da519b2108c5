"""The nouns: what a key, an entry, an outcome, a setting and an error are. Frozen; only the settings do I/O.

This room lies below all others. It knows no machine, and guarantees that what is made of it means the same in every
process: canonical bytes, parts with their kinds, options checked once.
"""
