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


class Short(NamedTuple):
    """A way in which a check is known to fall short.

    Attributes:
        outcome: what the check says, or how that begins.
        why: the reason.
    """

    outcome: str
    why: str


KNOWN: dict[tuple[str, str], Short] = {
    ("numba", "numba.typed."): Short("not kept", "its memory has no pickled form"),
    ("jinja2", "jinja2.Template"): Short("not kept", "a template without a loader has no source"),
    ("sqlalchemy", "sa.select(User"): Short("not kept", "statements over classes have no pickled form"),
    ("functools", "types.MappingProxyType"): Short("not kept", "views on dictionaries have no pickled form"),
    ("jax", "jax.jit("): Short("not kept", "a compiled function that comes back is not the one that was written"),
    ("wrapt", "scaled("): Short("not kept", "proxies of wrapt have no pickled form"),
    ("wrapt", "wrapt.ObjectProxy("): Short("not kept", "proxies of wrapt have no pickled form"),
    ("lxml", "html.fromstring"): Short("not kept", "it is a part of a document that is not returned"),
    ("lxml", "html.fromstring("): Short("needless", "a copy has left the document, of which code can see the rest"),
}
"""What is right though it is no hit, by library and how the expression begins."""


def is_known(name: str, expression: str, outcome: str) -> bool:
    """Tell whether a check is known to fall short in this way; a wrong value or a crash never is."""
    return any(
        library == name and expression.startswith(start) and outcome.startswith(short.outcome)
        for (library, start), short in KNOWN.items()
    )


def reason(name: str, expression: str) -> str:
    """Return why the checks of a value are known to fall short; nothing where they are not."""
    found = (short.why for (library, start), short in KNOWN.items() if library == name and expression.startswith(start))
    return next(found, "")


if __name__ == "__main__":  # what `make test-wild` installs
    import sys

    sys.modules["values"] = sys.modules["__main__"]

import values_data  # noqa: E402, F401  (each adds its libraries)
import values_models  # noqa: E402, F401
import values_science  # noqa: E402, F401
import values_tools  # noqa: E402, F401

if __name__ == "__main__":
    print("\n".join(sorted({package for known in LIBRARIES.values() for package in known.packages})))
