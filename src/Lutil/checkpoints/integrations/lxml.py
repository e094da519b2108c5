"""lxml: elements and documents by their text; what is read in C, with the files that are parts of it."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["ALSO", "COMPARED", "READERS", "SHOWN", "STORED"]


def _text(element: Any) -> tuple[bytes, str | None]:
    text: bytes = importlib.import_module("lxml.etree").tostring(element, with_tail=True)
    tree = element if hasattr(element, "docinfo") else element.getroottree()
    return text, tree.docinfo.URL


def _root_to_text(element: Any) -> bytes:
    if element.getparent() is not None:
        raise TypeError("an element is part of its document; return the root, or `etree.tostring` of the element")
    return _text(element)[0]


def _element_of(text: bytes) -> Any:
    return importlib.import_module("lxml.etree").fromstring(text)


def _html_of(text: bytes) -> Any:
    return importlib.import_module("lxml.html").fromstring(text)


def _tree_to_text(tree: Any) -> bytes:
    return _text(tree)[0]


def _tree_of(text: bytes) -> Any:
    return importlib.import_module("lxml.etree").ElementTree(_element_of(text))


COMPARED = {"lxml.etree._Element": _text, "lxml.etree._ElementTree": _text}
SHOWN = dict.fromkeys(("lxml.etree.XPath", "lxml.etree.ETXPath"), ("path",))
STORED = {
    "lxml.etree._Element": (_root_to_text, _element_of),
    "lxml.html.HtmlElement": (_root_to_text, _html_of),
    "lxml.etree._ElementTree": (_tree_to_text, _tree_of),
}
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
