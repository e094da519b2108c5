"""`%%checkpoint`: a whole cell as a block. `%why`: why the last computation ran. `%lutil`: what is in the store."""

from __future__ import annotations

import ast
import html
from types import CodeType, FrameType
from typing import Any, Final

from ..engine import Run, answer
from ..faces._block import InlineCheckpoint
from ..faces._explain import explain_run
from ..faces._store_face import Store
from ..frame import Block
from ..model import _settings
from ..model._errors import SettingError
from ..model._outcome import Hit
from ..model.secrets._shown_text import shown
from ..report._ledger import ledger, spell
from ._cell import attach
from ._line import options_in
from ._output import Output, OutputRecorder, flush_figures, replay, show_as_pictures

__all__ = ["load"]

_BLOCK: Final = "_lutil_block"
_AWAIT: Final = "%%checkpoint cannot hold a top-level `await`: write `with InlineCheckpoint():` in the cell"
_OUTPUT: Final = "%output"  # no name that a cell can bind


def load(shell: Any) -> None:
    """Give a shell `%%checkpoint`, `%why` and `%lutil`, and the line under cells."""
    attach()
    shell.register_magic_function(lambda line, cell: _checkpoint(shell, line, cell), "cell", "checkpoint")
    shell.register_magic_function(lambda _: answer("%why", None, _why, shell), "line", "why")
    shell.register_magic_function(lambda line: answer("%lutil", None, _lutil, shell, line), "line", "lutil")


def _why(shell: Any) -> None:
    """Say why the last computation of this notebook ran, in full."""
    last = ledger.last
    if last is None:
        hits = ledger.hits
        text = f"{_all(hits)}: {spell(ledger.saved)} saved" if hits else "nothing ran here yet"
        shell.display_pub.publish(data={"text/plain": text}, metadata={})
        return
    found = explain_run(last)
    page = found._repr_html_().replace("<details ", "<details open ", 1)
    shell.display_pub.publish(data={"text/plain": found.details(), "text/html": page}, metadata={})


def _all(hits: int) -> str:
    return f"nothing ran here: all {hits} computations were skipped" if hits > 1 else "nothing ran here: it was skipped"


def _lutil(shell: Any, line: str) -> None:
    """Show what is in the store of this notebook.

    Raises:
        SettingError: something stands behind the magic; it takes nothing.
    """
    if line.strip():
        raise SettingError(f"%lutil shows the store and takes nothing; `!lutil {line.strip()}` runs the command line")
    folder = _settings.current().store
    found = Store(folder).stats() if folder.is_dir() else None
    empty = found is None or not found.entries
    text = f"nothing is kept in {shown(str(folder))}" if empty else f"{shown(str(folder))}\n{found}"
    page = html.escape(text) if found is None or empty else f"{html.escape(shown(str(folder)))}{found._repr_html_()}"
    shell.display_pub.publish(data={"text/plain": text, "text/html": page}, metadata={})


class CellBlock(InlineCheckpoint):
    """A block that is a whole cell: what it displays is part of what it leaves behind."""

    def __init__(self, shell: Any, text: str, options: dict[str, Any]) -> None:
        super().__init__(**options)
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
        show_as_pictures(rest.values())


def _checkpoint(shell: Any, line: str, cell: str) -> None:
    """Run a cell as a block; what it displayed is displayed again on a hit.

    A name behind the magic names the block; by default it is named after what it produces. The options of a block may
    stand there as well (`_line`).

    Raises:
        SettingError: what stands behind the magic is no option of a block.
        SyntaxError: the cell is no Python that a block can hold (top-level `await` among it).
    """
    __tracebackhide__ = True
    names = shell.user_ns
    options = options_in(line, names)
    code, name = _compiled(shell, cell)
    block = names[_BLOCK] = CellBlock(shell, cell, {"name": name, **options})
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
