from collections.abc import Callable
from typing import Any

def listen(
    callback: Callable[[str, tuple[Any, ...]], None],
    recording: list[int],
    while_recording: tuple[str, ...],
    always: tuple[str, ...],
    /,
) -> None: ...
