"""Code: everything that a computation reaches, and nothing else.

The room knows a code object, what it reaches, and how to tell whether any of it changed. `reach` and
`reach_block` make a `Plan`: the functions and classes reached, as a flat list in order of discovery, and the
places (`Slot`) of the values that they read. A `Walk` follows code that is met in those values.

It guarantees that formatting, comments, docstrings, moved code and the names of files do not show; that what
it is not sure of counts; that nothing is run or imported in order to look at it, and that nothing is raised
because of what is merely reached.

It never sees stores, and no digest of a value: that is the story's to bring together.
"""

from ._ambient import AMBIENT, ambient_slots
from ._attributes import read_attributes
from ._differences import diff
from ._documents import annotated, documents
from ._files import located
from ._fillers import bound_below, fillers
from ._keepers import Keeper, may_read, results
from ._kinds import is_cache
from ._library import LibraryPolicy, Rule, is_project, version_of
from ._patches import PATCHABLE, met_patches
from ._plan import Plan, Slot
from ._reach import reach, reach_block
from ._unloaded import module_code, module_files
from ._walk import Walk

__all__ = [
    "AMBIENT",
    "PATCHABLE",
    "Keeper",
    "LibraryPolicy",
    "Plan",
    "Rule",
    "Slot",
    "Walk",
    "ambient_slots",
    "annotated",
    "bound_below",
    "diff",
    "documents",
    "fillers",
    "is_cache",
    "is_project",
    "located",
    "may_read",
    "met_patches",
    "module_code",
    "module_files",
    "reach",
    "reach_block",
    "read_attributes",
    "results",
    "version_of",
]
