"""Skipping the body of a `with` block.

Python has no way to leave out a `with` body. On a hit a private exception is raised in the caller's frame at the
first instruction after `__enter__`, and swallowed by `__exit__`.

Guarantees:

- No statement of the body runs, nor does a further item of the same `with`.
- The exception goes from that instruction to our `__exit__` and nowhere else.
- Trace functions, local trace functions and tracing flags are afterwards what they were; debuggers and coverage see
  the lines before and after, none of the body.
- Frames are independent: threads, coroutines, generators and recursion may each skip or run the same block.
- An armed skip that an interrupt kept from firing does not skip a later entry of the block.

One exception is known: where a debugger has traced opcodes of the same code between two hits (3.13: `breakpoint()`),
Python forgets our events, and the next body runs once. Then `fired` says no, and what the body did is as good as any
run.

Five rules without which it breaks, each found by a failing experiment:

1. Raise at the very first instruction after `__enter__` (POP_TOP or the store of the `as` name). Only that one is
   certain to be guarded by our `__exit__`: the first of the body may be an unguarded NOP (`try:`, `pass`), or be
   guarded by the user's own handler. The `as` name is not yet bound there; whoever writes the produced names binds it
   too.
2. A trace function is told the offset of the EXTENDED_ARG prefix, not of the store, in code with more than 256 names.
   Accept from the prefix to the instruction.
3. Write names in `__exit__`, after `fired` said yes: then the skip is a fact. Written in `__enter__`, a skip that
   failed would run the body on overwritten inputs.
4. Up to 3.11: installing the trace function is the last call in `__enter__`, putting back the earlier one the last in
   `__exit__`. A tracer that counts calls and returns (coverage's C tracer) otherwise falls out of step and loses
   lines of the caller.
5. From 3.12: instruction events are switched on once per code object and never off. Neither locks nor switching per
   hit: two threads would race, and an interrupt could leave a lock held.

How to use it, in `__enter__` and `__exit__`:

    skip = Skip()
    try:
        skip.arm(frame, block)      # all that can fail has happened before
        return self
    except BaseException:           # an interrupt
        skip.restore()
        raise

    try:
        if skip.fired(exc_type):
            write(frame, {block.target: self, **values})
            return True
    finally:
        skip.restore()              # the last thing
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    from ._skip_monitoring import MonitoringSkip as Skip
else:
    from ._skip_tracing import TracingSkip as Skip

__all__ = ["Skip"]
