"""The hints of the database in the words of the command line: functions become commands."""

from __future__ import annotations

import re

COMMANDS = {
    "cancel_tier_change": "ts-customers tier cancel",
    "customer_contacts": "ts-customers contact list",
    "customer_tiers": "ts-customers tier list",
    "find_duplicate_customers": "ts-customers customer duplicates",
    "include_suspended": "--include-suspended",
    "invite_member": "ts-customers member invite",
    "log_activity": "ts-customers note add",
    "organization_members": "ts-customers member list",
    "reactivate_customer": "ts-customers customer reactivate",
    "search_customers": "ts-customers customer search",
    "set_member_role": "ts-customers member set",
    "suspend_customer": "ts-customers customer suspend",
    "tier_change_requests": "ts-customers tier pending",
}

_NAMES = re.compile(rf"\b(?:{'|'.join(COMMANDS)})\b")


def in_commands(hint: str) -> str:
    """A hint with what a person at the terminal types."""
    return _NAMES.sub(lambda found: COMMANDS[found[0]], hint)
