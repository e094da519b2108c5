"""Text as it is shown, on terminals, in logs, warnings, errors and notebooks: nothing in it acts, nothing is secret.

Names of files, attributes and variables may hold anything: sequences that drive a terminal, marks that turn the order
of letters around, line breaks that make one line look like two, and halves of characters that no stream can encode.
"""

from __future__ import annotations

import functools
import re

from ._redaction import without_shapes

__all__ = ["escaped", "lines_of", "shown"]


@functools.cache
def _acting() -> re.Pattern[str]:
    return re.compile(
        "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
        "\U000e0000-\U000e007f]"
    )


def escaped(text: str) -> str:
    r"""Return a text on one line, with everything that would act or cannot be seen written as Python writes it.

    Example:
        >>> print(escaped("a\x1b[31m\nb"))
        a\x1b[31m\nb
    """
    if text.isprintable() and text.isascii():
        return text
    return _acting().sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def shown(text: str) -> str:
    """Return a text on one line as it may be shown: escaped, and without what looks like a secret."""
    return escaped(without_shapes(text))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, each as it may be shown; tabs stay."""
    return ["\t".join(shown(piece) for piece in line.split("\t")) for line in text.split("\n")] if text else []
