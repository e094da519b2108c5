"""What the import of the library adds to the start of Python."""

from field.timing import process, processes

TITLE = "Import"


def measure(peer):
    bare = processes(lambda: process("-c", "pass"))
    return {"import, beside a bare Python": processes(lambda: process("-c", peer.IMPORT)) - bare}
