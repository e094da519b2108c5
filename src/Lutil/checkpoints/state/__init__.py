"""What a run leaves: inputs that it changed, memos that it filled, files that it wrote, the value that it returned.

The room takes snapshots before a run, tells the difference after it, and puts it back on a hit. It guarantees that
a change is put back whole, into the same objects, or that the result is not kept. It never runs anybody's code to
look at a value, and never sees how entries are stored.
"""
