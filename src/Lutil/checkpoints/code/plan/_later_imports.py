"""Project modules that a function imports when it runs and that are not loaded yet.

Nothing is imported to look at them: their files are compiled, and the code in them counts with that of the
project modules which they import in turn. A module that was once seen so is seen so for the rest of the
process, as long as its file stands: otherwise the run that loads it would change its own key.
"""

from __future__ import annotations

import os
import sys
from types import CodeType

import xxhash

from ...bytecode._instructions import decode
from ...model._key import tagged
from ...model.process._records import NamedTuple
from ...project._module_files import located
from ..facts._code_facts import code_digest

__all__ = ["module_code", "module_files", "static_digest", "static_files", "unchanged", "was_unloaded"]

_State = tuple[str, int, int]


class _Static(NamedTuple):
    """The digest of a module's code and of those it imports, and the states of the files that it was made from."""

    digest: bytes
    states: tuple[_State, ...]

    def stands(self) -> bool:
        """Return whether the files are as they were."""
        return all(_state(state[0]) == state for state in self.states)


_seen: dict[str, _Static] = {}
_known: dict[str, _Static] = {}


def static_digest(module: str) -> bytes | None:
    """Return the digest of a project module's file and of those it imports; None where there is no such file.

    From now on the module is seen so.
    """
    if unchanged(module):
        return _seen[module].digest
    found = _read(module, located(module))
    if found is None:
        return None
    _seen[module] = found
    return found.digest


def static_files(module: str) -> list[str]:
    """Return the files that the digest of a module which is seen so was made from."""
    return [path for path, _, _ in _seen[module].states] if module in _seen else []


def module_code(module: str, file: str = "") -> bytes | None:
    """Return the same of a module that may be loaded, or of one at whatever place; how else it is seen stays."""
    name = file or module
    known = _known.get(name)
    if known is None or not known.stands():
        found = _read(module, file or located(module))
        if found is None:
            return None
        known = _known[name] = found
    return known.digest


def module_files(module: str, file: str = "") -> list[tuple[str, float]]:
    """Return the files that `module_code` was last made from, each with the time of its change."""
    known = _known.get(file or module)
    return [] if known is None else [(path, changed / 1e9) for path, _, changed in known.states]


def _read(module: str, file: str) -> _Static | None:
    states: list[_State] = []
    digests: list[bytes] = []
    waiting, met = [(module, file)], {module}
    for name, place in waiting:
        code = _compiled(place) if place else None
        if code is None:
            continue
        states.append(_state(place))
        digests.append(tagged(b"m", code_digest(code)))
        for other in _imports(code, name, is_package=place.endswith("__init__.py")):
            if other not in met:
                met.add(other)
                waiting.append((other, located(other)))
    return _Static(xxhash.xxh3_128_digest(b"".join(digests)), tuple(states)) if states else None


def was_unloaded(module: str) -> bool:
    """Return whether a module is to be seen by its file although it may be loaded by now."""
    return module in _seen and unchanged(module)


def unchanged(module: str) -> bool:
    """Return whether the files that a module's digest was made from stand as they did."""
    return module in _seen and _seen[module].stands()


def _state(file: str) -> _State:
    try:
        stat = os.stat(file)  # noqa: PTH116 - pathlib takes ms to import
    except OSError:
        return file, -1, -1
    return file, stat.st_size, stat.st_mtime_ns


def _compiled(file: str) -> CodeType | None:
    try:
        with open(file, "rb") as source:  # noqa: PTH123 - pathlib takes ms to import
            return compile(source.read(), file, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return None


def _imports(code: CodeType, module: str, *, is_package: bool) -> list[str]:
    """Return the names of all modules that code imports anywhere, and of what may be modules, sorted."""
    found: set[str] = set()
    waiting = [code]
    for one in waiting:
        waiting += [inner for inner in one.co_consts if isinstance(inner, CodeType)]
        instructions = decode(one)
        base, level = "", 0
        for number, (_, name, arg, _) in enumerate(instructions):
            if name == "IMPORT_NAME":
                base, level = one.co_names[arg], _level(one, instructions[number - 2])
                if level:
                    package = module.split(".")
                    package = package[: len(package) - level + is_package]
                    base = ".".join([*package, base] if base else package)
                found.add(base)
            elif name == "IMPORT_FROM":
                found.add(f"{base}.{one.co_names[arg]}")
    return sorted(name for name in found if name and name.partition(".")[0] not in sys.stdlib_module_names)


def _level(code: CodeType, instruction: tuple[int, str, int, int]) -> int:
    _, name, arg, _ = instruction
    value = code.co_consts[arg] if name == "LOAD_CONST" else arg
    return value if type(value) is int else 0
