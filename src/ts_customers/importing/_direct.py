"""Importing over a database connection: the same functions, without the API in between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from ts_customers._errors import from_psycopg

_BECOME = "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)"


class DirectCaller:
    """Calls functions of `public` over a connection of its own, each in its own transaction.

    Acts as the given user, or as service_role: the database decides as it does for the API.
    """

    def __init__(self, db_url: str, *, user_id: UUID | None, organization_id: UUID) -> None:
        """Make a caller, which connects when it is first asked.

        Args:
            db_url: The database, as a role that may become authenticated and service_role.
            user_id: As whom to act; None: service_role.
            organization_id: For which organization.
        """
        self.organization_id = organization_id
        self._db_url = db_url
        self._role = "service_role" if user_id is None else "authenticated"
        claims = {"role": self._role} | ({"sub": str(user_id)} if user_id else {})
        self._claims = json.dumps(claims)
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()

    def rpc(self, name: str, args: Mapping[str, Any] | None = None) -> Any:
        """Call a function that returns JSON.

        Raises:
            TsCustomersError: whichever class fits.
        """
        given = {
            key: Jsonb(value) if isinstance(value, dict | list) else value
            for key, value in (args or {}).items()
        }
        call = sql.SQL("select {}({})").format(
            sql.Identifier("public", name),
            sql.SQL(", ").join(
                sql.SQL("{} => {}").format(sql.Identifier(key), sql.Placeholder(key))
                for key in given
            ),
        )
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._db_url, autocommit=True)
            with self._connection.transaction():
                self._connection.execute(_BECOME, (self._role, self._claims))
                row = self._connection.execute(call, given).fetchone()
        except psycopg.Error as error:
            raise from_psycopg(error) from error
        return row[0] if row else None
