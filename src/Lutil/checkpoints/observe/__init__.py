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
    other programs, native code outside the tables of `integrations/` and the net of `_kernel_opens`, threads older
    than the run, what workers draw at random, and what is no file: network, clocks, databases. Named in
    `Observation.notes` as far as it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._active_runs import enclosing
    from ._audit_hook import loaded_at
    from ._auditing import filter_missing
    from ._marker_digests import marker_digest, marker_parts, marker_path, marker_trace
    from ._observed_kinds import OBSERVED_KINDS, ObservedKind
    from ._present_state import EMPTY_DIGEST, combined, digests_of, present, present_parts
    from ._recorder import Observation, Recorder
    from ._stand_ins import original_of
    from ._trace import EMPTY, PROJECT, Mode, Observed, Trace, path_of
    from ._watching import kept_up
    from .files._file_digests import Notes, content_digest
    from .files._left_files import FILE, Left
    from .files._put_back import ANY, Row, SpoiltError, as_left, put_back, rows_from, rows_to_bytes, this_user
    from .streams._seeding import load_streams, restore_streams
    from .surroundings._turns import turn

__all__ = [
    "ANY",
    "EMPTY",
    "EMPTY_DIGEST",
    "FILE",
    "OBSERVED_KINDS",
    "PROJECT",
    "Left",
    "Mode",
    "Notes",
    "Observation",
    "Observed",
    "ObservedKind",
    "Recorder",
    "Row",
    "SpoiltError",
    "Trace",
    "as_left",
    "combined",
    "content_digest",
    "digests_of",
    "enclosing",
    "filter_missing",
    "kept_up",
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

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._active_runs": "enclosing",
            "._audit_hook": "loaded_at",
            "._auditing": "filter_missing",
            "._marker_digests": "marker_digest marker_parts marker_path marker_trace",
            "._observed_kinds": "OBSERVED_KINDS ObservedKind",
            "._present_state": "EMPTY_DIGEST combined digests_of present present_parts",
            "._recorder": "Observation Recorder",
            "._stand_ins": "original_of",
            "._trace": "EMPTY PROJECT Mode Observed Trace path_of",
            "._watching": "kept_up",
            ".files._file_digests": "Notes content_digest",
            ".files._left_files": "FILE Left",
            ".files._put_back": "ANY Row SpoiltError as_left put_back rows_from rows_to_bytes this_user",
            ".streams._seeding": "load_streams restore_streams",
            ".surroundings._turns": "turn",
        },
    )
