"""What the gateway is told when it starts."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one gateway runs; most of it stands under [auth] in `supabase/config.toml`."""

    port: int
    postgrest_url: str
    auth_db_url: str
    realtime_db_url: str
    jwt_secret: str
    publishable_key: str
    secret_key: str
    jwt_expiry_seconds: int = 3600
    enable_signup: bool = True
    enable_confirmations: bool = False
    minimum_password_length: int = 6
    site_url: str = "http://127.0.0.1:3000"
    additional_redirect_urls: list[str] = field(default_factory=list)
    otp_length: int = 6
    otp_expiry_seconds: int = 86400
    email_interval_seconds: float = 60.0
    refresh_token_reuse_seconds: int = 10
    bcrypt_cost: int = 10


def read_settings(path: Path) -> Settings:
    """Read the settings from a JSON file; keys meant for others are left alone."""
    known = {known.name for known in fields(Settings)}
    given = json.loads(path.read_text(encoding="utf-8"))
    return Settings(**{name: value for name, value in given.items() if name in known})
