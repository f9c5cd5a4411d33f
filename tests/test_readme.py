"""README.md names what there is: every table and view, and every function that clients may call."""

from __future__ import annotations

import re

from fix_stack import REPOSITORY
from organizations import ROLES
from ts_customers.doctor._catalogue import shipped_catalogue

README = (REPOSITORY / "README.md").read_text("utf-8")


def test_every_table_view_and_function_is_named() -> None:
    public = {
        owner.partition("(")[0].partition(".")[2]
        for owner, grants in shipped_catalogue()["grant"].items()
        if owner.startswith(("public.", "portal.")) and grants
    }
    section = README.partition("## What is in the database")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section))
    assert public - named == set()
    assert named - public == {*ROLES, "anon", "portal", "service_role"}


def test_every_page_is_linked() -> None:
    pages = {path.name for path in (REPOSITORY / "docs").glob("*.md")}
    assert pages == set(re.findall(r"\]\(docs/([\w.-]+)\)", README))
