"""The command line in this process, as somebody who is signed in."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from supabase import Client
from typer.testing import CliRunner, Result

from fix_api import ApiOrganization, ApiUser
from ts_customers._session import Session, SessionStore
from ts_customers.cli.main import app


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`ts-customers`, signed in as the owner of an organization unless `act_as` says otherwise."""

    org: ApiOrganization
    api_url: str
    service: Client

    def act_as(self, user: ApiUser) -> None:
        """Be somebody else from now on."""
        session = user.client.auth.get_session()
        assert session is not None
        assert session.expires_at is not None
        stored = Session(
            user_id=user.id,
            email=user.email,
            access_token=session.access_token,
            refresh_token=session.refresh_token,
            expires_at=session.expires_at,
        )
        SessionStore().put(self.api_url, stored)

    def run(self, *arguments: object, stdin: str | None = None) -> Result:
        """Run a command, however it ends."""
        return CliRunner().invoke(app, [*map(str, arguments)], input=stdin)

    def __call__(self, *arguments: object, stdin: str | None = None) -> Result:
        """Run a command, and see that it did not fail."""
        result = self.run(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result

    def json(self, *arguments: object) -> Any:
        """What a command prints with --json."""
        return json.loads(self(*arguments, "--json").stdout)

    def id(self, *arguments: object) -> str:
        """The id that a command prints."""
        return self(*arguments).stdout.strip()

    def refused(self, *arguments: object) -> str:
        """What a command says that ends with exit code 1."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        return result.stderr

    def misused(self, *arguments: object) -> str:
        """What a command says that ends with exit code 2."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        return result.stderr


def asked(*arguments: str, answer: str) -> tuple[int, str]:
    """Run a command with somebody at the terminal who answers: exit code, and what it said."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ts_customers.cli.main", *arguments],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.write(keyboard, f"{answer}\n".encode())
        said, _ = process.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    return process.returncode, said
