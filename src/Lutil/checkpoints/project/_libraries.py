"""Where project code ends: modules that are libraries, their distributions and versions.

Project code is all that is neither standard library nor an installed distribution. A distribution installed
from a local folder (`direct_url.json` with `dir_info`, PEP 610) is project code: its version stands still
while its files change. conda writes such a file for everything it builds, which says nothing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType, ModuleType
from typing import Final, Literal

from ..model.process._late import loading
from ..model.process._limits import make_room
from ..model.process._records import NamedTuple

__all__ = ["LibraryPolicy", "Rule", "is_project", "is_project_globals", "is_project_name", "version_of"]

Rule = Literal["exact", "minor", "ignore"]

_OWN: Final = __name__.partition(".")[0]
_STDLIB: Final = os.path.dirname(os.path.realpath(os.__file__)) + os.sep  # noqa: PTH120 - pathlib takes ms to import
_STDLIB_LEXICAL: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib takes ms to import
_ORIGIN: Final = r'"(?:commit_id|hash|sha\d+)"\s*:\s*"([^"]+)"'
_SITE: Final = r"[/\\](site|dist)-packages[/\\]"
_IGNORED: Final = frozenset(
    "tqdm rich alive_progress progressbar loguru structlog colorama "
    "openai anthropic cohere mistralai groq litellm google-generativeai google-genai huggingface_hub httpx requests "
    "aiohttp urllib3 boto3 botocore "
    "wandb mlflow tensorboard tensorboardX neptune comet_ml clearml aim dvclive sacred "
    "Lutil".lower().split()
)
"""Progress bars, API clients, experiment trackers: results do not come from their code."""

_ALSO_CALLED: Final = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "pil": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Modules that people name by another name, that of the distribution."""

_NO_NAMES: Final[Mapping[str, Rule]] = MappingProxyType({})
_MOST: Final = 10_000
_project: dict[tuple[object, object], bool] = {}
_sites: dict[str, _Direct] = {}
_versions: dict[str, tuple[str, str] | None] = {}


