"""The exports of other systems are known by their columns, and become what they mean.

Beside each file of tests/data/import stands what is expected of it, as JSON: the format's name,
the columns without a field, the others' fields, and what each row becomes.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from imports import Program, opened_table
from ts_customers import Invalid
from ts_customers.importing import map_columns
from ts_customers.importing._formats import OWN, formats, recognise
from ts_customers.importing._rows import RowMaker

FILES = sorted((Path(__file__).parent / "data" / "import").glob("*.csv"))
# Rows that no import takes: footers, deleted records, and a person of a company in no file.
REFUSED = {"salesforce_api": {2}, "salesforce_report": {3, 4, 5, 6, 7}, "odoo_technical": {4}}


def expected(file: Path) -> dict[str, Any]:
    """What stands beside a file."""
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def made(file: Path, **options: Any) -> list[dict[str, Any]]:
    """The rows of a file."""
    with opened_table(file) as table:
        maker = RowMaker(table, map_columns(table.header, {}, **options))
        return [maker.row(record) for record in table.records()]


def file_named(stem: str) -> Path:
    """One of the files."""
    [file] = (file for file in FILES if file.stem == stem)
    return file


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its cells and changes, and with its findings in short."""
    short = {
        key: [[found["column"], found["value"], found["slug"]] for found in row[key]]
        for key in ("warnings", "errors")
        if row.get(key)
    }
    return {key: row[key] for key in ("values", "named") if key in row} | short


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_known_export_is_mapped_whole_without_help(file: Path) -> None:
    wanted = expected(file)

    with opened_table(file) as table:
        found = map_columns(table.header, {}, entity=wanted["entity"])

    assert found.format_name == wanted["format"]
    assert {column: field for column, field in found.items() if field} == wanted["mapping"]
    assert [column for column, field in found.items() if field is None] == wanted["unmapped"]
    assert all(column.reason for column in found.columns)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rows_of_a_known_export_become_what_they_mean(file: Path) -> None:
    wanted = expected(file)

    assert [told(row) for row in made(file, entity=wanted["entity"])] == wanted["rows"]


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if expected(file)["entity"] == "customers"],
    ids=lambda file: file.stem,
)
def test_a_known_export_is_imported_and_its_unmapped_columns_are_named(
    program: Program, file: Path
) -> None:
    report = program.json(file)

    assert report["unmapped"] == sorted(expected(file)["unmapped"])
    assert {error["row"] for error in report["errors"]} == REFUSED.get(file.stem, set())
    assert report["customers"]["created"] > 0


def test_every_format_has_a_file() -> None:
    recognised = set()
    for file in FILES:
        with opened_table(file) as table:
            known = recognise(table.header)
        recognised.add(known.key if known else None)

    assert recognised == {known.key for known in formats()} | {None}


def test_what_a_format_knows_of_no_field_is_never_guessed() -> None:
    header = ["Record ID", "Company name", "Phone Number", "Lead Status", "Status", "Credit limit"]
    header += ["Surname", "Mobile"]

    assert dict(map_columns(header, {})) == {
        "Record ID": "external_id",
        "Company name": "company_name",
        "Phone Number": None,
        "Lead Status": None,
        # Added by the user, with a name that means something else as often as not.
        "Status": None,
        "Credit limit": "credit_limit",
        # Companies have no people in this export.
        "Surname": None,
        "Mobile": None,
    }


def test_a_column_is_told_from_another_by_its_case_where_that_is_all_there_is() -> None:
    labels = map_columns(["External ID", "Name", "Is a Company", "ID"], {})
    technical = map_columns(["id", "name", "is_company"], {})

    assert (labels["External ID"], labels["ID"]) == ("external_id", None)
    assert technical["id"] == "external_id"


def test_a_report_of_accounts_with_their_people_is_one_of_accounts() -> None:
    header = ["Account ID", "Account Name", "First Name", "Last Name", "Email"]

    assert list(map_columns(header, {}).values()) == [
        "external_id",
        "company_name",
        "contacts.0.first_name",
        "contacts.0.last_name",
        "contacts.0.email",
    ]


def test_an_override_goes_before_the_format() -> None:
    header = ["Record ID", "Company name", "Lead Status", "Website URL", "Company Domain Name"]

    found = map_columns(header, {"Lead Status": "settings.custom.lead", "Record ID": None})
    other = map_columns(header, {"Lead Status": "website"})

    assert (found["Record ID"], found["Lead Status"]) == (None, "settings.custom.lead")
    assert (other["Website URL"], other["Company Domain Name"]) == (None, None)


@pytest.mark.parametrize(
    "name",
    ["Password", "user_password", "Passwort", "Mot de passe", "Contraseña", "card.number", "pwd"],
)
def test_passwords_are_kept_nowhere(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"Company,{name},Fax\nAcme,hunter2,12\n", encoding="utf-8")

    [row] = made(file, keep_unmapped=True)

    assert "hunter2" not in json.dumps(row)
    assert row["raw"] == {"Company": "Acme", "Fax": "12"}
    assert row["values"]["customer"]["settings"] == {"custom": {"import": {"Fax": "12"}}}


