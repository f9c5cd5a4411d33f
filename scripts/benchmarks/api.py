"""The same calls over HTTP, through gateway and PostgREST, against PostgREST's shortest answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.lists import terms
from benchmarks.subjects import Subjects
from ts_customers.stack import StackStatus

MOST_RATIO = 3.0
SHORTEST = "PostgREST: select=id&limit=1"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: a GET without arguments, a call of a function with them."""

    path: str
    arguments: dict[str, Any] | None = None


def calls(subjects: Subjects) -> dict[str, Call]:
    """What pages ask for."""
    of = str(subjects.organization_id)
    customer = {"customer_id": str(subjects.busiest_id)}
    return {
        "list": Call("rpc/search_customers", {"organization_id": of}),
        "search": Call(
            "rpc/search_customers", {"organization_id": of, "query": terms(subjects)["rare"]}
        ),
        "count": Call("rpc/count_customers", {"organization_id": of}),
        "overview": Call("rpc/customer_overview", customer),
        "timeline": Call("rpc/customer_timeline", customer),
        "prices": Call("rpc/price_items", customer | {"items": [{"sku": "A", "unit_price": 100}]}),
    }


def measure(
    status: StackStatus, postgrest_url: str, token: str, subjects: Subjects, *, runs: int
) -> dict[str, list[float]]:
    """Milliseconds of each call, in turns with the shortest one without gateway."""
    headers = {"apikey": status.publishable_key or "", "Authorization": f"Bearer {token}"}
    gateway = f"{status.api_url}/rest/v1"
    with httpx.Client(headers=headers, timeout=30) as client:
        sent: dict[str, Callable[[], httpx.Response]] = {
            SHORTEST: lambda: client.get(f"{postgrest_url}/customers?select=id&limit=1"),
            "the same through the gateway": lambda: client.get(
                f"{gateway}/customers?select=id&limit=1"
            ),
        }
        for name, call in calls(subjects).items():
            sent[name] = lambda call=call: client.post(  # type: ignore[misc]
                f"{gateway}/{call.path}", content=json.dumps(call.arguments)
            )
        ms: dict[str, list[float]] = {name: [] for name in sent}
        client.headers["Content-Type"] = "application/json"
        for number in range(-5, runs):
            for name, send in sent.items():
                begin = time.perf_counter()
                answer = send()
                taken = (time.perf_counter() - begin) * 1000
                assert answer.is_success, f"{name}: {answer.text}"
                if number >= 0:
                    ms[name].append(taken)
    return ms


def p95(figures: list[float]) -> float:
    """One of twenty took longer."""
    return quantiles(figures, n=20)[-1]


def table(ms: dict[str, list[float]]) -> list[list[str]]:
    """Rows for the page: what, median, p95, times the shortest."""
    shortest = p95(ms[SHORTEST])
    rows = []
    for name, figures in ms.items():
        ratio = p95(figures) / shortest
        verdict = "" if name == SHORTEST else "met" if ratio <= MOST_RATIO else "not met"
        rows.append(
            [name, f"{median(figures):.1f}", f"{p95(figures):.1f}", f"{ratio:.2f}", verdict]
        )
    return rows
