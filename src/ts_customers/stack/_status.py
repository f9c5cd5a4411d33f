"""How a stack is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StackStatus:
    """One stack at one moment.

    Addresses and keys are None where they are not known, as before the first start. `problems`
    says, part by part, why something that should run does not. `processes` maps parts to pids.
    """

    backend: str
    running: bool
    api_url: str | None = None
    db_url: str | None = None
    admin_db_url: str | None = None
    publishable_key: str | None = None
    secret_key: str | None = None
    jwt_secret: str | None = None
    inbox_url: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    processes: dict[str, int] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The variables by which programs find the stack, those that are known."""
        named = {
            # Else SUPABASE_URL would make the next command take this stack for an external one.
            "TS_CUSTOMERS_BACKEND": self.backend,
            "SUPABASE_URL": self.api_url,
            "SUPABASE_PUBLISHABLE_KEY": self.publishable_key,
            "SUPABASE_SECRET_KEY": self.secret_key,
            "SUPABASE_DB_URL": self.db_url,
            "SUPABASE_JWT_SECRET": self.jwt_secret,
        }
        return {name: value for name, value in named.items() if value}
