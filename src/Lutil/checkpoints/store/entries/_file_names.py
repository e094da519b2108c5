"""How a computation's name becomes a folder's name on every file system, and back.

Letters, digits, `.`, `-` and `_` stay; all else is percent-encoded. A name that differs from another one only
in case, is reserved by Windows, begins with what is reserved for us, or is very long gets a suffix `~` and
digits of its digest, so that no two names ever share a folder.
"""

from __future__ import annotations

import re

from xxhash import xxh3_64_hexdigest

__all__ = ["FULL_NAME", "folder_of", "name_of"]

FULL_NAME = "name.txt"
"""The file in a shortened folder that holds the whole name."""
_LONGEST = 100
_PLAIN = r"[a-z0-9][a-z0-9._-]*[a-z0-9_-]|[a-z0-9]"
_UNSAFE = rb"[^A-Za-z0-9._-]"
_ENCODED = rb"%([0-9A-F]{2})"
_RESERVED = r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?"


def folder_of(name: str) -> str:
    """Return the folder's name that stands for this name alone."""
    if len(name) <= _LONGEST and re.fullmatch(_PLAIN, name) and not re.fullmatch(_RESERVED, name):
        return name
    raw = name.encode("utf-8", "surrogatepass")
    text = re.sub(_UNSAFE, lambda match: b"%%%02X" % match.group()[0], raw).decode("ascii")
    # A leading sign keeps names off the side folders (`_notes`), dot files and reserved words.
    text = "%" + text if not text or text[0] in "._-" or re.fullmatch(_RESERVED, text) else text
    if len(text) <= _LONGEST:
        return f"{text}~{xxh3_64_hexdigest(raw)[:8]}"
    return f"{text[:_LONGEST]}~{xxh3_64_hexdigest(raw)}"


def name_of(folder: str) -> str | None:
    """Return the name that a folder stands for; None where it was shortened and lies in `FULL_NAME`."""
    text, sign, digits = folder.rpartition("~")
    if not sign:
        return folder
    if len(digits) == 16:
        return None
    if text.startswith("%") and not re.match(r"%[0-9A-F]{2}", text):
        text = text[1:]
    raw = re.sub(_ENCODED, lambda match: bytes([int(match.group(1), 16)]), text.encode("ascii", "replace"))
    return raw.decode("utf-8", "surrogatepass")
