"""What is a URL and what a folder: where a store may lie, and what may be done where several share it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal

from ._errors import SettingError
from .process._late import loading

if TYPE_CHECKING:
    from pathlib import Path  # 4 ms

__all__ = ["SCHEMES", "SharedMode", "local_folder", "local_folders", "mode_of", "url_of"]

SCHEMES: Final = ("s3://", "gs://", "az://", "https://", "http://", "file://", "memory://")
_LIKE_A_URL: Final = r"(?s)([A-Za-z][A-Za-z0-9+.-]+):[/\\]+(.*)"
"""A scheme has two letters at least: one is a drive of Windows. A `Path` of a URL has lost a slash of it."""
_AMONG_FOLDERS: Final = rf"(?:^|{re.escape(os.pathsep)})([A-Za-z][A-Za-z0-9+.-]+://.*)"
_MODES: Final = ("read", "write", "read-write")

SharedMode = Literal["read", "write", "read-write"]


def local_folder(value: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a folder of this machine.

    Raises:
        SettingError: it is a URL, or was meant to be one: `s3://bucket`, `S3://bucket`, `s3:/bucket`; or it is empty.

    Example:
        >>> local_folder("C:/data").name, local_folder("kept").is_absolute()
        ('data', True)
    """
    text = os.fspath(value)
    if not text or "\0" in str(text):
        raise SettingError(f"{value!r} is no folder: the working directory is '.'")
    if isinstance(text, str) and (match := re.match(_LIKE_A_URL, text)):
        url = text if text.startswith(SCHEMES) else f"{match[1].lower()}://{match[2]}"
        known = url.startswith(SCHEMES)
        if known and (url is text or isinstance(value, os.PathLike)):
            raise SettingError(f'{url} is a URL, and a folder is expected: shared="{url}" or LUTIL_SHARED takes URLs')
        if isinstance(value, str):
            meant = f"write {url}" if known else f"URLs begin with {', '.join(SCHEMES)}"
            raise SettingError(f"{text} is neither a URL that is known nor a folder: {meant}; a folder: ./{text}")
    with loading:
        from pathlib import Path  # noqa: PLC0415  (see above)

    return Path(value).expanduser().absolute()


def local_folders(text: str) -> str:
    """Return text with several folders, apart as in PATH, as it is; raises SettingError where a URL is among them."""
    if match := re.search(_AMONG_FOLDERS, text):
        local_folder(match[1])
    return text


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
    scheme, _, place = value.partition("://")
    if scheme == "file" and not place.startswith("/"):
        raise ValueError(f"the path of a folder begins with a slash: file:///{place}")
    if scheme != "memory" and not place.strip("/"):
        raise ValueError(f"it names no {'folder' if scheme == 'file' else 'bucket or server'}")
    return value.rstrip("/") if place.strip("/") else value


def mode_of(value: object) -> SharedMode:
    """Return what may be done with a shared store.

    Raises:
        ValueError: it is none of these words.
    """
    if value not in _MODES:
        raise ValueError('"read", "write" or "read-write" is expected')
    return value
