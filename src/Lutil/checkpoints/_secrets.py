"""What must never appear: values that go by the name of a secret."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["names_secret", "names_secret_variable", "redacted"]

_NAME: Final = re.compile(r"api_?key|token|secret|passw|credential", re.IGNORECASE)
_LITERAL: Final = re.compile(
    r"""(?ix)
    ( [\w.]* (?: api_?key | token | secret | passw | credential ) \w* ['"]? \]? \s* [:=]{1,2} \s* [rbuf]{0,2} )
    ( ''' | \"\"\" | ['"] ) .*? (?: \2 | $ )
    """
)
"""A literal under a name that tells that it is nobody's business: `API_KEY = "..."`, `'token': '...'`."""


_VARIABLE: Final = ("KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL")


def names_secret_variable(name: str) -> bool:
    """Tell whether the name of an environment variable says that its value must not be seen."""
    return any(mark in name.upper() for mark in _VARIABLE)


def names_secret(name: str) -> bool:
    """Tell whether a name says that its value is nobody's business."""
    return _NAME.search(name) is not None


def redacted(text: str) -> str:
    """Return source text without the literals that go by the name of a secret.

    Example:
        >>> redacted('API_KEY = "sk-123"')
        "API_KEY = '…'"
    """
    return _LITERAL.sub(r"\1'…'", text) if _NAME.search(text) else text
