"""All checks that are one query each, in the order in which they are made."""

from ts_customers.doctor._access import ACCESS
from ts_customers.doctor._check import Check
from ts_customers.doctor._state import STORAGE, WORK

__all__ = ["CHECKS", "Check"]

CHECKS = (*ACCESS, *STORAGE, *WORK)
