"""B2B customer management for Supabase: a thin typed client beside its command line."""

from ts_customers._client import Client, connect
from ts_customers._errors import (
    Conflict,
    InputFileError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ServerError,
    SessionExpired,
    StackError,
    TsCustomersError,
    Unavailable,
)

__all__ = [
    "Client",
    "Conflict",
    "InputFileError",
    "Invalid",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "ServerError",
    "SessionExpired",
    "StackError",
    "TsCustomersError",
    "Unavailable",
    "connect",
]
