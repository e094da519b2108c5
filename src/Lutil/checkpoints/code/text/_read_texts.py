"""Docstrings, annotations and sources where some of the reached code reads them: prompts are made of them."""

from __future__ import annotations

from collections.abc import Iterable

from ...model._identity import identity
from ..kinds._sorts import Sort, kind_of
from ..plan._build import Builder
from ..plan._plan import Plan
from ._docstrings import annotated_things, documentation

__all__ = ["add_annotated", "annotated", "documents"]


_CODE = (Sort.CLASS, Sort.FUNCTION)


def documents(plans: Iterable[Plan]) -> list[tuple[str, bytes]]:
    """Return the documentation of all that is reached, by its label, if code that is reached elsewhere reads it.

    What a single plan reads of itself is part of that plan.
    """
    plans = list(plans)
    reads = max((plan.docs for plan in plans), default=0)
    if not reads or len(plans) == 1:
        return []
    return [
        (node.label, documentation(target, source=reads > 1))
        for plan in plans
        for node, target in plan.targets()
        if node.name
    ]


def annotated(plans: Iterable[Plan]) -> list[object]:
    """Return the classes and functions in annotations of what is reached, if code that is reached reads them."""
    plans = list(plans)
    if not any(plan.docs for plan in plans):
        return []
    found = [one for plan in plans for node, target in plan.targets() if node.name for one in annotated_things(target)]
    coded = [one if kind_of(one) in _CODE else type(one) for one in found]
    return [*{identity(one): one for one in coded if kind_of(one) in _CODE}.values()]


def add_annotated(builder: Builder) -> bool:
    """Add the classes in annotations that are read, and what stands beside them; tell whether any code was new."""
    before = len(builder.drafts)
    for number in sorted(builder.read_documents() - builder.annotated):
        builder.annotated.add(number)
        if builder.drafts[number].name:
            for one in annotated_things(builder.drafts[number].target):
                sort = builder.sort(one)
                if sort in _CODE:
                    builder.drafts[number].edges.append(builder.reach(one))
                elif sort is Sort.DATA and builder.atom(one) is None:  # an atom is in the text of the annotation
                    builder.held(number, one, "Annotated[...]")
    return len(builder.drafts) > before
