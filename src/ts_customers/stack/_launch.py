"""Getting an embedded stack to run: ports, settings, the plan, and what was left by a crash."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ts_customers._errors import StackError
from ts_customers.stack import _postgres as postgres
from ts_customers.stack._account import Account
from ts_customers.stack._cluster import ensure_cluster, holds_data
from ts_customers.stack._config import DEFAULT_PORT, StackConfig
from ts_customers.stack._folder import DataFolder, Ports, Secrets, write_json
from ts_customers.stack._logs import last_line
from ts_customers.stack._plan import Part, Plan, State, read_plan, read_state, write_plan
from ts_customers.stack._postgrest import Postgrest, find_postgrest, write_settings
from ts_customers.stack._processes import (
    Identity,
    describe_listener,
    find_by_arguments,
    free_port,
    is_alive,
    port_is_free,
)

_SETTLE_SECONDS = 180.0


def url_for(role: str, keys: Secrets, ports: Ports) -> str:
    """The URL by which a role reaches the database of a stack."""
    return postgres.address(role, keys.passwords[role], ports.postgres)


def prepare(
    config: StackConfig,
    folder: DataFolder,
    *,
    running: set[str],
    report: Callable[[str], None],
) -> str:
    """Write down what is to run beside the parts that run already.

    Returns: the mark by which the supervisor's answer is known.
    Raises: StackError, whatever stands in the way.
    """
    ports = _choose_ports(config, folder, running)
    postgrest = find_postgrest(config)
    programs = postgres.find_programs(config.environment)
    if holds_data(folder.cluster) and folder.read_secrets() is None:
        raise StackError(
            f"the passwords of the database in {folder.path} are lost: its secrets.json is gone",
            slug="cluster_damaged",
            hint="Restore it from a copy, or begin anew with `ts-customers reset`.",
        )
    keys = folder.make_secrets()
    account = ensure_cluster(
        folder,
        programs,
        passwords=keys.passwords,
        auto_expose=config.auto_expose,
        report=report,
    )
    if "postgres" not in running:
        postgres.clear_leftovers(folder.cluster)
    folder.write_ports(ports)
    folder.write_versions({"postgres": programs.version, "postgrest": postgrest.version})
    _write_settings(config, folder, keys, ports)

    plan = Plan(
        request=uuid.uuid4().hex,
        admin_url=url_for(postgres.SUPERUSER, keys, ports),
        parts=_parts(folder, ports, account, programs, postgrest),
    )
    write_plan(folder, plan)
    return plan.request


def supervisor_arguments(folder: DataFolder) -> list[str]:
    """The arguments that run the supervisor of a data folder."""
    return [sys.executable, "-m", "ts_customers.stack._supervisor", str(folder.path)]


def start_supervisor(folder: DataFolder) -> None:
    """Start the supervisor of a data folder, detached from the caller in every respect."""
    package_home = str(Path(__file__).resolve().parents[2])
    with (folder.logs / "supervisor.log").open("ab") as output:
        subprocess.run(
            supervisor_arguments(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**postgres.plain_environment(), "PYTHONPATH": package_home},
            start_new_session=True,
            check=True,
        )


class SupervisorEnded(Exception):
    """The supervisor that was asked for something has ended."""


def await_settled(folder: DataFolder, request: str, *, supervisor: Identity | None = None) -> None:
    """Wait until the supervisor has done what was written down.

    Raises: StackError stack_not_started; SupervisorEnded, where the one that is named has ended.
    """
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        state = read_state(folder)
        if state and state.request == request and state.settled:
            if missing := state.missing():
                raise _not_started(folder, missing[0], state)
            return
        if supervisor and not is_alive(supervisor):
            raise SupervisorEnded
        if state and not is_alive(state.supervisor):
            raise _not_started(folder, "supervisor", state)
        time.sleep(0.02)
    raise _not_started(folder, "supervisor", None)


def refuse_other_port(config: StackConfig, folder: DataFolder) -> None:
    """Refuse to move a gateway that runs.

    Raises: StackError port_fixed.
    """
    wanted, known = config.requested_port(), folder.read_ports()
    if wanted and known and wanted != known.gateway:
        raise StackError(
            f"the stack runs on port {known.gateway}, and TS_CUSTOMERS_PORT asks for {wanted}",
            slug="port_fixed",
            hint="Run `ts-customers down` first.",
        )


def can_adopt(folder: DataFolder, state: State) -> bool:
    """Whether what runs can stay while the rest is started.

    It cannot without its supervisor, nor if a part that others talk to has lost its port.
    """
    ports = folder.read_ports()
    if ports is None or not is_alive(state.supervisor):
        return False
    needed = {"postgres": ports.postgres, "postgrest": ports.postgrest}
    return all(port_is_free(needed[name]) for name in state.missing() if name in needed)


def find_orphans(folder: DataFolder, state: State | None) -> list[tuple[str, Identity]]:
    """The processes of a stack that run without, or beside, the supervisor that is on record.

    Returns: name and process, the database last.
    """
    found: dict[Identity, str] = {}
    for identity in find_by_arguments(supervisor_arguments(folder)):
        found[identity] = "supervisor"
    plan = read_plan(folder)
    for part in reversed(plan.parts if plan else []):
        known = state.parts.get(part.name) if state else None
        if known and is_alive(known):
            found[known] = part.name
        for identity in find_by_arguments(part.arguments):
            found[identity] = part.name
    if server := postgres.find_postmaster(folder.cluster):
        found[server] = "postgres"
    return [(name, identity) for identity, name in found.items()]


def _choose_ports(config: StackConfig, folder: DataFolder, running: set[str]) -> Ports:
    known = folder.read_ports()
    if known and "gateway" in running:
        refuse_other_port(config, folder)
        gateway = known.gateway
    else:
        gateway = _choose_gateway_port(config, known)

    database = known.postgres if known else None
    if database is None or "postgres" not in running:
        database = free_port(database, besides=[gateway])
    rest = known.postgrest if known else None
    if rest is None or "postgrest" not in running:
        rest = free_port(rest, besides=[gateway, database])
    return Ports(gateway=gateway, postgres=database, postgrest=rest)


def _choose_gateway_port(config: StackConfig, known: Ports | None) -> int:
    wanted = config.requested_port()
    if wanted == 0:
        return free_port(known.gateway if known else None)
    port = wanted or (known.gateway if known else DEFAULT_PORT)
    if port_is_free(port):
        return port
    holder = describe_listener(port)
    raise StackError(
        f"port {port} is taken" + (f" by {holder}" if holder else ""),
        slug="port_taken",
        hint="Stop what uses it, or choose another with TS_CUSTOMERS_PORT (0: any free one).",
    )


def _write_settings(config: StackConfig, folder: DataFolder, keys: Secrets, ports: Ports) -> None:
    write_settings(
        folder.postgrest_conf,
        config,
        database_url=url_for("authenticator", keys, ports),
        jwt_secret=keys.jwt_secret,
        port=ports.postgrest,
    )
    write_json(
        folder.gateway_settings,
        {
            "port": ports.gateway,
            "postgrest_url": f"http://127.0.0.1:{ports.postgrest}",
            "auth_db_url": url_for("supabase_auth_admin", keys, ports),
            "realtime_db_url": url_for("supabase_realtime_admin", keys, ports),
            "jwt_secret": keys.jwt_secret,
            "jwt_expiry_seconds": config.jwt_expiry_seconds,
            "publishable_key": keys.publishable_key,
            "secret_key": keys.secret_key,
            "site_url": config.site_url,
            "additional_redirect_urls": config.additional_redirect_urls,
            "otp_length": config.otp_length,
            "otp_expiry_seconds": config.otp_expiry_seconds,
            "email_interval_seconds": config.email_interval_seconds,
            "enable_signup": config.enable_signup,
            "enable_confirmations": config.enable_confirmations,
            "minimum_password_length": config.minimum_password_length,
        },
    )


def _parts(
    folder: DataFolder,
    ports: Ports,
    account: Account,
    programs: postgres.Programs,
    postgrest: Postgrest,
) -> list[Part]:
    return [
        Part(
            name="postgres",
            prefix=list(account.prefix),
            arguments=postgres.server_arguments(programs, folder.cluster, ports.postgres),
        ),
        Part(
            name="postgrest",
            arguments=[str(postgrest.program), str(folder.postgrest_conf)],
            ready_url=f"http://127.0.0.1:{ports.postgrest}/",
        ),
        Part(
            name="gateway",
            arguments=[
                sys.executable,
                "-m",
                "ts_customers.stack.gateway",
                str(folder.gateway_settings),
            ],
            ready_url=f"http://127.0.0.1:{ports.gateway}/auth/v1/health",
        ),
    ]


def _not_started(folder: DataFolder, part: str, state: State | None) -> StackError:
    why = state.problems.get(part) if state else None
    said = last_line(folder.logs, part)
    return StackError(
        (why or f"{part} did not start") + (f": {said}" if said else ""),
        slug="stack_not_started",
        hint=f"`ts-customers logs {part}` shows more.",
    )
