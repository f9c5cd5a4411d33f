"""Where the objects of a database differ from what the migrations of this version make."""

from __future__ import annotations

from collections.abc import Iterator

from ts_customers.doctor._catalogue import Catalogue, making, unmaking
from ts_customers.doctor._declared import Declared
from ts_customers.doctor._findings import Finding

# Missing and unknown ones are found by name, among all that the project's own migrations make.
_FOUND_BY_NAME = ("policy", "trigger", "view")
# These have checks of their own, which hold for every table, also without a catalogue.
_SAID_ELSEWHERE = ("anon", "public", "REFERENCES", "TRUNCATE", "TRIGGER", "MAINTAIN")


def object_findings(
    there: Catalogue, shipped: Catalogue, local: Declared, own: Declared
) -> Iterator[Finding]:
    """What is not as the migrations make it.

    Args:
        there: What the database tells.
        shipped: What the migrations of this version make.
        local: What the migrations of the project make, ours among them.
        own: What those of them do that are not ours: a project may alter what it has.
    """
    for kind, owner, name in _differing(there, shipped):
        wanted = shipped[kind].get(owner, {}).get(name)
        found = there[kind].get(owner, {}).get(name)
        if kind == "grant":
            if not _is_said_elsewhere(shipped, owner, name):
                yield _grant(owner, name, is_wanted=wanted is not None)
        elif wanted is None and found is not None:
            if not (kind in _FOUND_BY_NAME or _is_known(local, shipped, owner, name)):
                yield _unknown(kind, owner, name)
        elif wanted is not None and not {(owner, _bare(name)), ("", _bare(name))} & own.touched:
            if found is not None:
                yield _changed(kind, owner, name, wanted)
            elif kind not in _FOUND_BY_NAME:
                yield _missing(kind, owner, name, wanted)


def _differing(there: Catalogue, shipped: Catalogue) -> Iterator[tuple[str, str, str]]:
    """The objects that are not the same, of those tables, views and functions that are there."""
    # Every one of them stands among the grants, if only with none.
    owners = sorted(shipped["grant"].keys() & there["grant"].keys())
    # No table of ours, but with policies of ours.
    owners += sorted(shipped["policy"].keys() & there["policy"].keys() - set(owners))
    for kind in shipped:
        for owner in owners:
            wanted, found = shipped[kind].get(owner, {}), there[kind].get(owner, {})
            for name in sorted(wanted.keys() | found.keys()):
                if wanted.get(name) != found.get(name):
                    yield kind, owner, name


def _is_said_elsewhere(shipped: Catalogue, owner: str, name: str) -> bool:
    privilege, _, role = name.rpartition(" to ")
    verb, _, column = privilege.partition(" (")
    is_table = "(" not in owner
    return (
        role in _SAID_ELSEWHERE
        or verb in _SAID_ELSEWHERE
        or (is_table and owner.startswith("private."))
        # A column that the project has added.
        or (column != "" and column.rstrip(")") not in shipped["column"].get(owner, {}))
    )


def _is_known(local: Declared, shipped: Catalogue, owner: str, name: str) -> bool:
    """Whether a migration makes it, by its name or together with a column that it adds."""
    columns = {column for table, column in local.touched if table == owner}
    added = columns - shipped["column"].get(owner, {}).keys()
    table = owner.partition(".")[2]
    return (owner, _bare(name)) in local.touched or any(
        name.startswith(f"{table}_{column}_") for column in added
    )


def _bare(name: str) -> str:
    """A name without its schema and quotes."""
    return name.rpartition(".")[2].strip('"')


def _said(kind: str, owner: str, name: str) -> str:
    return f"the view {owner}" if kind == "view" else f"the {kind} {_bare(name)} on {owner}"


def _missing(kind: str, owner: str, name: str, wanted: str) -> Finding:
    return Finding(
        "object_missing",
        "error",
        f"{_said(kind, owner, name)} is missing",
        "a migration made it, and somebody dropped it by hand",
        f"{making(kind, owner, name, wanted)};",
    )


def _unknown(kind: str, owner: str, name: str) -> Finding:
    return Finding(
        "object_unknown",
        "warning",
        f"{_said(kind, owner, name)} is in no migration",
        "it is in this database alone, and the next migration may clash with it",
        f"{unmaking(kind, owner, name)}; or put it into a migration",
    )


def _changed(kind: str, owner: str, name: str, wanted: str) -> Finding:
    made = making(kind, owner, name, wanted)
    fix = f"{made};" if kind == "view" else f"{unmaking(kind, owner, name)}; {made};"
    if kind == "column":
        fix = f"with alter table {owner} alter column {name}, make it again: {wanted}"
    return Finding(
        "object_changed",
        "error",
        f"{_said(kind, owner, name)} is not as the migrations write it",
        "somebody altered it in this database alone; what it held or allowed, it may no longer",
        fix,
    )


def _grant(owner: str, name: str, *, is_wanted: bool) -> Finding:
    privilege, _, role = name.rpartition(" to ")
    if is_wanted:
        return Finding(
            "grant_missing",
            "error",
            f"{role} may no longer {privilege} {owner}",
            "a call that needs it is refused to everybody, whatever their role",
            f"{making('grant', owner, name, '')};",
        )
    return Finding(
        "grant_unknown",
        "error",
        f"{role} may {privilege} {owner}, which no migration of this version grants",
        "what is granted by column, or to functions alone, is open past the rules that guard it",
        f"{unmaking('grant', owner, name)};",
    )
