"""What the supervisor is told to run, and what it says about it: two JSON files."""

from __future__ import annotations

import signal
from dataclasses import asdict, dataclass, field
from typing import Any

from ts_customers.stack._folder import DataFolder, read_json, write_json
from ts_customers.stack._processes import Identity, is_alive

PARTS = ("postgres", "postgrest", "gateway")
# PostgreSQL takes SIGINT as: end every session and stop in order.
STOP_SIGNALS = {"postgres": signal.SIGINT}


@dataclass(frozen=True, slots=True)
class Part:
    """One program of the stack.

    `prefix` goes before `arguments` and replaces itself by the program. `ready_url` answers once
    the program does; the database has none and says so in its own files.
    """

    name: str
    arguments: list[str]
    prefix: list[str] = field(default_factory=list)
    ready_url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts in the order in which they start; `request` tells one plan from the next."""

    request: str
    admin_url: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor last wrote: who it is, what runs, and why something does not.

    `settled` says that it has done what the plan of this `request` asks, or failed to."""

    supervisor: Identity
    request: str
    settled: bool
    parts: dict[str, Identity]
    problems: dict[str, str]

    def missing(self) -> list[str]:
        """The parts that do not run, the supervisor among them."""
        gone = [name for name in PARTS if not is_alive(self.parts.get(name))]
        return gone if is_alive(self.supervisor) else ["supervisor", *gone]


def write_plan(folder: DataFolder, plan: Plan) -> None:
    """Leave a plan for the supervisor."""
    write_json(folder.plan, asdict(plan))


def read_plan(folder: DataFolder) -> Plan | None:
    """The plan that was left last."""
    content = read_json(folder.plan)
    if content is None:
        return None
    parts = [Part(**part) for part in content["parts"]]
    return Plan(content["request"], content["admin_url"], parts)


def write_state(folder: DataFolder, state: State) -> None:
    """Say how the stack is."""
    write_json(folder.state, asdict(state))


def read_state(folder: DataFolder) -> State | None:
    """How the stack was when its supervisor last wrote."""
    content = read_json(folder.state)
    try:
        return _state(content) if content else None
    except (KeyError, TypeError):
        return None


def _state(content: dict[str, Any]) -> State:
    return State(
        supervisor=Identity(**content["supervisor"]),
        request=content["request"],
        settled=content["settled"],
        parts={name: Identity(**identity) for name, identity in content["parts"].items()},
        problems=content["problems"],
    )
