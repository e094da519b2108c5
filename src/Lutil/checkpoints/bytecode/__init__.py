"""The one room that reads bytecode: instructions, exception tables, flow graphs, the normal form.

What changes with a release of CPython changes here. The room sees code objects alone: never what names are bound to.
"""
