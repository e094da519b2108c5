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

from .._key import tagged
from ._facts import code_digest
from ._files import located
from ._instructions import decode

__all__ = ["static_digest", "unchanged", "was_unloaded"]

_State = tuple[str, int, int]
_seen: dict[str, tuple[bytes, tuple[_State, ...]]] = {}


def static_digest(module: str) -> bytes | None:
    """Return the digest of a project module's file and of those it imports; None where there is no such file."""
    known = _seen.get(module)
    if known is not None and unchanged(module):
        return known[0]
    states: list[_State] = []
    digests: list[bytes] = []
    waiting, met = [module], {module}
    for name in waiting:
        file = located(name)
        code = _compiled(file) if file else None
        if code is None:
            continue
        states.append(_state(file))
        digests.append(tagged(b"m", code_digest(code)))
        for other in _imports(code, name, is_package=file.endswith("__init__.py")):
            if other not in met:
                met.add(other)
                waiting.append(other)
    if not states:
        return None
    digest = xxhash.xxh3_128_digest(b"".join(digests))
    _seen[module] = digest, tuple(states)
    return digest


def was_unloaded(module: str) -> bool:
    """Return whether a module is to be seen by its file although it may be loaded by now."""
    return module in _seen and unchanged(module)


def unchanged(module: str) -> bool:
    """Return whether the files that a module's digest was made from stand as they did."""
    return module in _seen and all(_state(state[0]) == state for state in _seen[module][1])


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
