"""docs/errors.md holds exactly the slugs that the database can raise or report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sources import calls
from tap import Tap
from ts_customers import Conflict, Invalid, _errors
from ts_customers._constraints import MEANINGS, NEEDED
from ts_customers._errors import _AUTH_KINDS, _HINTS, _KINDS

ERRORS = Path(__file__).parents[1] / "docs" / "errors.md"
IMPORTING = Path(__file__).parents[1] / "src" / "ts_customers" / "importing"
# What private.fail raises brings its own.
RAISED_WITH_A_HINT = {"conflict", "invalid"}
RAISED = "Raised by functions and triggers"
FOUND = ("Found in a customer and its contacts", "Found in a row of an import")

FUNCTIONS = """
select p.oid::regprocedure::text, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc')
from pg_proc as p
where p.pronamespace in (
    select n.oid from pg_namespace as n where n.nspname in ('public', 'private', 'portal')
) and p.prokind = 'f' and not exists (
    select from pg_depend as d where d.objid = p.oid and d.deptype = 'e'
)
"""
COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
FAIL = re.compile(
    r"private\.fail\(\s*'(PT4\d\d|42501)'(?:::text)?\s*,\s*'([a-z0-9_]+)'(?:::text)?\s*[,)]"
)
# A row of a list of refusals, where one is raised for one subject and reported for many.
REFUSAL = re.compile(r"\(\s*'([a-z0-9_]+)'(?:::text)?\s*,\s*'(PT4\d\d|42501)'")
# A slug stands before its message, which is a literal with a blank in it, or is put together.
MESSAGE = r"(?:'[^']* |\w+(?:\.\w+)? \|\||\w+\.message|format\(|private\.\w+\()"
FINDING = re.compile(rf"'([a-z]+(?:_[a-z0-9]+)+)'\s*,\s*{MESSAGE}")
# In Python a slug of a row stands in a constant.
NOTED = re.compile(r'^_?[A-Z_]+ = "([a-z]+(?:_[a-z0-9]+)+)"$', re.MULTILINE)
ASSIGNED = re.compile(r"v_slug := '([a-z_]+)'")


def sections() -> dict[str, list[tuple[str, str]]]:
    """The rows of each table of the page, as their first two cells, by heading."""
    found: dict[str, list[tuple[str, str]]] = {}
    heading = ""
    for line in ERRORS.read_text().splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| `"):
            _, first, second, *_ = re.split(r"(?<!\\)\|", line)
            found.setdefault(heading, []).append((first, second.strip()))
    return found


def slugs(cells: str) -> set[str]:
    """The slugs that a cell names."""
    return set(re.findall(r"`([a-z0-9_]+)`", cells))


@pytest.fixture
def sources(tap: Tap) -> dict[str, str]:
    """The source of every function, without its comments."""
    return {name: COMMENT.sub("", source) for name, source, _ in tap.rows(FUNCTIONS)}


def raised(sources: dict[str, str]) -> set[tuple[str, str]]:
    """What functions raise, as slug and SQLSTATE."""
    pairs = (pair for source in sources.values() for pair in FAIL.findall(source))
    rows = {pair for source in sources.values() for pair in REFUSAL.findall(source)}
    return rows | {(slug, state) for state, slug in pairs}


def reported(sources: dict[str, str]) -> set[str]:
    """What functions report as a finding, without raising it."""
    found: set[str] = set()
    for source in sources.values():
        rest = FAIL.sub("", source)
        if "validation_error" in rest or "private.rule(" in rest:
            found |= set(FINDING.findall(rest)) | set(ASSIGNED.findall(rest))
    return found


def test_every_slug_that_is_raised_is_documented_with_its_sqlstate(
    sources: dict[str, str],
) -> None:
    documented = {(slug, state) for cell, state in sections()[RAISED] for slug in slugs(cell)}
    assert raised(sources) == documented
    assert len(documented) > 30


def test_every_slug_that_is_reported_is_documented(sources: dict[str, str]) -> None:
    documented = {
        slug for heading in FOUND for cell, _ in sections()[heading] for slug in slugs(cell)
    }
    # What is said of the reading of a row is found before the database sees it.
    read = {slug for file in IMPORTING.glob("*.py") for slug in NOTED.findall(file.read_text())}
    assert reported(sources) | read == documented
    assert len(read) > 10
    assert len(documented) > 30


def test_every_failure_says_what_happened(sources: dict[str, str]) -> None:
    calls = {name: source.count("private.fail(") for name, source in sources.items()}
    told = {name: len(FAIL.findall(source)) for name, source in sources.items()}
    # The one that defines it, and those that raise what was found.
    other = {name.split("(")[0] for name in sources if calls[name] != told[name]}
    assert other == {
        "private.fail",
        "private.fail_tier_change",
        "private.refuse_contacts_of_mode",
        "private.refuse_errors",
    }


def test_every_failure_says_what_to_do_next(sources: dict[str, str]) -> None:
    found = [
        (name, call)
        for name, source in sources.items()
        if not name.startswith("private.fail(")
        for call in calls(source, "private.fail")
    ]
    silent = [(name, call) for name, call in found if len(call) < 4 or call[3] in {"''", "null"}]
    assert silent == []
    assert len(found) > 90


def test_a_call_is_taken_apart() -> None:
    assert calls("fail('a,', f(b, ')'), array[c, d]); fail()", "fail") == [
        ["'a,'", "f(b, ')')", "array[c, d]"],
        [""],
    ]


def test_nothing_is_raised_past_the_one_function_that_raises(sources: dict[str, str]) -> None:
    raising = re.compile(r"\braise\s+(?!;|debug|log|notice|warning)\w+", re.IGNORECASE)
    found = {name.split("(")[0] for name, source in sources.items() if raising.search(source)}
    assert found == {"private.fail"}


def test_every_slug_that_python_makes_of_an_error_is_documented() -> None:
    made = {slug for _, slug in [*_KINDS.values(), *_AUTH_KINDS.values()]}
    made |= {meaning.slug for meaning in [*MEANINGS.values(), *NEEDED.values()]}
    # What there is no kind for.
    source = Path(_errors.__file__).read_text("utf-8")
    made |= set(re.findall(r'(?:ServerError, |Unavailable, |or )"([a-z_]+)"', source))
    page = ERRORS.read_text("utf-8").partition("## Raised by the command line")[2]
    assert made - slugs(page) == set()
    assert {"auth_failed", "locked", "server_error", "tier_in_use", "user_banned"} <= made


def test_every_conflict_and_every_invalid_value_has_a_hint() -> None:
    for kind, slug in _KINDS.values():
        if kind in (Conflict, Invalid) and slug not in RAISED_WITH_A_HINT:
            assert _HINTS.get(slug), slug
    assert all(meaning.hint for meaning in [*MEANINGS.values(), *NEEDED.values()])


def test_the_errors_that_a_function_names_in_its_comment_are_documented(tap: Tap) -> None:
    every = {slug for rows in sections().values() for cell, _ in rows for slug in slugs(cell)}
    lists = re.compile(r"(?:PT4\d\d|42501)((?:\s+[a-z]+(?:_[a-z0-9]+)+,?)+)")
    named = {
        (name, slug)
        for name, _, comment in tap.rows(FUNCTIONS)
        for listed in lists.findall(comment or "")
        for slug in re.findall(r"[a-z0-9_]+", listed)
    }
    assert {(name, slug) for name, slug in named if slug not in every} == set()
    assert len(named) > 50
