"""`%%checkpoint`: a whole cell as a block without lists. `%why`: why the last computation ran."""

from __future__ import annotations

import ast
from types import CodeType, FrameType
from typing import Any, Final

from ..engine._guard import answer
from ..engine._pipeline import Run
from ..faces._block import InlineCheckpoint
from ..faces._explain import explain_run
from ..frame import Block
from ..model._errors import SettingError
from ..model._outcome import Hit
from ..report._ledger import ledger
from ._cell import attach
from ._output import Output, OutputRecorder, flush_figures, replay

__all__ = ["load"]

_BLOCK: Final = "_lutil_block"
_AWAIT: Final = "%%checkpoint cannot hold a top-level `await`: write `with InlineCheckpoint():` in the cell"
_OUTPUT: Final = "%output"  # no name that a cell can bind


def load(shell: Any) -> None:
    """Give a shell `%%checkpoint` and `%why`, and the line under cells."""
    attach()
    shell.register_magic_function(lambda line, cell: _checkpoint(shell, line, cell), "cell", "checkpoint")
    shell.register_magic_function(lambda _: answer("%why", None, _why, shell), "line", "why")


def _why(shell: Any) -> None:
    """Say why the last computation of this notebook ran, in full."""
    last = ledger.last
    if last is None:
        shell.display_pub.publish(data={"text/plain": "nothing ran here yet"}, metadata={})
        return
    found = explain_run(last)
    page = found._repr_html_().replace("<details ", "<details open ", 1)
    shell.display_pub.publish(data={"text/plain": found.details(), "text/html": page}, metadata={})


class CellBlock(InlineCheckpoint):
    """A block that is a whole cell: what it displays is part of what it leaves behind."""

    def __init__(self, shell: Any, name: str, text: str) -> None:
        super().__init__(name=name)
        self._text = text
        self.recorder = OutputRecorder(shell)
        self.replayed: list[Output] = []

    def show(self, value: object) -> None:
        """Display the value of the cell's last expression."""
        self.recorder.show(value)

    def _collect(self, run: Run, frame: FrameType) -> dict[str, object]:
        flush_figures()
        run.figures = (ledger.displayed, run.figures[1])  # these pictures come again with a hit
        return {**super()._collect(run, frame), _OUTPUT: self.recorder.since(run.started)}

    def _source(self) -> bytes:
        return self._text.encode("utf-8", "surrogatepass")

    def _bind(self, frame: FrameType, block: Block, outcome: Hit) -> None:
        outputs: Any = outcome.value
        self.replayed = outputs.get(_OUTPUT, [])
        rest = {name: value for name, value in outputs.items() if name != _OUTPUT}
        super()._bind(frame, block, outcome._replace(value=rest))


def _checkpoint(shell: Any, line: str, cell: str) -> None:
    """Run a cell as a block without lists; what it displayed is displayed again on a hit.

    What stands behind the magic names the block; by default it is named after what it produces.

    Raises:
        SettingError: an option stands behind the magic; it takes none.
        SyntaxError: the cell is no Python that a block can hold (top-level `await` among it).
    """
    __tracebackhide__ = True
    if line.strip().startswith("-"):
        raise SettingError(
            f"{line.strip()!r}: %%checkpoint takes a name for the cell; options: `with InlineCheckpoint(...):`"
        )
    names = shell.user_ns
    code, name = _compiled(shell, cell)
    block = names[_BLOCK] = CellBlock(shell, line.strip() or name, cell)
    try:
        with block.recorder:
            exec(code, names)  # noqa: S102  (the user's own cell)
    finally:
        names.pop(_BLOCK, None)
    if block.hit:
        replay(shell, block.replayed)


def _compiled(shell: Any, cell: str) -> tuple[CodeType, str]:
    """Compile a cell as the body of a `with`; return its name too. Lines stay, so that tracebacks show the cell."""
    text = shell.transform_cell(cell)
    filename = shell.compile.cache(text, shell.execution_count, raw_code=cell)
    body = shell.transform_ast(ast.parse(text, filename)).body
    name = _named(body)
    if body and isinstance(body[-1], ast.Expr) and not shell.displayhook.semicolon_at_end_of_expression(text):
        show = ast.Attribute(ast.Name(_BLOCK, ast.Load()), "show", ast.Load())
        body[-1] = ast.copy_location(ast.Expr(ast.Call(show, [body[-1].value], [])), body[-1])
    block = ast.With([ast.withitem(ast.Name(_BLOCK, ast.Load()))], body or [ast.Pass()], lineno=1, col_offset=0)
    module = ast.fix_missing_locations(ast.Module([block], []))
    try:
        return shell.compile(module, filename, "exec"), name
    except SyntaxError as error:
        if "await" in str(error) or "async" in str(error):
            raise SyntaxError(_AWAIT) from error
        raise


def _named(body: list[ast.stmt]) -> str:
    """Return what a cell is called: the first name that it assigns; an import says little of what it is about."""
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for target in targets:
            for node in ast.walk(target) if target is not None else ():
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    return node.id
    return "cell"
