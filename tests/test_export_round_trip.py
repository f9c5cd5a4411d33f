"""Export followed by import changes nothing, whatever the customers are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports import Books, person

NASTY = [
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "'quoted", "''", '"', '"a","b"', "a,b;c|d\te",
    "line\nbreak", "line\r\nbreak", "carriage\rreturn", "\\.", "\\N", "NULL", "null", "true",
    "#N/A", "n/a", "1e5", "01069", "1,234.50", "[1]", '{"a": 1}', "_x000D_", "\u05e0\u202eleft",
    "👩\u200d👩\u200d👧", "Ａ＝", "e\u0301", "\ufeffbom", "\ufffe\uffff", "\x01\x7f", "Ω≈ç√∫˜µ≤≥÷",
    "田中さん", "<script>alert(1)</script>", "%s%x%n", "../../etc/passwd", "' or 1=1 --", "x" * 480,
]  # fmt: skip
# PostgreSQL takes no NUL, and no half of a surrogate.
any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
texts = st.one_of(st.sampled_from(NASTY), any_text)
# What needs a text that is not blank to PostgreSQL, nor to a spreadsheet program.
names = texts.map(lambda text: f"{text[:80]}.")
tags = names
maybe = st.none() | texts
people = st.fixed_dictionaries(
    {
        "first_name": names,
        "last_name": names,
        "phone": maybe.map(lambda text: text and text[:90]),
        "notes": maybe,
        "role": st.sampled_from(["billing", "shipping", "contact"]),
    }
)
customers = st.fixed_dictionaries(
    {
        "company_name": names,
        "display_name": maybe,
        "tax_id": maybe.map(lambda text: text and text[:90]),
        "status": st.sampled_from(["active", "inactive", "suspended"]),
        "billing_address": st.fixed_dictionaries(
            {"country": st.sampled_from(["DE", "US", "JP"]), "unverified": st.just(value=True)},
            optional={"line1": texts, "line2": texts, "city": texts, "state": texts},
        ),
        "credit_limit": st.none() | st.decimals(0, 1_000_000, places=3).map(str),
        "payment_terms": st.integers(0, 365),
        "currency": st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
        "settings": st.dictionaries(
            st.just("custom"), st.dictionaries(any_text, any_text | st.booleans(), max_size=3)
        ),
        "tags": st.lists(tags, max_size=4, unique=True),
        "notes": maybe,
        "internal_notes": maybe,
    }
)


def import_back(books: Books, file: Path, ids: list[str]) -> Any:
    """Import what was exported, and see that nothing is another than before."""
    before, count = books.there(*ids), books.count()
    report = books.cli.json("import", file, "--allow-repeat")
    assert report["errors"] == []
    assert report["rejected"] == 0
    changed = {kind: [report[kind][key] for key in ("created", "updated")] for kind in KINDS}
    assert changed == {kind: [0, 0] for kind in KINDS}
    assert books.there(*ids) == before
    assert books.count() == count
    return report


KINDS = ("customers", "contacts")


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(
    made=st.lists(st.tuples(customers, st.lists(people, max_size=3)), min_size=3, max_size=8),
    way=st.sampled_from([(), ("--direct",)]),
)
def test_importing_an_export_changes_nothing(
    books: Books, tmp_path: Path, made: list[Any], way: tuple[str, ...]
) -> None:
    ids = []
    for customer, contacts in made:
        ids.append(books.add(customer, *(person(**contact) for contact in contacts)))
    file = tmp_path / f"{uuid4()}.csv"

    summary = books.export(file, *way, ids=ids)

    assert summary["customers"] == len(ids)
    assert summary["contacts"] == sum(len(contacts) for _, contacts in made)
    report = import_back(books, file, ids)
    assert report["customers"]["unchanged"] == len(ids)
    assert report["contacts"]["unchanged"] == summary["contacts"]


def test_every_field_comes_back(books: Books, tmp_path: Path) -> None:
    """A control of the property: what it compares is written by an import that differs."""
    id_ = books.add({"notes": "one\ntwo", "tags": ["a", "b"]}, person())
    file = tmp_path / "a.csv"
    books.export(file, ids=[id_])
    file.write_text(file.read_text("utf-8").replace("two", "three"), "utf-8")

    with pytest.raises(AssertionError):
        import_back(books, file, [id_])


# What an import of somebody else's file would take for something else.
TEMPTING = [
    ("customer", "notes", "  indented"),
    ("customer", "internal_notes", "ends in a break\n"),
    ("contact", "notes", " =1"),
    ("customer", "tax_id", "\t1"),
    ("customer", "company_name", "\xa0hard blank"),
    ("contact", "first_name", "\x85next line"),
    ("customer", "notes", "＝full width"),
    ("customer", "notes", "'=two"),
    ("customer", "display_name", "\n=x"),
    ("customer", "tax_id", "'5"),
    ("customer", "website", "HTTPS://Acme.example"),
    ("customer", "tags", ["a;b", "c"]),
    ("customer", "tags", ["a", "a"]),
    ("customer", "tags", [" a "]),
    ("customer", "billing_address", {"line1": "a\nb", "country": "DE", "unverified": True}),
    ("contact", "phone", "030 123456"),
]  # fmt: skip


@pytest.mark.parametrize("extension", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize(("kind", "field", "value"), TEMPTING)
def test_what_would_tempt_an_import_comes_back_as_it_was(
    books: Books, tmp_path: Path, kind: str, field: str, value: Any, extension: str
) -> None:
    customer = {"billing_address": {"line1": "A", "country": "DE", "unverified": True}}
    if kind == "customer":
        id_ = books.add(customer | {field: value})
    else:
        id_ = books.add(customer, person(**{field: value}))
    file = tmp_path / f"a.{extension}"
    books.export(file, ids=[id_])

    import_back(books, file, [id_])


def test_numbers_in_settings_keep_their_digits(books: Books, tmp_path: Path) -> None:
    id_ = books.add({})
    exact = '{"custom": {"n": 12345678901234567890.5}}'
    books.database.execute("update public.customers set settings = %s where id = %s", (exact, id_))
    file = tmp_path / "a.csv"
    books.export(file, ids=[id_])
    assert "12345678901234567890.5" in file.read_text("utf-8")

    import_back(books, file, [id_])


@pytest.mark.parametrize("extension", ["xlsx", "jsonl"])
def test_importing_an_export_of_another_format_changes_nothing(
    books: Books, tmp_path: Path, extension: str
) -> None:
    contacts = [person(notes=text) for text in NASTY]
    id_ = books.add({"notes": "=1+1", "tags": ["a", "b"], "settings": {"custom": {}}}, *contacts)
    file = tmp_path / f"a.{extension}"
    books.export(file, ids=[id_])

    import_back(books, file, [id_])
