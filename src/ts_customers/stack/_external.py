"""The external backend: a project that runs already, hosted or by `supabase start`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg

from ts_customers._errors import StackError
from ts_customers.stack._config import StackConfig
from ts_customers.stack._migrations import migrate, seed
from ts_customers.stack._status import StackStatus

_TIMEOUT_SECONDS = 10.0


class ExternalStack:
    """A project named by SUPABASE_URL and its companions, in the environment or in .env."""

    backend = "external"

    def __init__(self, config: StackConfig, *, report: Callable[[str], None]) -> None:
        self._config = config
        self._report = report

    def up(self, *, reset: bool = False) -> StackStatus:
        """Refused: it runs elsewhere. Raises: StackError backend_external."""
        raise _not_ours("reset" if reset else "start")

    def down(self) -> bool:
        """Refused: it runs elsewhere. Raises: StackError backend_external."""
        raise _not_ours("stop")

    def reset(self) -> StackStatus:
        """Refused: it is somebody's data. Raises: StackError backend_external."""
        raise _not_ours("reset")

    def logs(self, *_: object, **_options: object) -> Iterator[str]:
        """Refused: they are kept elsewhere. Raises: StackError backend_external."""
        raise _not_ours("show the logs of")

    def inbox(self, *_: object) -> list[dict[str, Any]]:
        """Refused: its mails are sent. Raises: StackError backend_external."""
        raise _not_ours("keep the mails of")

    def status(self) -> StackStatus:
        """Whether the project answers, and what is known of it."""
        api_url = self._setting("SUPABASE_URL").rstrip("/")
        environment = self._config.environment
        db_url = environment.get("SUPABASE_DB_URL")
        versions: dict[str, str] = {}
        problems: list[str] = []
        if problem := self._ask_api(api_url):
            problems.append(problem)
        if db_url:
            try:
                with psycopg.connect(db_url, connect_timeout=int(_TIMEOUT_SECONDS)) as connection:
                    row = connection.execute("show server_version").fetchone()
                    versions["postgres"] = str(row[0]) if row else ""
            except psycopg.Error as error:
                problems.append(f"database: {str(error).strip().splitlines()[0]}")
        return StackStatus(
            backend=self.backend,
            running=not problems,
            api_url=api_url,
            db_url=db_url,
            publishable_key=environment.get("SUPABASE_PUBLISHABLE_KEY"),
            secret_key=environment.get("SUPABASE_SECRET_KEY"),
            jwt_secret=environment.get("SUPABASE_JWT_SECRET"),
            versions=versions,
            problems=tuple(problems),
        )

    def migrate(self) -> list[str]:
        """Apply pending migrations.

        Returns: the names of the files that were applied.
        """
        return migrate(self._setting("SUPABASE_DB_URL"), self._config)

    def seed(self) -> list[str]:
        """Run seed files that were not run yet.

        Returns: the paths of the files that were run.
        """
        return seed(self._setting("SUPABASE_DB_URL"), self._config)

    def _ask_api(self, api_url: str) -> str | None:
        key = self._config.environment.get("SUPABASE_PUBLISHABLE_KEY", "")
        try:
            answer = httpx.get(
                f"{api_url}/auth/v1/health", headers={"apikey": key}, timeout=_TIMEOUT_SECONDS
            )
        except httpx.HTTPError as error:
            return f"API: {error}"
        return None if answer.is_success else f"API: it answers {answer.status_code}"

    def _setting(self, name: str) -> str:
        value = self._config.environment.get(name)
        if not value:
            raise StackError(
                f"{name} is not set",
                slug="setting_missing",
                hint=f"Set {name} in the environment or in .env; the project's settings show it.",
            )
        return value


def _not_ours(verb: str) -> StackError:
    return StackError(
        f"the stack is external: ts-customers does not {verb} it",
        slug="backend_external",
        hint="Use its own tools, or set TS_CUSTOMERS_BACKEND=embedded for a stack of your own.",
    )
