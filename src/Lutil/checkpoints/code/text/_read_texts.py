"""Docstrings, annotations and sources where some of the reached code reads them: prompts are made of them."""

from __future__ import annotations

from collections.abc import Iterable

from ..kinds._sorts import Sort, kind_of
from ..plan._build import Builder
from ..plan._plan import Plan
from ._docstrings import annotated_classes, documentation

__all__ = ["add_annotated", "annotated", "documents"]


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


def annotated(plans: Iterable[Plan]) -> list[type]:
    """Return the classes in annotations of what is reached, if code that is reached reads them."""
    plans = list(plans)
    if not any(plan.docs for plan in plans):
        return []
    found = [cls for plan in plans for node, target in plan.targets() if node.name for cls in annotated_classes(target)]
    return [cls for cls in dict.fromkeys(found) if kind_of(cls) is Sort.CLASS]


def add_annotated(builder: Builder) -> bool:
    """Add the classes in annotations that are read; tell whether any was new."""
    before = len(builder.drafts)
    for number in sorted(builder.read_documents() - builder.annotated):
        builder.annotated.add(number)
        if builder.drafts[number].name:
            for cls in annotated_classes(builder.drafts[number].target):
                if builder.sort(cls) is Sort.CLASS:
                    builder.drafts[number].edges.append(builder.reach(cls))
    return len(builder.drafts) > before
