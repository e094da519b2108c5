"""Names of secrets: which variables, parameters, attributes, keys and headers hold a password, a key or a token.

A name is read word by word (`dbPassword`, `X-API-Key` and `api_key2` have two or three words each), so that
`MAX_TOKENS`, `author` and `keyboard` are no secrets. Where a name can be read both ways, its value is hidden.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import Any, Final

__all__ = ["in_query", "key_names_secret", "names_secret", "path_names_secret"]

_WORD: Final = r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_a-zA-Z]+"  # compiled when it is first needed
_STEP: Final = r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*…?\]|[^.\[\]'"]+"""


def _table(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SECRET: Final = _table(
    "password passwords passwd passphrase passphrases passcode passcodes passkey passkeys pwd pwds pw secret secrets "
    "credential credentials creds token auth oauth authorization authentication bearer jwt cookie cookies dsn otp totp "
    "apikey apikeys privatekey secretkey accesskey authtoken accesstoken apitoken refreshtoken sessiontoken "
    "bearertoken csrftoken xsrftoken sessionid connectionstring connstr userpass dbpass pgpass"
)
_ENDING: Final = ("password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "privatekey", "secret", "pwd")
"""Endings of words that were written together: `DBPASSWORD`, `clientsecret`."""

_PAIRS: Final = frozenset(
    {(first, key) for first in (
        "api", "access", "private", "secret", "signing", "sign", "encryption", "decryption", "ssh", "auth", "account",
        "master", "service", "shared", "session", "subscription", "license", "deploy", "storage", "hmac", "consumer",
        "app", "application", "client", "cipher", "crypto", "aes", "rsa", "fernet", "tls", "ssl", "wif", "root",
    ) for key in ("key", "keys")}
    | {(first, "tokens") for first in ("auth", "access", "api", "refresh", "bearer", "secret", "session", "bot", "jwt")}
    | {(first, "pass") for first in (
        "db", "user", "smtp", "imap", "ftp", "sftp", "ssh", "mysql", "pg", "postgres", "redis", "admin", "root",
        "login", "ldap", "proxy", "mail", "email", "sudo", "http", "basic", "mongo", "rabbitmq",
    )}
    | {("connection", "string"), ("connection", "strings"), ("conn", "str"), ("session", "id"), ("pass", "phrase"),
       ("pass", "word"), ("pass", "code")}
)  # fmt: skip
"""Two words that name a secret together, though neither does alone."""

_BEFORE: Final = _table(
    "pad eos bos mask cls sep unk stop start end special image img video audio vision first last next prev previous "
    "cur current new per max min num number n query text input output prompt completion target tgt source src sub word "
    "byte char begin speech image pos role blank decoder encoder generated predicted rare oov"
)
"""Words before `token` that make it a piece of a text."""

_ABOUT: Final = _table(
    "count counts length lengths len size sizes limit limits max min num ids type types name names field fields "
    "column columns col label labels url urls uri uris endpoint host port path paths file files filename dir folder "
    "policy policies rule rules strength expiry expires expiration expired ttl age timeout duration lifetime enabled "
    "required optional hint regex pattern patterns format provider providers method methods mode scheme backend class "
    "manager service version scope scopes kind index indices idx pos position positions offset offsets embedding "
    "embeddings embed dim dims mask masks prob probs logits score scores weight weights rate usage cost costs price "
    "prices budget level levels map vocab dist freq frequency span spans ner tag tags classification classifier "
    "stream parser counter error errors exception check checks checker validator validation generator factory "
    "callback handler function func fn bucket buckets region limiter window windows overlap ratio per importance "
    "domain domains attribution attributions saliency attention similarity"
)
"""Words after that which say something of a secret, and are none: `password_length`, `token_url`."""

_ASKING: Final = _table(
    "has is use uses using with without show hide require requires needs allow enable disable no n num"
)
"""Words before that which make a switch or a count of it: `require_auth`, `n_password`."""

_QUERY: Final = _table("sig signature key code hmac assertion ticket")
"""Parameters of a URL that are secrets there, and not elsewhere."""


def words_of(name: str) -> list[str]:
    """Return the words of a name, in small letters.

    Example:
        >>> words_of("dbPassword"), words_of("X-API-Key"), words_of("MAX_TOKENS2")
        (['db', 'password'], ['x', 'api', 'key'], ['max', 'tokens'])
    """
    return [word.lower() for word in re.findall(_WORD, name)]


@functools.lru_cache(4096)
def names_secret(name: str) -> bool:
    """Tell whether a name says that its value must not be seen.

    Example:
        >>> [names_secret(name) for name in ("api_key", "x-auth-token", "dbPassword", "dsn")]
        [True, True, True, True]
        >>> [names_secret(name) for name in ("MAX_TOKENS", "TOKENIZER", "SORT_KEY", "author", "token_count")]
        [False, False, False, False, False]
    """
    if len(name) > 256:  # no name, but a text
        return False
    words = words_of(name)
    return any(_stands_at(words, place) for place in range(len(words)))


def _stands_at(words: list[str], place: int) -> bool:
    """Tell whether the word at a place names a secret, alone or together with the one before it."""
    word = words[place]
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if after in _ABOUT:
        return False
    if (before, word) in _PAIRS:
        return True
    if word not in _SECRET and not word.endswith(_ENDING):
        return False
    if word == "token":
        return before not in _BEFORE and after != "id" and (before != "no" or place > 1)
    return not (place == 1 and not after and before in _ASKING)


@functools.lru_cache(4096)
def path_names_secret(path: str) -> bool:
    """Tell whether any step of a path does: a name, an attribute or a key that is a text.

    Example:
        >>> path_names_secret("cfg['db']['password']"), path_names_secret("cfg.secrets['db']")
        (True, True)
    """
    return any(names_secret(found[1] or found[2] or found[0]) for found in re.finditer(_STEP, path))


def key_names_secret(key: Any) -> bool:
    """Tell whether a key of a dictionary does: a text, the name of a member of an enumeration, or one in a tuple.

    Example:
        >>> [key_names_secret(key) for key in (("db", "password"), ("api", "key"), b"api_key", ("a", 3))]
        [True, True, True, False]
    """
    cls = type(key)  # a key may say anything of its class
    if issubclass(cls, str):
        return names_secret(str.__str__(key))
    if issubclass(cls, bytes):
        return names_secret(bytes.decode(key, "latin-1"))
    if cls is tuple:
        return any(map(key_names_secret, key)) or names_secret("_".join(one for one in key if type(one) is str))
    return issubclass(cls, enum.Enum) and names_secret(str(getattr(key, "_name_", "")))


def in_query(name: str) -> bool:
    """Tell whether a parameter of a URL is a secret: `sig`, `X-Amz-Signature`, and whatever goes by such a name."""
    return names_secret(name) or not _QUERY.isdisjoint(words_of(name)[-1:])
