"""Columns find their fields by name, and say so where they do not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ts_customers import Invalid, TsCustomersError
from ts_customers.importing import all_fields, map_columns, parse_overrides, read_map_file

EXAMPLE = Path(__file__).parent.parent / "examples" / "customers.csv"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("company_name", "company_name"),
        ("Company", "company_name"),
        ("*Company Name", "company_name"),
        ("CompanyName", "company_name"),
        ("Customer #", "customer_number"),
        ("Account No.", "customer_number"),
        ("Customer ID", "external_id"),
        ("VAT ID", "tax_id"),
        ("Tax-ID", "tax_id"),
        ("Web site", "website"),
        ("Credit Limit", "credit_limit"),
        ("Terms", "payment_terms"),
        ("Labels", "tags"),
        ("Billing Zip/Postal Code", "billing_address.postal_code"),
        ("Street", "billing_address.line1"),
        ("Address 2", "billing_address.line2"),
        ("Address line 1", "billing_address.line1"),
        ("State/Region", "billing_address.state"),
        ("Country", "billing_address.country"),
        ("Delivery city", "shipping_address.city"),
        ("Shipping street 2", "shipping_address.line2"),
        ("shipping_address.country", "shipping_address.country"),
        ("First name", "contacts.0.first_name"),
        ("Surname", "contacts.0.last_name"),
        ("Contact e-mail", "contacts.0.email"),
        ("Primary contact phone", "contacts.0.phone"),
        ("Contact 2 e-mail", "contacts.1.email"),
        ("Contact e-mail 2", "contacts.1.email"),
        ("contacts.1.role", "contacts.1.role"),
        ("Contact name", "contacts.0.name"),
        ("Contact notes", "contacts.0.notes"),
        ("Notes", "notes"),
        ("settings.custom.colour", "settings.custom.colour"),
        ("Time zone", "settings.time_zone"),
    ],
)
def test_a_column_is_found_by_its_name(header: str, field: str) -> None:
    assert map_columns([header], {}, creates=False) == {header: field}


@pytest.mark.parametrize(
    "header",
    ["Group", "Code", "Fax", "Annual Revenue", "Total Spent", "Created", "column 3", "***", "✓"],
)
def test_a_column_that_may_mean_something_else_is_left_out(header: str) -> None:
    assert map_columns(["Company", header], {})[header] is None


def test_every_field_is_found_by_its_own_path() -> None:
    assert map_columns(all_fields(), {}) == {field: field for field in all_fields()}


def test_the_more_telling_of_two_names_is_taken() -> None:
    assert map_columns(["Name", "Company", "Country", "Country code"], {}) == {
        "Name": None,
        "Company": "company_name",
        "Country": None,
        "Country code": "billing_address.country",
    }


def test_every_column_of_the_example_has_a_field() -> None:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))

    assert [column for column, field in map_columns(header, {}).items() if field is None] == []


def test_contact_columns_of_nobody_are_left_out() -> None:
    assert map_columns(["Company", "Phone"], {})["Phone"] is None
    assert map_columns(["Company", "Phone", "Surname"], {})["Phone"] == "contacts.0.phone"
    assert map_columns(["Company", "Phone", "E-mail"], {})["Phone"] == "contacts.0.phone"
    assert map_columns(["Company", "Phone"], {"Phone": "contacts.0.phone"})["Phone"]
    assert map_columns(["Phone"], {}, creates=False)["Phone"] == "contacts.0.phone"


def test_an_override_wins_and_frees_the_field_for_nobody_else() -> None:
    overrides = parse_overrides(["Firm=company_name", "Company=", "a=b=settings.custom.a"])

    assert map_columns(["Company", "Firm", "a=b"], overrides) == {
        "Company": None,
        "Firm": "company_name",
        "a=b": "settings.custom.a",
    }


def test_an_override_finds_its_column_without_regard_to_case() -> None:
    assert map_columns(["FIRM "], {"firm": "company_name"}) == {"FIRM ": "company_name"}


@pytest.mark.parametrize(
    ("header", "overrides", "slug", "said"),
    [
        (["City"], [], "no_company_name", "there are City"),
        (["Company"], ["Company="], "no_company_name", "there are Company"),
        (["Company"], ["Firm=display_name"], "unknown_column", "no column Firm"),
        (["Company"], ["Company=compny_name"], "unknown_field", "no field compny_name"),
        (["Company"], ["Company=contacts.0.shoe_size"], "unknown_field", "shoe_size"),
        (["Company"], ["Company=billing_address"], "unknown_field", "billing_address"),
        (["Company"], ["company_name"], "map_invalid", "not Column=field"),
        (["Company"], ["=company_name"], "map_invalid", "not Column=field"),
        (["A", "B"], ["A=company_name", "B=company_name"], "field_mapped_twice", "A and B"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    header: list[str], overrides: list[str], slug: str, said: str
) -> None:
    with pytest.raises(Invalid) as caught:
        map_columns(header, parse_overrides(overrides))

    assert caught.value.slug == slug
    assert said in caught.value.message
    assert caught.value.hint


def test_a_misspelt_field_is_put_right_in_the_hint() -> None:
    with pytest.raises(Invalid) as caught:
        parse_overrides(["Company=compny_name"])

    assert "company_name" in caught.value.hint


def test_a_map_file_is_an_object_of_json(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text('{"Firm": "company_name", "Fax": null}', encoding="utf-8")

    assert read_map_file(path) == {"Firm": "company_name", "Fax": None}


@pytest.mark.parametrize("content", ["[]", '{"Firm": 1}', "Firm=company_name", ""])
def test_any_other_map_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(TsCustomersError) as caught:
        read_map_file(path)
    assert caught.value.slug == "map_file_unreadable"
    with pytest.raises(TsCustomersError, match="cannot be read"):
        read_map_file(tmp_path / "none.json")
