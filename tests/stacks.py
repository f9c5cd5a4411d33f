"""Projects of their own for tests of the embedded stack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from ts_customers._errors import StackError
from ts_customers.stack import EmbeddedStack, open_stack
from ts_customers.stack._config import load_config
from ts_customers.stack._postgrest import find_postgrest

REPOSITORY = Path(__file__).parents[1]
CONFIG = """\
project_id = "scratch"
[api]
schemas = ["public", "not_there_yet"]
"""
NOTES = "create table public.notes (id int primary key, said text); -- the first table\n"


@dataclass
class Project:
    """One scratch project with a stack of its own on free ports."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, root: Path, **environment: str) -> Project:
        """A project with one migration, and PostgREST as this repository has installed it."""
        migrations = root / "supabase" / "migrations"
        migrations.mkdir(parents=True)
        (root / "supabase" / "config.toml").write_text(CONFIG, encoding="utf-8")
        postgrest = find_postgrest(load_config(REPOSITORY)).program
        settings = {"TS_CUSTOMERS_PORT": "0", "TS_CUSTOMERS_POSTGREST": str(postgrest)}
        project = cls(root, {**settings, **environment})
        project.add_migration("20260101000000_notes.sql", NOTES)
        return project

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.root / ".ts-customers"

    @property
    def cluster(self) -> Path:
        """Its database's files."""
        return self.data / "postgres"

    def add_migration(self, name: str, text: str) -> Path:
        """Write a migration."""
        path = self.root / "supabase" / "migrations" / name
        path.write_bytes(text.encode())
        return path

    def stack(self) -> EmbeddedStack:
        """Its stack, as a command that starts now sees it."""
        with self._environment():
            stack = open_stack(self.root)
        assert isinstance(stack, EmbeddedStack)
        return stack

    def run(self, command: str, *, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run a command of the program in a process of its own."""
        return subprocess.run(
            [*prefix, sys.executable, "-m", "ts_customers.cli.main", *command.split()],
            cwd=self.root,
            env=self._full_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command of the program and go on."""
        return subprocess.Popen(
            [sys.executable, "-m", "ts_customers.cli.main", *command.split()],
            cwd=self.root,
            env=self._full_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def query(self, statement: str, *, admin: bool = False) -> list[tuple[Any, ...]]:
        """The rows of a statement, run as postgres or as the superuser."""
        status = self.stack().status()
        url = status.admin_db_url if admin else status.db_url
        assert url
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _full_environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TS_CUSTOMERS_", "SUPABASE_"))
        }
        return {**kept, **self.environment}

    @contextmanager
    def _environment(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in list(os.environ):
                if name.startswith(("TS_CUSTOMERS_", "SUPABASE_")):
                    patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            yield


@contextmanager
def scratch_project(root: Path, **environment: str) -> Iterator[Project]:
    """A project whose stack is stopped, and whose data is deleted, at the end."""
    project = Project.make(root, **environment)
    try:
        yield project
    finally:
        project.environment.pop("TS_CUSTOMERS_BACKEND", None)
        project.stack().down()
        shutil.rmtree(project.data, ignore_errors=True)


@contextmanager
def running_again(project: Project) -> Iterator[Project]:
    """A stack that earlier tests used: it runs, its table is empty, its environment its own."""
    environment = dict(project.environment)
    project.stack().up()
    project.query("truncate notes")
    yield project
    project.environment = environment


def refused(action: Callable[[], object]) -> StackError:
    """The error by which an action is refused."""
    with pytest.raises(StackError) as caught:
        action()
    return caught.value


def processes_of(project: Project) -> list[int]:
    """The processes that name the project's data folder."""
    folder = str(project.data)
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(argument.startswith(folder) for argument in process.info["cmdline"] or ())
    ]
