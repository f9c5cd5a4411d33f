"""A thin client over supabase-py: who acts, for which organization, and errors of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self
from uuid import UUID

from ts_customers._errors import (
    LOGIN_HINT,
    Invalid,
    NotFound,
    NotSignedIn,
    Unavailable,
    from_httpx,
    from_postgrest,
)
from ts_customers._session import Session, SessionStore, renew, sign_in

if TYPE_CHECKING:
    import supabase
    from postgrest import SyncRequestBuilder

# Seconds that one request may take; the API's own statement timeout is 8.
_TIMEOUT = 60


class Query(Protocol):
    """A request of supabase-py that is ready to go."""

    def execute(self) -> Any: ...


class Client:
    """Acts on the API as a signed-in user, or with the secret key.

    `table` and `rpc` go to the schema `public`, under the rules of the database.
    """

    def __init__(
        self,
        server: supabase.Client,
        *,
        session: Session | None,
        store: SessionStore | None = None,
        organization: str | None = None,
    ) -> None:
        """Make a client; `connect` is the way to get one.

        Without a session it acts by the key of `server`. A `store` gets what is renewed.
        """
        self.server = server
        self.session = session
        self._store = store
        self._organization = organization
        self._organization_id: UUID | None = None
        self._act_as(session)

    @property
    def api_url(self) -> str:
        """The base URL of the API, without a slash at the end."""
        return str(self.server.supabase_url).rstrip("/")

    @property
    def organization_id(self) -> UUID:
        """The organization to act for: the one asked for, or the only one there is.

        Raises:
            NotFound: organization_not_found.
            Invalid: organization_required, organization_ambiguous, no_organization.
        """
        if self._organization_id is None:
            self._organization_id = self._find_organization()
        return self._organization_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        _close(self.server)

    def access_token(self) -> str:
        """The token to act by, renewed if it is about to expire; without a session, the key.

        Raises:
            SessionExpired: session_expired.
            Unavailable: unreachable.
        """
        self._renew_if_needed()
        return self.session.access_token if self.session else str(self.server.supabase_key)

    def rpc(self, name: str, args: Mapping[str, Any] | None = None) -> Any:
        """Call a function.

        Args:
            name: The function's name.
            args: Its arguments; UUIDs are written as text.

        Returns:
            What it returned, as JSON: a list of rows, an object, or a value.
        """
        self._renew_if_needed()
        json_args = {
            key: str(value) if isinstance(value, UUID) else value
            for key, value in (args or {}).items()
        }
        return self.run(self.server.rpc(name, json_args))

    def table(self, name: str) -> SyncRequestBuilder:
        """Begin a query on a table or view, to be finished with `run`."""
        self._renew_if_needed()
        return self.server.table(name)

    def run(self, query: Query) -> Any:
        """Send a query.

        Returns:
            Its rows.

        Raises:
            TsCustomersError: whichever class fits.
        """
        import httpx
        from postgrest.exceptions import APIError

        try:
            return query.execute().data
        except APIError as error:
            raise from_postgrest(error) from error
        except httpx.HTTPError as error:
            raise from_httpx(error, self.api_url) from error

    def _act_as(self, session: Session | None) -> None:
        if session is not None:
            self.server.postgrest.auth(session.access_token)

    def _renew_if_needed(self) -> None:
        if self.session is None or self.session.is_fresh:
            return
        if self._store is None:
            self.session = renew(self.server, self.session)
        else:
            self.session = renew_stored(self.server, self._store)
        self._act_as(self.session)

    def _find_organization(self) -> UUID:
        wanted = self._organization
        query = self.table("organizations").select("id, name").order("name").limit(20)
        if wanted is not None:
            query = (
                query.eq("id", wanted)
                if _is_uuid(wanted)
                else query.ilike("name", escape_like(wanted))
            )
        rows = self.run(query)
        if len(rows) == 1:
            return UUID(rows[0]["id"])
        if wanted is not None and not rows:
            raise NotFound(
                f"there is no organization {wanted}, or it is not yours",
                slug="organization_not_found",
                hint="Run: ts-customers org list",
            )
        if not rows:
            raise Invalid(
                "you belong to no organization",
                slug="no_organization",
                hint="Run: ts-customers org create NAME, or accept an invitation.",
            )
        names = ", ".join(row["name"] for row in rows)
        if wanted is None:
            raise Invalid(
                f"there are several organizations: {names}",
                slug="organization_required",
                hint="Name one with --organization, or in TS_CUSTOMERS_ORGANIZATION.",
            )
        raise Invalid(
            f"several organizations are called {wanted}",
            slug="organization_ambiguous",
            hint="Use the id, from: ts-customers org list",
        )


def connect(
    *,
    service: bool = False,
    organization: str | None = None,
    store: SessionStore | None = None,
) -> Client:
    """Connect to the project's API.

    Acts by the secret key if `service`; else as TS_CUSTOMERS_EMAIL with TS_CUSTOMERS_PASSWORD; else
    as the session that `login` stored.

    Args:
        service: Act by the secret key, past all row level security.
        organization: The id or name of the organization to act for, by default
            TS_CUSTOMERS_ORGANIZATION, or else the only one there is.
        store: Where sessions are kept.

    Raises:
        NotSignedIn: not_signed_in, invalid_credentials, session_expired.
        Unavailable: stack_down, no_key, unreachable.
    """
    organization = organization or os.environ.get("TS_CUSTOMERS_ORGANIZATION") or None
    server = open_server(service=service)
    if service:
        return Client(server, session=None, organization=organization)

    email, password = os.environ.get("TS_CUSTOMERS_EMAIL"), os.environ.get("TS_CUSTOMERS_PASSWORD")
    try:
        if email and password:
            session = sign_in(server, email=email, password=password)
            return Client(server, session=session, organization=organization)

        store = store or SessionStore()
        session = renew_stored(server, store)
        return Client(server, session=session, store=store, organization=organization)
    except BaseException:
        _close(server)
        raise


def open_server(*, service: bool = False) -> supabase.Client:
    """Make supabase-py's client for the project, by its publishable or its secret key.

    Raises:
        Unavailable: stack_down, no_key, unreachable.
    """
    from ts_customers.stack import open_stack

    status = open_stack().status()
    key = status.secret_key if service else status.publishable_key
    if not status.api_url or (status.backend == "embedded" and not status.running):
        raise Unavailable(
            "the stack is not running", slug="stack_down", hint="Run: ts-customers up"
        )
    if not key:
        name = "SUPABASE_SECRET_KEY" if service else "SUPABASE_PUBLISHABLE_KEY"
        raise Unavailable(
            f"{name} is not set", slug="no_key", hint=f"Put {name} into the environment or .env."
        )
    if not status.running:
        raise Unavailable(
            f"{status.api_url} cannot be used: {'; '.join(status.problems)}",
            slug="unreachable",
            hint="Check SUPABASE_URL and the keys: ts-customers status",
        )
    return _server(status.api_url, key)


def _server(api_url: str, key: str) -> supabase.Client:
    import httpx
    import supabase

    options = supabase.ClientOptions(
        auto_refresh_token=False,
        persist_session=False,
        # A link that is mailed is opened elsewhere, where nobody has this client's verifier.
        flow_type="implicit",
        httpx_client=httpx.Client(timeout=_TIMEOUT, follow_redirects=True),
    )
    return supabase.create_client(api_url, key, options)


def _close(server: supabase.Client) -> None:
    if server.options.httpx_client is not None:
        server.options.httpx_client.close()


def renew_stored(server: supabase.Client, store: SessionStore) -> Session:
    """Return the stored session for a server, renewed if it is about to end.

    Raises:
        NotSignedIn: not_signed_in, session_expired.
    """
    api_url = str(server.supabase_url).rstrip("/")
    session = store.get(api_url)
    if session is None:
        raise NotSignedIn(
            f"nobody is signed in at {api_url}", slug="not_signed_in", hint=LOGIN_HINT
        )
    if session.is_fresh:
        return session
    with store.lock():
        # Another process may have renewed it while this one waited.
        session = store.get(api_url) or session
        if not session.is_fresh:
            session = renew(server, session)
            store.put(api_url, session)
    return session


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def escape_like(name: str) -> str:
    """Escape what LIKE would take for a pattern, so that only case is ignored."""
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "\\*")
