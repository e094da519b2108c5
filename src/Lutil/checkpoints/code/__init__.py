"""Code: everything that a computation reaches, and nothing else.

The room knows a code object, what it reaches, and how to tell whether any of it changed. `reach` and
`reach_block` make a `Plan`: the functions and classes reached, as a flat list in order of discovery, and the
places (`Slot`) of the values that they read. A `Walk` follows code that is met in those values.

It guarantees that formatting, comments, docstrings, moved code and the names of files do not show; that what
it is not sure of counts; that nothing is run or imported in order to look at it, and that nothing is raised
because of what is merely reached.

It never sees stores, and no digest of a value: that is the story's to bring together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ..project._libraries import LibraryPolicy, Rule, is_project, version_of
    from .facts._kept_facts import keep_facts_in, write_facts
    from .kinds._doing import Doing, is_own_class
    from .kinds._library_settings import AMBIENT, ambient_slots
    from .kinds._memo_fillers import bound_below, fillers
    from .kinds._result_keepers import may_read, results
    from .kinds._sorts import is_cache
    from .kinds._uses_tell import are_made_more_of
    from .plan._attributes import grown_attributes, read_attributes
    from .plan._later_imports import module_code, module_files, static_files
    from .plan._patches import PATCHABLE, met_patches
    from .plan._plan import Keeper, Plan, Slot
    from .plan._reach import reach, reach_block
    from .plan._walk import Walk
    from .text._read_texts import annotated, documents
    from .text._source_diff import diff

__all__ = [
    "AMBIENT",
    "PATCHABLE",
    "Doing",
    "Keeper",
    "LibraryPolicy",
    "Plan",
    "Rule",
    "Slot",
    "Walk",
    "ambient_slots",
    "annotated",
    "are_made_more_of",
    "bound_below",
    "diff",
    "documents",
    "fillers",
    "grown_attributes",
    "is_cache",
    "is_own_class",
    "is_project",
    "keep_facts_in",
    "may_read",
    "met_patches",
    "module_code",
    "module_files",
    "reach",
    "reach_block",
    "read_attributes",
    "results",
    "static_files",
    "version_of",
    "write_facts",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "..project._libraries": "LibraryPolicy Rule is_project version_of",
            ".facts._kept_facts": "keep_facts_in write_facts",
            ".kinds._doing": "Doing is_own_class",
            ".kinds._library_settings": "AMBIENT ambient_slots",
            ".kinds._memo_fillers": "bound_below fillers",
            ".kinds._result_keepers": "may_read results",
            ".kinds._sorts": "is_cache",
            ".kinds._uses_tell": "are_made_more_of",
            ".plan._attributes": "grown_attributes read_attributes",
            ".plan._later_imports": "module_code module_files static_files",
            ".plan._patches": "PATCHABLE met_patches",
            ".plan._plan": "Keeper Plan Slot",
            ".plan._reach": "reach reach_block",
            ".plan._walk": "Walk",
            ".text._read_texts": "annotated documents",
            ".text._source_diff": "diff",
        },
    )
