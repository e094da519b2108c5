"""httpx: responses and headers by what came over the line; the text made of it and guessed encodings are memos."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _response(response: Any) -> tuple[Any, ...]:
    request = response._request  # noqa: SLF001 - the public one raises where there is none
    asked = None if request is None else (request.method, str(request.url))
    return response.status_code, response.headers.raw, response.content, asked, response.history


def _headers(headers: Any) -> list[tuple[bytes, bytes]]:
    return list(headers.raw)


COMPARED = {
    "httpx.Response": _response,
    "httpx.Headers": _headers,
    "httpx._models.Response": _response,
    "httpx._models.Headers": _headers,
}