@pytest.mark.parametrize("cells", ["Acme,hunter2", "Acme,GmbH,hunter2,12"])
def test_a_password_is_not_kept_where_a_ragged_row_has_it_in_another_column(
    tmp_path: Path, cells: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"Company,Fax,Password\n{cells}\n", encoding="utf-8")

    [row] = made(file, keep_unmapped=True)

    assert row["raw"] == {}
    assert len(row["errors"]) == 1
    assert "hunter2" not in json.dumps(row)


def test_a_password_is_kept_by_no_known_export() -> None:
    assert "$P$B" in file_named("woocommerce_plugin").read_text(encoding="utf-8")
    assert "$P$B" not in json.dumps(made(file_named("woocommerce_plugin"), keep_unmapped=True))
    assert "4242424242424242" not in json.dumps(made(file_named("stripe_migration")))


@pytest.mark.parametrize("stem", ["erpnext", "odoo_technical", "odoo_labels"])
def test_a_row_below_its_customer_finds_it_when_an_import_goes_on_there(stem: str) -> None:
    with opened_table(file_named(stem)) as table:
        mapping = map_columns(table.header, {})
        maker = RowMaker(table, mapping)
        whole = [maker.row(record) for record in table.records()]
        for record in table.records():
            assert RowMaker(table, mapping).row(record) == whole[record.number - 1]


def test_a_row_below_a_ragged_one_belongs_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("ID,Customer Name,Customer Group,Territory\nC-1,A,x,y\n1,2\n,,x,y\n", "utf-8")

    with opened_table(file) as table:
        maker = RowMaker(table, map_columns(table.header, {}))
        records = list(table.records())
        _first, ragged, below = (maker.row(record) for record in records)
        resumed = RowMaker(table, maker.mapping)
        assert [resumed.row(record) for record in records[1:]] == [ragged, below]

    assert [error["slug"] for error in ragged["errors"]] == ["too_few_cells"]
    assert below["values"]["customer"] == {}


def test_contacts_alone_name_their_customer_and_nothing_else_of_it() -> None:
    first, second, third = made(file_named("hubspot_contacts"), entity="contacts")

    company = {"external_id": "15503221987", "company_name": "Fjordlys AS"}
    assert first["values"]["customer"] == company
    assert second["values"]["contacts"] == [
        {
            "first_name": "Siv",
            "last_name": "Fjordlys AS",
            "email": "siv@fjordlys.example",
            "receives_marketing": False,
        }
    ]
    assert second["named"] == [0]
    assert third["values"] == {
        "customer": {},
        "contacts": [
            {"first_name": "Lone", "last_name": "Wolf", "email": "lone@wolf.example"},
        ],
    }


def test_contacts_of_salesforce_are_no_customers() -> None:
    with opened_table(file_named("salesforce_contacts")) as table:
        header = table.header
    with pytest.raises(Invalid) as caught:
        map_columns(header, {})

    assert caught.value.slug == "no_company_name"
    assert "--entity contacts" in caught.value.hint


def test_an_export_of_ours_is_taken_as_it_is(tmp_path: Path) -> None:
    header = ["company_name", "customer_number", "billing_address.line1", "billing_address.country"]
    header += ["contacts.0.phone", "contacts.0.email", "contacts.0.first_name", "tags", "version"]
    header += ["notes", "tax_id", "import errors"]
    cells = [
        "''=x",
        "''5",
        '"a\nb"',
        "DE",
        "030 901820",
        "O@B.TEST",
        "n/a",
        '"[""a;b"",""c""]"',
        "3",
        "  spaced ",
        "-",
        "",
    ]
    file = tmp_path / "a.csv"
    file.write_text(f"{','.join(header)}\n{','.join(cells)}\n", encoding="utf-8")

    with opened_table(file) as table:
        mapping = map_columns(table.header, {})
        assert mapping.known is OWN
        assert mapping["version"] is None
        [row] = (RowMaker(table, mapping).row(record) for record in table.records())

    assert row["changes"] == []
    assert row["values"] == {
        "customer": {
            "company_name": "'=x",
            "customer_number": "'5",
            "billing_address": {"line1": "a\nb", "country": "DE"},
            "tags": ["a;b", "c"],
            "notes": "  spaced ",
            "tax_id": "-",
        },
        "contacts": [
            {
                "phone": "030 901820",
                "email": "O@B.TEST",
                "first_name": "n/a",
            }
        ],
    }


def test_a_record_that_knows_its_line_hands_it_on(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Company\nAcme\n", encoding="utf-8")

    with opened_table(file) as table:
        maker = RowMaker(table, map_columns(table.header, {}))
        record: Any = SimpleNamespace(number=1, cells=("Acme",), line=7)
        assert maker.row(record)["line"] == 7
