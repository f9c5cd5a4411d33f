"""/rest/v1: hands requests to PostgREST and streams its answers back."""

import re
from collections.abc import AsyncIterator, Iterable

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ._keys import upstream_token

PREFIX = b"/rest/v1"
HOP_BY_HOP = set(
    b"connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection te"
    b" trailer trailers transfer-encoding upgrade".split()
)
# The planner's estimates tell how much other organizations have, whatever the policies say.
ESTIMATED_COUNT = re.compile(r"count\s*=\s*\"?\s*(planned|estimated)", re.IGNORECASE)

Headers = list[tuple[bytes, bytes]]


async def proxy(request: Request) -> Response:
    """Pass one request on to PostgREST, as the caller that the API key or the token names."""
    bearer = upstream_token(request)
    if ESTIMATED_COUNT.search(",".join(request.headers.getlist("prefer"))):
        return _refusal(
            400,
            "count_estimate_refused",
            "count=planned and count=estimated reveal how much other organizations have",
            "Ask for count=exact, or leave the count out.",
        )
    client: httpx.AsyncClient = request.app.state.rest
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    try:
        upstream = client.build_request(
            request.method,
            _upstream_url(request),
            headers=_upstream_headers(request, bearer),
            content=request.stream() if has_body else None,
        )
        response = await client.send(upstream, stream=True)
    except httpx.TransportError as error:
        return _refusal(
            503,
            "postgrest_unreachable",
            f"PostgREST does not answer ({type(error).__name__})",
            "Try again if it is starting; `ts-customers status` says what runs, "
            "`ts-customers logs` why it does not.",
        )
    except ClientDisconnect:
        return Response(status_code=499)  # nobody is left to read it
    answer = StreamingResponse(_parts(response), response.status_code)
    # The gateway has a date and CORS headers of its own.
    ours = (b"access-control-", b"date")
    kept = _end_to_end(response.headers.raw)
    answer.raw_headers = [(name, value) for name, value in kept if not name.startswith(ours)]
    return answer


async def _parts(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in response.aiter_raw():
            yield part
    finally:  # also when the client has gone
        await response.aclose()


def _upstream_url(request: Request) -> httpx.URL:
    path: bytes = request.scope["raw_path"].removeprefix(PREFIX) or b"/"
    parts = request.scope["query_string"].split(b"&")
    query = b"&".join(part for part in parts if part and not part.startswith(b"apikey="))
    base = httpx.URL(request.app.state.settings.postgrest_url)
    return base.copy_with(raw_path=path + (b"?" + query if query else b""))


def _upstream_headers(request: Request, bearer: str) -> Headers:
    replaced = (b"host", b"apikey", b"authorization")
    headers = [(n, v) for n, v in _end_to_end(request.headers.raw) if n not in replaced]
    return [*headers, (b"authorization", b"Bearer " + bearer.encode())]


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    pairs = [(name.lower(), value) for name, value in headers]
    named = b",".join(value.lower() for name, value in pairs if name == b"connection")
    dropped = HOP_BY_HOP | {name.strip() for name in named.split(b",")}
    return [(name, value) for name, value in pairs if name not in dropped]


def _refusal(status: int, slug: str, message: str, hint: str) -> Response:
    body = {"code": f"PT{status}", "message": message, "details": slug, "hint": hint}
    return JSONResponse(body, status)
