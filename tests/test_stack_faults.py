"""The embedded stack when things go wrong: killed, stale, half-written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from stacks import Project, processes_of, refused, running_again, scratch_project
from ts_customers.stack._folder import read_json, write_json
from ts_customers.stack._processes import Identity, free_port, identify, is_alive, wait_until_gone


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


@pytest.fixture
def stranger() -> Iterator[Identity]:
    """A process that is none of ours."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    identity = identify(process.pid)
    assert identity
    yield identity
    process.kill()
    process.wait()


def kill(pid: int) -> None:
    identity = identify(pid)
    assert identity
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(identity, seconds=5)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("part", ["postgrest", "gateway", "postgres"])
def test_a_killed_part_is_reported_and_up_brings_it_back(running: Project, part: str) -> None:
    running.query("insert into notes values (1, 'kept')")
    before = running.stack().status().processes
    kill(before[part])
    wait_for(lambda: any("signal 9" in problem for problem in running.stack().status().problems))

    down = running.stack().status()
    assert not down.running
    assert down.problems[0].startswith(f"{part} (pid {before[part]}) was killed by signal 9 at ")

    after = running.stack().up()
    assert after.running
    # PostgREST starts again with its database, for which it would wait too long.
    renewed = {"postgres", "postgrest"} if part == "postgres" else {part}
    assert {name for name, pid in after.processes.items() if before[name] != pid} == renewed
    answer = httpx.get(f"{after.api_url}/rest/v1/notes", headers={"apikey": after.secret_key or ""})
    assert answer.json() == [{"id": 1, "said": "kept"}]
    assert running.query("select said from notes") == [("kept",)]


def test_a_killed_supervisor_is_reported_and_replaced(running: Project) -> None:
    before = running.stack().status().processes
    kill(before["supervisor"])
    status = running.stack().status()
    assert not status.running
    assert status.problems == (f"supervisor (pid {before['supervisor']}) is gone",)

    after = running.stack().up()
    assert after.running
    assert not set(after.processes.values()) & set(before.values())


def test_down_stops_what_a_killed_supervisor_left(running: Project) -> None:
    kill(running.stack().status().processes["supervisor"])
    assert running.stack().down()
    assert processes_of(running) == []


def test_nothing_is_left_of_a_stack_whose_every_process_was_killed(running: Project) -> None:
    running.query("insert into notes values (1, 'kept')")
    for pid in running.stack().status().processes.values():
        kill(pid)
    running.stack().up()
    assert running.query("select said from notes") == [("kept",)]


def test_a_stranger_with_a_reused_pid_is_left_alone(running: Project, stranger: Identity) -> None:
    state_file = running.data / "state.json"
    postmaster = (running.cluster / "postmaster.pid").read_text().splitlines()
    state = read_json(state_file)
    assert state
    running.stack().down()

    for identity in (state["supervisor"], *state["parts"].values()):
        identity["pid"] = stranger.pid
    write_json(state_file, state)
    (running.cluster / "postmaster.pid").write_text("\n".join([str(stranger.pid), *postmaster[1:]]))

    assert not running.stack().status().running
    assert running.stack().up().running
    write_json(state_file, state)
    running.stack().down()
    assert is_alive(stranger)
    assert processes_of(running) == []


@pytest.mark.parametrize("name", ["state.json", "plan.json"])
def test_a_half_written_file_is_no_obstacle(running: Project, name: str) -> None:
    running.stack().down()
    (running.data / name).write_text('{"supervisor": ', encoding="utf-8")
    assert running.stack().up().running


def test_an_unfinished_database_is_made_anew(project: Project) -> None:
    (project.data / "postgres").mkdir(parents=True)
    leftover = project.data / "postgres.building" / "cluster" / "base"
    leftover.mkdir(parents=True)
    assert project.stack().up().running
    assert not leftover.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "content", "slug"),
    [
        ("PG_VERSION", None, "cluster_damaged"),
        ("global/pg_control", None, "cluster_damaged"),
        ("PG_VERSION", "14\n", "cluster_version"),
        ("ts-customers.json", None, "cluster_foreign"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_and_kept(
    running: Project, file: str, content: str | None, slug: str
) -> None:
    running.stack().down()
    path = running.cluster / file
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")

    assert refused(running.stack().up).slug == slug
    assert (running.cluster / "base").is_dir()
    assert processes_of(running) == []
    assert running.stack().reset().running


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["postgres/base", "postgres/pg_wal", "secrets.json"])
def test_a_database_that_lost_a_part_is_refused_and_can_be_reset(
    running: Project, lost: str
) -> None:
    running.stack().down()
    path = running.data / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    error = refused(running.stack().up)
    assert error.slug == "cluster_damaged"
    assert "ts-customers reset" in error.hint
    assert processes_of(running) == []
    assert running.stack().reset().running


def test_a_file_where_the_next_database_is_built_is_no_obstacle(project: Project) -> None:
    project.data.mkdir(parents=True)
    (project.data / "postgres.building").write_text("", encoding="utf-8")
    assert project.stack().up().running


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1])
def test_an_up_killed_at_any_moment_can_be_repeated(project: Project, seconds: float) -> None:
    process = project.start("up")
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    assert project.stack().up().running
    assert project.query("select count(*) from notes") == [(0,)]
    project.stack().down()
    assert processes_of(project) == []


def test_an_up_after_an_interrupted_down_starts_anew(running: Project) -> None:
    supervisor = running.stack().status().processes["supervisor"]
    # What a `down` that is killed at once leaves: a supervisor that is about to end.
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while (running.data / "state.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert running.stack().up().running
    assert running.stack().status().processes["supervisor"] != supervisor


def test_a_server_that_took_the_databases_files_a_moment_before_is_ended(running: Project) -> None:
    running.query("insert into notes values (2, 'kept')")
    before = running.stack().status().processes
    plan = read_json(running.data / "plan.json")
    assert plan
    [part] = [part for part in plan["parts"] if part["name"] == "postgres"]
    kill(before["postgres"])
    wait_for(lambda: not running.stack().status().running)
    *arguments, port = part["arguments"]
    elsewhere = str(free_port(None, besides=[int(port)]))
    rival = subprocess.Popen(
        [*part["prefix"], *arguments, elsewhere], cwd="/", stderr=subprocess.DEVNULL
    )
    try:
        wait_for((running.cluster / "postmaster.pid").exists)
        assert running.stack().up().running
        assert rival.wait(5)  # ended, and not by its own will
    finally:
        rival.kill()
    assert running.query("select said from notes where id = 2") == [("kept",)]
