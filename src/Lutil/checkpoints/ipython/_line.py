"""The options behind `%%checkpoint`, in the words of a block."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from ..model._errors import SettingError
from ..model._markers import Dir, Env, File

__all__ = ["options_in"]

_MARKERS: Final[Mapping[str, Callable[[Any], object]]] = {"File": File, "Dir": Dir, "Env": Env}
_LISTS: Final = ("watch", "produce", "ignore")
_TEXTS: Final = ("name", "expires", "store", "rng", "observe")
_PIECE: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\([^)]*\)|[^\s"'\[(])+""")
"""A word of the line: what stands in quotes or brackets is one, with its spaces."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingError(f"%%checkpoint: {message}; it takes a name, and {', '.join(_known())}")


def _known() -> list[str]:
    return [f"--{word.replace('_', '-')}" for word in (*_LISTS, *_TEXTS, "version", "keep_if", "recompute")]


def _parser() -> _Parser:
    parser = _Parser(prog="%%checkpoint", add_help=False, allow_abbrev=False)
    parser.add_argument("called", nargs="*")
    for word in (*_TEXTS, "version", "keep-if"):
        parser.add_argument(f"--{word}")
    for word in _LISTS:
        parser.add_argument(f"--{word}", action="append")
    parser.add_argument("--recompute", action="store_true")
    return parser


def options_in(line: str, names: Mapping[str, object]) -> dict[str, Any]:
    """Return the options of a block that stand behind the magic.

    Items of a list are separated by commas: `--watch data,pca`, `--ignore "log"`. `--version` takes a number, a text or
    a name of the notebook, `--keep-if` a name or an expression that is a function.

    Args:
        line: what stands behind the magic.
        names: of the notebook.

    Raises:
        SettingError: something in it is no option of a block, or makes no sense.
    """
    words = _PIECE.findall(line)
    given = vars(_parser().parse_intermixed_args([*map(_bare, words)]))
    called = " ".join(given.pop("called"))
    if called and given["name"] is not None:
        raise SettingError(f"%%checkpoint: two names, {called!r} and {given['name']!r}")
    options = {word: value for word, value in given.items() if value not in (None, False)}
    if called:
        options["name"] = called
    for word in _LISTS:
        if word in options:
            options[word] = [_item(word, item) for text in options[word] for item in _split(text)]
    if "version" in options:
        options["version"] = _value(options["version"], names)
    if "keep_if" in options:
        options["keep_if"] = _function(options["keep_if"], names)
    return options


def _bare(word: str) -> str:
    """Return a word without quotes around it, also behind the `=` of an option."""
    option, sign, value = word.partition("=") if word.startswith("--") else ("", "", word)
    quoted = len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] and value[0] not in value[1:-1]
    return f"{option}{sign}{value[1:-1] if quoted else value}"


def _split(text: str) -> list[str]:
    """Return the items of a list that is written with commas; one in brackets or quotes separates nothing."""
    pieces = re.findall(r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\([^)]*\)|[^,"'\[(])+""", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def _item(option: str, text: str) -> object:
    """Return an item of a list: a name, or `File(...)`, `Dir(...)`, `Env(...)`."""
    found = re.fullmatch(r"(File|Dir|Env)\((.*)\)", text)
    if found is None:
        return text
    try:
        return _MARKERS[found[1]](ast.literal_eval(found[2]))
    except (ValueError, SyntaxError, TypeError) as error:
        raise SettingError(f"%%checkpoint: --{option}: {text}: {error}") from error


def _value(text: str, names: Mapping[str, object]) -> object:
    if text in names:
        return names[text]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _function(text: str, names: Mapping[str, object]) -> object:
    try:
        return eval(text, dict(names))  # noqa: S307  (the user's own expression, in their own notebook)
    except Exception as error:
        raise SettingError(f"%%checkpoint: --keep-if: {text}: {type(error).__name__}: {error}") from error
