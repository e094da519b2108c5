"""plotly: figures and their parts by what is drawn of them."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _drawn(figure: Any) -> tuple[str, Any]:
    return type(figure).__qualname__, _sorted(figure.to_plotly_json())


def _sorted(value: Any) -> Any:
    """Return a description without the order of its keys, which pickling changes."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, (list, tuple)) else value


COMPARED = {
    "plotly.basedatatypes.BaseFigure": _drawn,
    "plotly.basedatatypes.BasePlotlyType": _drawn,
}
