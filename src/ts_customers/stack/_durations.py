"""Durations as Go writes them, which is how Supabase Auth and its settings do."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


def parse_duration(text: str) -> timedelta | None:
    """The length that a text like `1h30m` or `1m0s` names; None where it names none."""
    match = _DURATION.fullmatch(text)
    if not match or not text:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
