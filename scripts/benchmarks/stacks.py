"""A stack of a benchmark's own, and the organizations that it imports into."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from ts_customers._client import Client, connect, open_server
from ts_customers.generating import TIERS
from ts_customers.importing import DirectCaller
from ts_customers.stack import StackStatus, open_stack

REPOSITORY = Path(__file__).parents[2]
EMAIL = "bench@example.com"
PASSWORD = "correct horse battery"  # noqa: S105


@contextmanager
def bench_stack(folder: Path) -> Iterator[StackStatus]:
    """An embedded stack in a folder, which the programs that are started here find, too."""
    for name in list(os.environ):
        if name.startswith(("SUPABASE_", "TS_CUSTOMERS_")):
            del os.environ[name]
    os.environ |= {
        "TS_CUSTOMERS_BACKEND": "embedded",
        "TS_CUSTOMERS_DATA": str(folder / "stack"),
        "TS_CUSTOMERS_PORT": "0",
        "TS_CUSTOMERS_EMAIL": EMAIL,
        "TS_CUSTOMERS_PASSWORD": PASSWORD,
    }
    stack = open_stack(REPOSITORY)
    try:
        yield stack.up()
    finally:
        stack.down()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ts-customers-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class People:
    """Who imports: one user, the owner of every organization."""

    status: StackStatus
    user_id: UUID

    @classmethod
    def signed_up(cls, status: StackStatus) -> People:
        """Sign the user up."""
        answer = open_server().auth.sign_up({"email": EMAIL, "password": PASSWORD})
        assert answer.user is not None
        return cls(status, UUID(answer.user.id))

    def new_organization(self) -> UUID:
        """An organization that has tiers, and nothing else."""
        name = f"Bench {uuid4().hex[:8]}"
        with connect() as client:
            organization_id = client.rpc("create_organization", {"name": name})["id"]
            tiers = [
                {"organization_id": organization_id, "name": tier, "level": level}
                for level, tier in enumerate(TIERS, start=1)
            ]
            client.run(client.table("customer_tiers").insert(tiers))
        return UUID(organization_id)

    def client(self, organization_id: UUID) -> Client:
        """A client of the API."""
        return connect(organization=str(organization_id))

    def direct(self, organization_id: UUID) -> DirectCaller:
        """The same user over a connection to the database."""
        return DirectCaller(self.db_url, user_id=self.user_id, organization_id=organization_id)

    @property
    def db_url(self) -> str:
        """The database as --direct finds it."""
        assert self.status.db_url is not None
        return self.status.db_url
