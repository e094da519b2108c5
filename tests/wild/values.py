"""Values of libraries of the field: what to install, and expressions whose values must all differ within a line."""

from __future__ import annotations

from typing import NamedTuple


class Library(NamedTuple):
    """One library.

    Attributes:
        packages: what pip installs.
        imports: what has to be there for its values to be made.
        setup: code that runs first; it may define `show` (what must be the same after a hit) and `look`.
        lines: expressions; within a line all values differ.
        lossy: expressions whose own pickles or copies lose something, so that a copy is another value.
    """

    packages: tuple[str, ...]
    imports: tuple[str, ...]
    setup: str
    lines: tuple[tuple[str, ...], ...]
    lossy: frozenset[str] = frozenset()


LIBRARIES: dict[str, Library] = {}


def library(
    name: str, setup: str, values: str, *, packages: str = "", imports: str = "", lossy: tuple[str, ...] = ()
) -> None:
    """Add a library: in `values` each line is a set of expressions, separated by ` | `."""
    lines = tuple(tuple(part.strip() for part in line.split(" | ")) for line in values.strip().splitlines() if line)
    LIBRARIES[name] = Library(
        tuple(packages.split() or [name]), tuple(imports.split() or [name]), setup, lines, frozenset(lossy)
    )


KNOWN: dict[tuple[str, str], str] = {
    ("numba", "numba.typed."): "not kept",  # its memory has no pickled form
    ("jinja2", "jinja2.Template"): "not kept",  # a template without a loader has no source
    ("sqlalchemy", "sa.select(User"): "not kept",  # statements over classes have no pickled form
    ("functools", "types.MappingProxyType"): "not kept",  # nor have views on dictionaries
    ("lxml", "html.fromstring"): "not kept",  # a part of a document that is not returned
}
"""What is right though it is no hit: by library and how the expression begins, what the check says."""


def is_known(name: str, expression: str, outcome: str) -> bool:
    """Tell whether a check is known to fall short in this way; a wrong value or a crash never is."""
    return any(
        library == name and expression.startswith(start) and outcome.startswith(word)
        for (library, start), word in KNOWN.items()
    )


if __name__ == "__main__":  # what `make test-wild` installs
    import sys

    sys.modules["values"] = sys.modules["__main__"]

import values_data  # noqa: E402, F401  (each adds its libraries)
import values_models  # noqa: E402, F401
import values_science  # noqa: E402, F401
import values_tools  # noqa: E402, F401

if __name__ == "__main__":
    print("\n".join(sorted({package for known in LIBRARIES.values() for package in known.packages})))
