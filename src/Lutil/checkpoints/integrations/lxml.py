"""lxml: documents by their text, elements by their place; what is read in C, with the files that are parts of it."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["ALSO", "COMPARED", "READERS", "SHOWN", "STORED"]


def _document(tree: Any) -> tuple[Any, ...]:
    """Return what there is of a document: its text, with what stands beside the root, and what its head says."""
    text: bytes = importlib.import_module("lxml.etree").tostring(tree)
    return text, tree.docinfo.URL, tree.docinfo.standalone


def _place(element: Any) -> tuple[object, ...]:
    """Return what stands before an element, or around it: so on to the root, which counts by the document.

    What is met twice on the way is looked at once: many elements of a document cost no more than the document.
    """
    before, around = element.getprevious(), element.getparent()
    if around is not None:
        return ("after", before) if before is not None else ("in", around)
    tree = element.getroottree()
    if tree.getroot() is None:  # a comment by itself
        return "alone", importlib.import_module("lxml.etree").tostring(element)
    beside = sum(1 for _ in element.itersiblings(preceding=True))
    return "root", beside, element.tail, _document(tree)


def _tree_place(tree: Any) -> tuple[object, ...]:
    root = tree.getroot()
    return *_document(tree), None if root.getparent() is None else root


def _made_again(text: bytes, url: str | None, html: bool) -> Any:  # noqa: FBT001 - as it is stored
    if html:
        known = importlib.import_module("lxml.html")
        return known.document_fromstring(text, known.HTMLParser(default_doctype=False, huge_tree=True), base_url=url)
    etree = importlib.import_module("lxml.etree")
    # Nothing that stands in the text is read from elsewhere, or lost.
    parser = etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(text, parser, base_url=url)


def _root_to_text(element: Any, html: bool = False) -> tuple[bytes, str | None, bool]:  # noqa: FBT001, FBT002 - as above
    """Return the text of the document of which an element is the root.

    Raises:
        TypeError: the element is no root, or what the text gives would be another document.
    """
    tree = element.getroottree()
    if element.getparent() is not None or tree.getroot() is not element or element.tail is not None:
        raise TypeError("an element is part of its document; return the root, or `etree.tostring` of the element")
    document = _document(tree)
    text = importlib.import_module("lxml.etree").tostring(tree, method="html") if html else document[0]
    if document[2] is not None and not html:
        text = b"<?xml version='1.0' standalone='%s'?>" % (b"yes" if document[2] else b"no") + text
    form = text, tree.docinfo.URL, html
    if _document(_made_again(*form).getroottree()) != document:
        raise TypeError("the document would come back as another one; return its text")
    return form


def _html_to_text(element: Any) -> tuple[bytes, str | None, bool]:
    return _root_to_text(element, html=True)


def _element_of(form: tuple[bytes, str | None, bool]) -> Any:
    return _made_again(*form)


def _tree_to_text(tree: Any) -> tuple[bytes, str | None, bool]:
    root = tree.getroot()
    return _root_to_text(root, html=type(root).__module__ == "lxml.html")


def _tree_of(form: tuple[bytes, str | None, bool]) -> Any:
    return _made_again(*form).getroottree()


COMPARED = {"lxml.etree._Element": _place, "lxml.etree._ElementTree": _tree_place}
SHOWN = dict.fromkeys(("lxml.etree.XPath", "lxml.etree.ETXPath"), ("path",))
STORED = {
    "lxml.etree._Element": (_root_to_text, _element_of),
    "lxml.html.HtmlElement": (_html_to_text, _element_of),
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
