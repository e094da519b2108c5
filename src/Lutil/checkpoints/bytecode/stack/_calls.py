"""What calls do on the abstract stack: what is called, and what becomes of what it is given."""

from __future__ import annotations

from ._abstract_run import AbstractRun, Stack, take
from ._refs import CLASS, DEFAULT, VALUE, Const, Outcome, Ref, RefMode, is_environment
from ._words import DYNAMIC, EMPTY, GETATTR, IMPORTERS, PURE_CALLS

__all__ = ["call", "call_ex", "variable"]


def call(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    if run.instructions[number][1] == "CALL_KW":
        take(stack, 1)
    taken = take(stack, arg + 2)
    callee, other, arguments = taken[0], taken[1], taken[2:]
    if callee is None:
        callee, other = other, None
    if other is not None:
        arguments = (other, *arguments)
    if isinstance(callee, Ref) and len(arguments) == _WITH_DEFAULT and callee.chain[-1:] == ((False, "get"),):
        before = run.instructions[number - 1]
        given = arguments[1].value if isinstance(arguments[1], Const) else None
        if (given is not None and type(given) is not bool) or (before[1] in EMPTY and not before[2]):
            run.note(callee, DEFAULT)
    stack.append(result(run, callee, arguments))


_WITH_DEFAULT = 2


def call_ex(run: AbstractRun, number: int, arg: int, stack: list[object]) -> None:
    # From 3.13 on the empty place stands above the callable, before that below it.
    del number
    taken = take(stack, 3 + (arg & 1))
    count = 1 + (arg & 1)
    arguments = taken[-count:]
    callee = taken[0] if taken[0] is not None else taken[1]
    stack.append(result(run, callee, arguments))


def result(run: AbstractRun, callee: object, arguments: Stack) -> object:
    """Return what a call gives, having counted what it is given."""
    if not isinstance(callee, Ref):
        run.use(callee)
        for value in arguments:
            run.use(value)
        return None
    first = arguments[0].value if arguments and isinstance(arguments[0], Const) else ""
    first = first if isinstance(first, str) else ""
    if callee in GETATTR:
        return get_attribute(run, callee, arguments)
    if callee.kind in ("G", "N") and not callee.chain and callee.name in PURE_CALLS:
        run.note(callee, RefMode("call", first))
        found = run.taint(arguments, (callee,))
        return CLASS if found is None and run.attributes and callee.name == "type" else found
    last = str(callee.chain[-1][1]) if callee.chain else callee.name
    if last in IMPORTERS and first:
        run.note(callee, RefMode("call", first))
        return imported(run, first, arguments[1:], top=last == "__import__")
    if arguments and isinstance(arguments[0], Ref) and is_environment(callee):
        for value in arguments[1:]:
            run.use(value)
        return variable(run, callee, arguments[0])
    if last in DYNAMIC:
        run.notes.append((callee, f"{last}(...)"))
    # What `builtins.len` says of a value is not followed further.
    mode = VALUE if last in PURE_CALLS else RefMode("sink", "", (callee,))
    for value in arguments:
        run.use(value, mode)
    return Outcome(callee, first)


def imported(run: AbstractRun, name: str, arguments: Stack, *, top: bool) -> object:
    """Return the module that is imported by a constant name, absolute or relative to a package."""
    relative = name.lstrip(".")
    level = len(name) - len(relative)
    package = arguments[0] if arguments else None
    for value in arguments:
        run.use(value)
    if level and isinstance(package, Const):
        parts = str(package.value).split(".")
        name = ".".join([*parts[: len(parts) - level + 1], relative])
    elif level:
        return Ref("I", f"{level}:{relative}")  # `import_module(".b", __package__)`
    return Ref("I", f"0:{name}" + (":" if top else ""))


def variable(run: AbstractRun, environment: Ref, name: Ref) -> object:
    """Return the environment variable that a constant of the project names."""
    run.note(environment, RefMode("call", "", (name,)))
    run.use(name)
    return None


def get_attribute(run: AbstractRun, callee: Ref, arguments: Stack) -> object:
    """Return the attribute that `getattr` with a constant name gives; any other use is a dynamic place."""
    run.note(callee, RefMode("call"))
    if len(arguments) >= 2 and isinstance(arguments[0], Ref):
        name = arguments[1].value if isinstance(arguments[1], Const) else None
        if isinstance(name, str):
            if len(arguments) > 2:
                run.use(arguments[2])
            owner = arguments[0]
            return owner.attribute(name)
    run.notes.append((callee, "getattr(...)"))
    for value in arguments:
        run.use(value)
    return None
