"""What the API exposes, asked of the API itself: a hosted project's setting is nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from ts_customers.doctor._findings import Finding
from ts_customers.stack import StackStatus

API_SLUGS = ("api_unreachable", "private_exposed", "portal_not_exposed")

# PostgREST's answer to a schema that it does not expose.
_NOT_EXPOSED = "PGRST106"
_TIMEOUT_SECONDS = 15.0
_SETTING = (
    "the dashboard's Settings > API > Exposed schemas, or [api] schemas in supabase/config.toml"
)


def api_findings(status: StackStatus, *, has_portal: bool) -> Iterator[Finding]:
    """Whether `private` is hidden, and `portal` shown where there is one."""
    try:
        if _exposes(status, "private"):
            yield Finding(
                "private_exposed",
                "error",
                "the API exposes the schema private",
                "what is inside is written for callers that were checked already",
                f"take private out of {_SETTING}",
            )
        if has_portal and not _exposes(status, "portal"):
            yield Finding(
                "portal_not_exposed",
                "error",
                "the API does not expose the schema portal",
                "contacts of customers sign in and see nothing",
                f"add portal in {_SETTING}",
            )
    except httpx.HTTPError as error:
        yield Finding(
            "api_unreachable",
            "error",
            f"{status.api_url} does not answer: {error}",
            "nobody but SQL reaches the database",
            "ts-customers status",
        )


def _exposes(status: StackStatus, schema: str) -> bool:
    answer = httpx.get(
        f"{status.api_url}/rest/v1/organizations?select=id&limit=0",
        headers={"apikey": status.publishable_key or "", "Accept-Profile": schema},
        timeout=_TIMEOUT_SECONDS,
    )
    return _NOT_EXPOSED not in answer.text
