"""lxml: elements and documents by their text."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["COMPARED", "STORED"]


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
STORED = {
    "lxml.etree._Element": (_root_to_text, _element_of),
    "lxml.html.HtmlElement": (_root_to_text, _html_of),
    "lxml.etree._ElementTree": (_tree_to_text, _tree_of),
}
