"""Where a store that several share may lie, and what may be done there."""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["SCHEMES", "SharedMode", "mode_of", "url_of"]

SCHEMES: Final = ("s3://", "gs://", "az://", "https://", "http://", "file://", "memory://")
_MODES: Final = ("read", "write", "read-write")

SharedMode = Literal["read", "write", "read-write"]


def url_of(value: object) -> str:
    """Return the URL of a shared store, without a slash at its end; an empty text for none.

    Raises:
        ValueError: it is no URL of a kind that is known.

    Example:
        >>> url_of("s3://bucket/prefix/"), url_of(False)
        ('s3://bucket/prefix', '')
    """
    if not value:
        return ""
    if not isinstance(value, str) or not value.startswith(SCHEMES):
        raise ValueError(f"a URL is expected that begins with one of {', '.join(SCHEMES)}")
    return value.rstrip("/") if value.partition("://")[2].strip("/") else value


def mode_of(value: object) -> SharedMode:
    """Return what may be done with a shared store.

    Raises:
        ValueError: it is none of these words.
    """
    if value not in _MODES:
        raise ValueError('"read", "write" or "read-write" is expected')
    return value
