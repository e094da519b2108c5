"""lxml: documents that are read in C, with the files that are parts of them: entities, schemas, stylesheets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

__all__ = ["ALSO", "READERS"]

READERS = {
    "lxml.etree:parse": "source",
    "lxml.etree:iterparse": "source",
    "lxml.etree:XMLSchema": "_ file",
    "lxml.etree:RelaxNG": "_ file",
    "lxml.etree:Schematron": "_ file",
    "lxml.etree:DTD": "file",
    "lxml.objectify:parse": "f",
}
_REFERENCE = re.compile(
    rb"""
      <!(?:DOCTYPE|ENTITY)\s[^>\[]*?(?:SYSTEM|PUBLIC\s*(?:"[^"]*"|'[^']*'))\s*["']([^"'>]+)["']
    | <(?:[\w.-]+:)?(?:include|import|redefine|override|externalRef)\s[^>]*?
      (?:href|schemaLocation)\s*=\s*["']([^"'>]+)["']
    | <\?xml-stylesheet\s[^>]*?href\s*=\s*["']([^"'>]+)["']
    | document\(\s*["']([^"'>]+)["']
    """,
    re.VERBOSE,
)
_LARGEST = 64 * 2**20


def also(path: str) -> Iterator[str]:
    """Yield the files that a document names as parts of it. What it makes up itself (`document($x)`) is not found."""
    if os.path.getsize(path) > _LARGEST:  # noqa: PTH202 - text
        return
    with open(path, "rb") as file:  # noqa: PTH123 - text
        content = file.read()
    for found in _REFERENCE.finditer(content):
        name = os.fsdecode(next(filter(None, found.groups())))
        yield os.path.join(os.path.dirname(path), name)  # noqa: PTH118, PTH120 - text


ALSO = {"lxml": also}
