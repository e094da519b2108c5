"""Secrets: what must not be seen of a text, by the names that stand in it and by the shape of what stands there.

This module, `_secret_names` and `_secret_code` own all that is known of secrets. A secret counts in the key like
everything else; it is left out wherever text is shown or kept. No hit asks for any of this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ._secret_names import in_query, names_secret, path_names_secret

__all__ = [
    "conceals",
    "mentions",
    "named_before",
    "names_secret",
    "path_names_secret",
    "redacted",
    "without_password",
    "without_shapes",
]

_HIDDEN: Final = "…"
_SHORTEST: Final = 6
_TOKEN: Final = 11
"""Characters that a value and a token have at least; most texts are shorter, and are not looked into."""
_PAIR: Final = 2
_MOST: Final = 1_000
_BACK: Final = 64
"""Characters that the name before a value may have."""

_PEM: Final = r"(?P<keep>[A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----)(?!…).*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)"
_USER: Final = (
    r"(?P<keep>[^\s/:@'\"?#<>]{0,256}:)(?:[^\s/?#\"<>]{1,512}|(?!\d{1,5}(?:[/?#'\"\s]|\Z))[^\s'\"<>]{1,512}?)(?=@)"
)
"""Behind `://`: a user and a password. A port is none, and a password may hold a slash."""
_LONE: Final = r"[^\s/:@'\"?#<>]{1,512}(?=@)"
_BASIC: Final = r"\s*(?=[A-Za-z0-9+/]*(?:[0-9+/=]|[a-z][A-Z]))[A-Za-z0-9+/]{6,}={0,2}"
_BEARER: Final = r"\s*[\w.~+/=:-]{6,}"
_BARE: Final = (
    r"(?!mailto:|sips?:|xmpp:|acct:|ssh:|git:)(?P<user>[\w.%+-]{0,64}):[^\s:@/]{1,256}@(?P<host>[\w.-]+(?::\d+)?)"
)
"""A whole text: what stands behind `://` of a URL."""
_ID: Final = r"[A-Z0-9]{12,}"
_TAIL: Final = r"[\w-]{8,}"
_DOTTED: Final = r"[\w.-]{8,}"

_KEPT: Final = {
    "-----BEGIN ": _PEM,
    "://": _USER,
    "https://": _LONE,
    "http://": _LONE,
    **dict.fromkeys(("Bearer ", "bearer ", "BEARER "), _BEARER),
    **dict.fromkeys(("Basic ", "basic ", "BASIC "), _BASIC),
    "Token ": r"\s*[0-9a-fA-F]{20,}",
    "hooks.slack.com/services/": r"[\w/]{8,}",
    "/api/webhooks/": r"[\w/-]{8,}",
}
"""What stands before a secret and is kept, wherever it stands."""

_BEGUN: Final = {
    "eyJ": r"[\w-]{8,}(?:\.[\w-]*){0,4}",
    **dict.fromkeys(("AKIA", "ASIA", "AROA", "AIDA", "ABIA", "ACCA"), _ID),
    **dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-"), _TAIL),
    **dict.fromkeys(("hf_", "gsk_", "xai-", "pplx-", "nvapi-", "r8_", "npm_", "pypi-", "tvly-", "fo1_", "sbp_"), _TAIL),
    **dict.fromkeys(("dop_v1_", "doo_v1_", "shpat_", "shpss_", "dckr_pat_", "lin_api_", "lsv2_", "tskey-"), _TAIL),
    **dict.fromkeys(("ATATT3", "sntrys_", "PMAK-", "whsec_", "AGE-SECRET-KEY-", "AIza", "GOCSPX-", "wandb_v1_"), _TAIL),
    **dict.fromkeys(("hvs.", "hvb.", "SG.", "ya29."), _DOTTED),
    "xapp-": _TAIL,
    "xox": r"[a-z]-[\w-]{8,}",
    "sk-": r"(?:proj|ant|or|svcacct|admin|None|live|test)-[\w-]{6,}|(?=[\w-]*\d)[\w-]{12,}",
    **dict.fromkeys(("sk_live_", "sk_test_", "rk_live_", "rk_test_"), _TAIL),
}
"""How tokens of well-known services begin, and how they go on. No letter and no digit stands before them."""

_MARKS: Final = (
    *("pass", "pwd", "pw", "secret", "token", "key", "auth", "cred", "bearer", "cookie", "dsn", "jwt", "otp"),
    *("sig", "session", "conn", "hmac", "code", "ticket", "assertion"),
)
"""One of these is in every name of a secret."""

_QUOTED: Final = r"(?s)[rbufRBUF]{0,2}(?P<mark>\\?(?:\'\'\'|\"\"\"|['\"]))(?:\\.|.)*?(?:(?P=mark)|\Z)"
_PLAIN: Final = r"[^\s,;&|<>(){}\[\]'\"#]+"
_GROUP: Final = r"(?s)\[.*?(?:\]|\Z)|\{.*?(?:\}|\Z)"
_LINE: Final = r"[^\n\r]+"
_SIGN_IN: Final = r"""(?P<keep>(?<![\w-])(?:-u|--user|--proxy-user)[ =]+['"]?[\w.%+@-]{1,64}:)[^\s'"…]{1,256}"""
_OPTION: Final = r"""(?P<keep>(?<![\w-])--(?P<name>[\w-]{1,64})[ \t]+)(?:'[^'\n]*'|"[^"\n]*"|(?!-)[^\s'"…]+)"""
_ELEMENT: Final = r"""(?P<keep><(?:[\w.-]{1,64}:)?(?P<name>[\w.-]{1,64})(?:\s[^<>]*)?>)(?!\s*…)\s*[^\s<][^<]*(?=</)"""
_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_NOTHING: Final = frozenset({"None", "True", "False", "null", "true", "false"})


def without_shapes(text: str) -> str:
    """Return a text without what looks like a secret, whatever its name.

    Example:
        >>> without_shapes("postgresql://bob:hunter2@db"), without_shapes("Authorization: Bearer abcdef")
        ('postgresql://bob:…@db', 'Authorization: Bearer …')
    """
    if len(text) < _SHORTEST or (len(text) < _TOKEN and "://" not in text):
        return text
    for needle, tail in _KEPT.items():
        if needle in text:
            text = _replaced(text, needle, tail, needle)
    for needle, tail in _BEGUN.items():
        if needle in text:
            text = _replaced(text, needle, tail, "")
    return text


def _replaced(text: str, needle: str, tail: str, kept: str) -> str:
    """Return a text without what matches behind a needle; what is kept stands before it anywhere."""
    pattern = re.compile(tail, re.DOTALL)
    out: list[str] = []
    done = 0
    place = text.find(needle)
    while place >= 0:
        found = pattern.match(text, place + len(needle)) if kept or not text[place - 1 : place].isalnum() else None
        if found is None:
            place = text.find(needle, place + 1)
            continue
        keep = found["keep"] if "keep" in pattern.groupindex else ""
        out += (text[done:place], kept, keep, _HIDDEN)
        done = found.end()
        place = text.find(needle, done)
    return "".join((*out, text[done:]))


def redacted(text: str) -> str:
    """Return a text without the secrets in it.

    Example:
        >>> redacted("postgresql://bob:hunter2@db/sales?token=abc")
        'postgresql://bob:…@db/sales?token=…'
        >>> redacted("host=db password=hunter2"), redacted('API_KEY = "sk-123"')
        ('host=db password=…', "API_KEY = '…'")
    """
    text = without_shapes(text)
    if "@" in text and (bare := re.fullmatch(_BARE, text)) is not None:
        return f"{bare['user']}:{_HIDDEN}@{bare['host']}"
    if len(text) < _SHORTEST:
        return text
    if "-u" in text and ("curl" in text or "http" in text):  # elsewhere `-u 1000:1000` is a user and a group
        text = re.sub(_SIGN_IN, rf"\g<keep>{_HIDDEN}", text)
    if not mentions(text):
        return text
    if "--" in text:
        text = re.sub(_OPTION, _without_value, text)
    if "</" in text:
        text = re.sub(_ELEMENT, _without_value, text)
    return _without_named(text) if "=" in text or ":" in text else text


def _without_value(found: re.Match[str]) -> str:
    """Return an option or an element, without what follows its name where that is the name of a secret."""
    return f"{found['keep']}{_HIDDEN}" if names_secret(found["name"]) else found[0]


def mentions(text: str) -> bool:
    """Tell whether the name of a secret may stand in a text."""
    low = text.lower()
    return any(mark in low for mark in _MARKS)


def _without_named(text: str) -> str:
    """Return a text without the values behind `=` and `:` that go by the name of a secret."""
    out: list[str] = []
    done = 0
    for sign in re.finditer(r"[=:]+", text):
        if sign.start() < done:
            continue
        name, before = _name_before(text, sign.start(), done)
        if not name or not (names_secret(name) or (before and before in "?&;" and in_query(name))):
            continue
        found = _value_behind(text, sign.end(), name, by_line=text[sign.start()] == ":")
        if found is not None:
            quoted = f"'{_HIDDEN}'" if text[found[0]] in "'\"rbufRBUF\\" and found[2] else _HIDDEN
            out += (text[done : found[0]], quoted)
            done = found[1]
    return "".join((*out, text[done:]))


def _name_before(text: str, sign: int, least: int) -> tuple[str, str]:
    """Return the name that ends before a sign, and the character before it: `"a": `, `d['a'] = `, `?a=`."""
    least = max(least, sign - _BACK)
    end = sign
    while end > least and text[end - 1] in " ]'\"\\":
        end -= 1
    start = end
    while start > least and (text[start - 1].isalnum() or text[start - 1] in "_-"):
        start -= 1
    return text[start:end], text[start - 1 : start]


def _value_behind(text: str, place: int, name: str, *, by_line: bool) -> tuple[int, int, bool] | None:
    """Return where the value of a name begins and ends, and whether it is quoted; None where there is none."""
    while text[place : place + 1] in {" ", "\t"}:
        place += 1
    quoted = re.compile(_QUOTED).match(text, place)
    if quoted is not None:
        return place, quoted.end(), True
    plain = _LINE if by_line and name.lower() in _HEADERS else _PLAIN
    found = re.compile(_GROUP).match(text, place) or re.compile(plain).match(text, place)
    if found is None or found[0] in _NOTHING or found[0].startswith(_HIDDEN) or "// " in f"{found[0][:2]} ":
        return None
    return place, found.end(), False


def named_before(items: Sequence[object]) -> frozenset[int]:
    """Return where in a sequence the item before says that this one is a secret.

    Example:
        >>> named_before(("password", "hunter2")), named_before(["--user", "bob", "--token", "hunter2"])
        (frozenset({1}), frozenset({3}))
    """
    if len(items) == _PAIR and type(items) is tuple:
        return frozenset({1}) if type(items[0]) is str and names_secret(items[0]) else frozenset()
    found = (n for n, item in enumerate(items[:_MOST]) if type(item) is str and item[:2] == "--" and "=" not in item)
    return frozenset(n + 1 for n in found if n + 1 < len(items) and names_secret(str(items[n])))


def conceals(text: str) -> bool:
    """Tell whether there is a secret in a text."""
    return redacted(text) != text


def without_password(text: str) -> str:
    """Return where a handle leads, without what opens it: another password is no other place.

    Example:
        >>> without_password("postgresql://bob:hunter2@db:5432/sales")
        'postgresql://db:5432/sales'
    """
    return re.sub(rf"[\w.-]+={_HIDDEN}[&;]?", "", re.sub(r"(?<=://)[^/@\s]*@", "", redacted(text)))