class LibraryPolicy:
    """How much of a library's version counts.

    Example:
        >>> LibraryPolicy("exact", {"numpy": "minor"}).count([("numpy", "2.1.3"), ("tqdm", "4.67")])
        (('numpy', '2.1'),)
    """

    __slots__ = ("_names", "default")

    def __init__(self, default: Rule = "exact", names: Mapping[str, Rule] = _NO_NAMES) -> None:
        """Set the rules: for all, and for single distributions or modules, in any case, with - or _."""
        self.default = default
        self._names = {_folded(name): rule for name, rule in names.items()}

    def rule(self, name: str) -> Rule:
        """Return the rule for one distribution or top-level module: `exact`, `minor` or `ignore`."""
        folded = _folded(name)
        return self._names.get(folded) or ("ignore" if folded in _IGNORED_FOLDED else self.default)

    def count(self, libraries: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return the libraries that count, sorted, each with as much of its version as counts."""
        out = set()
        for name, version in libraries:
            rule = self.rule(name)
            if rule != "ignore":
                out.add((name, version if rule == "exact" else ".".join(version.partition("+")[0].split(".")[:2])))
        return tuple(sorted(out))


def _folded(name: str) -> str:
    folded = re.sub(r"[-_.]+", "-", name).lower()
    return _ALSO_CALLED.get(folded, folded)


_IGNORED_FOLDED: Final = frozenset(map(_folded, _IGNORED))


def is_project(thing: object) -> bool:
    """Return whether a module, or what an object's module says of it, is project code.

    `__main__`, notebook cells and executed strings are; the standard library, installed distributions,
    builtins and this package are not.
    """
    if isinstance(thing, ModuleType):
        return is_project_globals(thing.__dict__)
    space = getattr(thing, "__globals__", None)
    if type(space) is dict:
        return is_project_globals(space)
    name = getattr(thing, "__module__", None)
    if type(name) is not str:
        name = getattr(type(thing), "__module__", None)
    return is_project_name(name)


def is_project_name(name: object) -> bool:
    """Return whether the module of this name is project code; one not loaded is what its top level is."""
    if type(name) is not str:
        return False
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules.get(name.partition(".")[0])
    if isinstance(module, ModuleType):
        return is_project_globals(module.__dict__)
    return _is_project(name, None)


def is_project_globals(space: Mapping[str, object]) -> bool:
    """Return whether the module that these globals belong to is project code."""
    name, file = space.get("__name__"), space.get("__file__")
    if type(file) is not str:
        file = getattr(space.get("__spec__"), "origin", None)
    try:
        return _project[name, file]
    except KeyError:
        make_room(_project, _MOST)
        answer = _project[name, file] = _is_project(name, file)
        return answer
    except TypeError:
        return True


def _is_project(name: object, file: object) -> bool:
    if type(name) is not str or name in ("__main__", "__mp_main__"):
        return True
    top = name.partition(".")[0]
    if top == _OWN:
        return False
    if type(file) is not str or file in ("built-in", "frozen"):
        return top not in sys.stdlib_module_names
    # Not the real path first: a project behind a link stays where the user sees it.
    if site := _site(file):
        return top in _direct(site).local
    return not file.startswith((_STDLIB, _STDLIB_LEXICAL))


def _site(file: str) -> str:
    """Return the innermost site-packages folder that a file lies in, with its separator; or nothing."""
    ends = [match.end() for match in re.finditer(_SITE, file)]
    return file[: ends[-1]] if ends else ""


class _Direct(NamedTuple):
    """What was installed into a site-packages folder from elsewhere than an index (PEP 610).

    Attributes:
        local: top-level modules that come from local folders.
        origins: of others, by top-level module, the commit or the hash of the archive that they were made from.
    """

    local: frozenset[str]
    origins: Mapping[str, str]


def _direct(site: str) -> _Direct:
    """Return what was installed directly into a site-packages folder, read once."""
    known = _sites.get(site)
    if known is None:
        local: set[str] = set()
        origins: dict[str, str] = {}
        with suppress(OSError), os.scandir(site) as listing:
            for item in listing:
                if not item.name.endswith(".dist-info"):
                    continue
                text = _read(os.path.join(item.path, "direct_url.json"))  # noqa: PTH118 - pathlib takes ms to import
                if '"dir_info"' in text and not _by_conda(item.path):
                    local |= _top_level(item.path)
                elif origin := re.search(_ORIGIN, text):
                    origins.update(dict.fromkeys(_top_level(item.path), origin[1]))
        known = _sites[site] = _Direct(frozenset(local), origins)
    return known


def _by_conda(info: str) -> bool:
    return _read(os.path.join(info, "INSTALLER")).strip() == "conda"  # noqa: PTH118 - pathlib takes ms to import


def _top_level(info: str) -> set[str]:
    text = _read(os.path.join(info, "top_level.txt"))  # noqa: PTH118 - pathlib takes ms to import
    if text:
        return set(text.split())
    names = set()
    for line in _read(os.path.join(info, "RECORD")).splitlines():  # noqa: PTH118 - pathlib takes ms to import
        path = line.partition(",")[0]
        first, slash, _ = path.partition("/")
        if not first.endswith((".dist-info", ".data")) and first not in ("..", "__pycache__"):
            names.add(first if slash else first.partition(".")[0])
    return names


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib takes ms to import
            return file.read()
    except OSError:
        return ""


def version_of(top: str) -> tuple[str, str] | None:
    """Return the distribution and version of a top-level module; None for the standard library and unknown ones.

    The module's `__version__` is taken where it is a string, then the name of the `*.dist-info` folder beside
    the module; `importlib.metadata` is asked last, because importing it takes 100 ms. To the version of what was
    installed from a repository or archive, the commit or hash is added, for the version may stand still.
    """
    if top not in _versions:
        make_room(_versions, _MOST)
        _versions[top] = None if top in sys.stdlib_module_names or top == _OWN else _version(top)
    return _versions.get(top)


def _version(top: str) -> tuple[str, str] | None:
    module = sys.modules.get(top)
    version = module.__dict__.get("__version__") if isinstance(module, ModuleType) else None
    file = getattr(module, "__file__", None)
    found: tuple[str, str] | None = None
    if type(version) is str and version:
        found = top, version
    elif type(file) is str:
        found = _beside(top, file)
    found = found or _from_metadata(top)
    origin = _direct(site).origins.get(top) if type(file) is str and (site := _site(file)) else None
    return found if found is None or origin is None else (found[0], f"{found[1]}+{origin}")


def _beside(top: str, file: str) -> tuple[str, str] | None:
    """Return what the one dist-info folder says that bears the module's name."""
    site = _site(file)
    if not site:
        return None
    folded = _folded(top)
    with suppress(OSError), os.scandir(site) as listing:
        for item in listing:
            if item.name.endswith(".dist-info"):
                name, _, version = item.name.removesuffix(".dist-info").partition("-")
                if _folded(name) == folded and version:
                    return name, version
    return None


def _from_metadata(top: str) -> tuple[str, str] | None:
    with loading:
        from importlib import metadata  # noqa: PLC0415 - takes 100 ms, and is hardly ever needed

    names = metadata.packages_distributions().get(top)
    if not names:
        return None
    return top, metadata.version(names[0])  # called as it is where the module is loaded
