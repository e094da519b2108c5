"""What a run read without being told: files, listings, variables, random streams; and what such a name is today.

Knows
    which files, folders, variables and random streams a run read, by watching it (`Recorder`); the digest of their
    present state (`present`); where the streams stood afterwards (`restore_streams`).

Guarantees
    A name of a trace has the same digest in every process exactly as long as its content is the same: a file that
    is touched, copied or moved along with its project keeps it. A file that changed while it was read is reported, not
    digested. What a run does in one thread or task is never counted for a run in another, unless that run
    started it; what Python processes do that work for a run is counted for that run. Importing replaces nothing: the
    audit hook is installed by the first run of a process, never by an import or a hit, and stand-ins, for functions
    and for standard input, are up while a run is on only. No value of a variable is kept, only its digest.

Never sees
    stores and codecs. The memory of digests that outlives a process is handed in (`Notes`).

Blind to
    other programs, native code outside the tables of `integrations/` and the net of `_opens`, threads older than the
    run, what workers draw at random, and what is no file: network, clocks, databases. Named in
    `Observation.notes` as far as it shows.
"""

from ._current import enclosing
from ._files import Notes, content_digest
from ._hook import loaded_at
from ._leaving import FILE, Left
from ._markers import Dir, Env, File, marker_digest, marker_parts, marker_path, marker_trace
from ._present import EMPTY_DIGEST, combined, digests_of, present, present_parts
from ._putting import ANY, Row, SpoiltError, as_left, put_back, rows_from, rows_to_bytes, this_user
from ._recorder import Observation, Recorder
from ._seeding import load_streams, restore_streams
from ._standins import original_of
from ._streams import loaded_streams
from ._trace import EMPTY, PROJECT, Mode, Observed, Trace, path_of
from ._turns import turn

__all__ = [
    "ANY",
    "EMPTY",
    "EMPTY_DIGEST",
    "FILE",
    "PROJECT",
    "Dir",
    "Env",
    "File",
    "Left",
    "Mode",
    "Notes",
    "Observation",
    "Observed",
    "Recorder",
    "Row",
    "SpoiltError",
    "Trace",
    "as_left",
    "combined",
    "content_digest",
    "digests_of",
    "enclosing",
    "load_streams",
    "loaded_at",
    "marker_digest",
    "marker_parts",
    "marker_path",
    "marker_trace",
    "original_of",
    "path_of",
    "present",
    "present_parts",
    "put_back",
    "restore_streams",
    "rows_from",
    "rows_to_bytes",
    "this_user",
    "turn",
]

loaded_streams()  # where they stand now: what the program does to them later is read off that
