"""requests: requests and responses by what goes and came over the line."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _request(request: Any) -> tuple[Any, ...]:
    return request.method, request.url, sorted(request.headers.items()), request.body, _cookies(request._cookies)  # noqa: SLF001 - no public way


def _response(response: Any) -> tuple[Any, ...]:
    headers = sorted(response.headers.items())
    return response.status_code, response.url, headers, response.content, response.reason, response.encoding


def _cookies(jar: Any) -> list[str]:
    return sorted(repr(cookie) for cookie in jar or ())


COMPARED = {
    "requests.models.PreparedRequest": _request,
    "requests.models.Response": _response,
    "requests.cookies.RequestsCookieJar": _cookies,
}
