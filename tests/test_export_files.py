"""`ts-customers export`: which file comes of which options, and what is left of a failed one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exports import Books, person, sheet
from fix_api import ApiUser
from ts_customers import InputFileError
from ts_customers.exporting import opened_output

HEADER = """
customer_number external_id company_name display_name parent_id tax_id website tier status
customer_type currency credit_limit payment_terms tags portal_enabled portal_subdomain settings
notes internal_notes billing_address.line1 billing_address.line2 billing_address.city
billing_address.state billing_address.postal_code billing_address.country shipping_address.line1
shipping_address.line2 shipping_address.city shipping_address.state shipping_address.postal_code
shipping_address.country contacts.0.first_name contacts.0.last_name contacts.0.email
contacts.0.phone contacts.0.mobile contacts.0.role contacts.0.is_primary
contacts.0.preferred_contact_method contacts.0.receives_order_updates contacts.0.receives_marketing
contacts.0.portal_access contacts.0.notes
""".split()
ADDRESS = {"line1": "Weg 1", "city": "Bonn", "postal_code": "53111", "country": "DE"}
WAYS = pytest.mark.parametrize("way", [(), ("--direct",)], ids=["api", "direct"])


def acme(books: Books) -> str:
    """A customer with every kind of value, and three contacts."""
    return books.add(
        {
            "customer_number": "A-1",
            "external_id": "X-1",
            "company_name": "Acme",
            "billing_address": ADDRESS,
            "credit_limit": "5000.5",
            "tags": ["a", "b c"],
            "settings": {"locale": "de-DE"},
            "notes": "=1+1",
        },
        person(first_name="Bob"),
        person(first_name="Ada", role="primary"),
        person(first_name="Cleo", role="billing"),
    )


@WAYS
def test_a_customer_has_a_row_for_each_contact(
    books: Books, tmp_path: Path, way: tuple[str, ...]
) -> None:
    id_ = acme(books)

    rows = books.rows(tmp_path / "a.csv", *way, ids=[id_])

    assert list(rows[0]) == HEADER
    first, *others = rows
    assert [row["contacts.0.first_name"] for row in rows] == ["Ada", "Bob", "Cleo"]
    told = {key: cell for key, cell in first.items() if cell and not key.startswith("contacts")}
    assert told == {
        "customer_number": "A-1",
        "external_id": "X-1",
        "company_name": "Acme",
        "tier": "Basic",
        "status": "active",
        "customer_type": "standard",
        "currency": "USD",
        "credit_limit": "5000.500",
        "payment_terms": "30",
        "tags": "a;b c",
        "portal_enabled": "false",
        "settings": '{"locale": "de-DE"}',
        "notes": "'=1+1",
    } | {f"billing_address.{field}": text for field, text in ADDRESS.items()}
    for row in others:
        assert {key for key, cell in row.items() if cell and not key.startswith("contacts")} == {
            "customer_number",
            "external_id",
            "company_name",
        }


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--entity", "contacts"),
        ("--sort", "-name", "--raw"),
        ("--columns", "contacts.0.email,company_name,billing_address,revenue,settings.custom.x"),
    ],
)
def test_both_ways_write_the_same_bytes(
    books: Books, tmp_path: Path, extension: str, options: tuple[str, ...]
) -> None:
    acme(books)
    for text in ("a,b", 'q"', "cr\rlf\r\n.", "'=1", "", "＝", "\\.", "\x01\x02 \ufffe"):
        books.add({"notes": text, "settings": {"custom": {"x": text}}, "tags": [f"t{text}"]})
    books.add({"company_name": "\\."}, person(notes="\n"), person(notes="\r"))
    one, other = tmp_path / f"a.{extension}", tmp_path / f"b.{extension}"

    api, direct = books.export(one, *options), books.export(other, *options, "--direct")

    assert one.read_bytes() == other.read_bytes()
    assert len(one.read_bytes()) > 500
    assert api == direct | {"file": str(one), "snapshot": None}
    assert direct["snapshot"].startswith("20")


@WAYS
def test_json_lines_are_whole_customers(books: Books, tmp_path: Path, way: tuple[str, ...]) -> None:
    file = tmp_path / "a.jsonl"

    summary = books.export(file, *way, ids=[acme(books)])

    assert [summary[key] for key in ("rows", "customers", "contacts")] == [1, 1, 3]
    (line,) = file.read_text("utf-8").splitlines()
    customer: dict[str, Any] = json.loads(line, parse_float=str)
    assert customer["billing_address"] == ADDRESS
    assert customer["shipping_address"] == {}
    assert customer["credit_limit"] == "5000.500"
    assert customer["tags"] == ["a", "b c"]
    assert customer["settings"] == {"locale": "de-DE"}
    assert customer["notes"] == "=1+1"
    assert [contact["first_name"] for contact in customer["contacts"]] == ["Ada", "Bob", "Cleo"]


@WAYS
def test_a_workbook_holds_text_alone(books: Books, tmp_path: Path, way: tuple[str, ...]) -> None:
    id_ = books.add({"notes": "=1+1", "internal_notes": "a\x0bb\r_x000B_"}, person(notes="#N/A"))
    file = tmp_path / "a.xlsx"

    books.export(file, "--raw", *way, ids=[id_])

    header, cells = sheet(file)
    assert header == HEADER
    row = dict(zip(header, cells, strict=True))
    assert row["notes"] == "=1+1"
    assert row["contacts.0.notes"] == "#N/A"
    # What XML cannot hold is escaped as the format's standard says, and what looks so as well.
    assert row["internal_notes"] == "a_x000B_b_x000D__x005F_x000B_"


def test_what_a_sheet_cannot_hold_is_refused_not_cut_off(books: Books, tmp_path: Path) -> None:
    id_ = books.add({"notes": "x" * 32_768})
    file = tmp_path / "a.xlsx"
    file.write_text("before", "utf-8")
    only = json.dumps({"ids": [id_]})

    assert "[sheet_too_small]" in books.cli.refused("export", file, "--filters", only)
    assert (file.read_text("utf-8"), len(list(tmp_path.glob(".a*")))) == ("before", 0)
    assert len(books.rows(tmp_path / "a.csv", ids=[id_])[0]["notes"]) == 32_768


def test_contacts_stand_alone_with_what_names_their_customer(books: Books, tmp_path: Path) -> None:
    ids = [acme(books), books.add({"company_name": "Nobody there"})]

    rows = books.rows(tmp_path / "a.csv", "--entity", "contacts", ids=ids)

    assert list(rows[0])[:4] == [
        "customer_number",
        "external_id",
        "company_name",
        "contacts.0.first_name",
    ]
    assert [(row["customer_number"], row["contacts.0.first_name"]) for row in rows] == [
        ("A-1", "Ada"),
        ("A-1", "Bob"),
        ("A-1", "Cleo"),
    ]


def test_filters_presets_and_search_choose_and_sort_orders(books: Books, tmp_path: Path) -> None:
    for name, tag in (("Berta", "x"), ("Anton", "x"), ("Caesar", "y")):
        books.add({"company_name": name, "tags": [tag]})
    file = tmp_path / "a.csv"

    def names(*options: str) -> list[str]:
        rows = books.rows(file, "--columns", "company_name", *options)
        return [row["company_name"] for row in rows]

    assert names() == ["Acme Customer", "Berta", "Anton", "Caesar"]  # as they were created
    assert names("--tag", "x") == ["Berta", "Anton"]
    assert names("--tag", "x", "--sort", "name") == ["Anton", "Berta"]
    assert names("--sort", "-name")[0] == "Caesar"
    assert names("--search", "caes") == names("--search", "caes", "--direct") == ["Caesar"]
    preset = {"organization_id": books.cli.org.id, "name": "Ys", "filters": {"tags": ["y"]}}
    books.cli.org.owner.client.table("customer_filter_presets").insert(preset).execute()
    assert names("--preset", "ys") == ["Caesar"]


def test_standard_output_gets_csv_unless_told_otherwise(books: Books) -> None:
    acme(books)
    lines = books.cli("export", "--columns", "company_name,tags").stdout.splitlines()
    assert lines == ["company_name,tags", "Acme Customer,", "Acme,a;b c"]
    (_, line) = books.cli("export", "-", "--format", "jsonl", "--columns", "tags").stdout.split(
        "\n", 1
    )
    assert json.loads(line) == {"tags": ["a", "b c"]}
    assert "--json" in books.cli.misused("export", "--json")


def test_a_format_is_known_by_the_extension_or_asked_for(books: Books, tmp_path: Path) -> None:
    assert "--format" in books.cli.misused("export", tmp_path / "a.pdf")
    books.cli("export", tmp_path / "a.pdf", "--format", "csv")
    assert (tmp_path / "a.pdf").read_text("utf-8").startswith("customer_number,")
    books.cli("export", tmp_path / "A.NDJSON")
    assert (tmp_path / "A.NDJSON").read_text("utf-8").startswith("{")


@WAYS
def test_a_column_that_is_none_leaves_the_file_that_was_there(
    books: Books, tmp_path: Path, way: tuple[str, ...]
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("before", "utf-8")

    said = books.cli.refused("export", file, "--columns", "company_nam", *way)

    assert "[columns_invalid]" in said
    assert "company_name" in said
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.csv"]
    assert file.read_text("utf-8") == "before"


def test_a_file_that_cannot_be_written_is_said_so(books: Books, tmp_path: Path) -> None:
    for file in (tmp_path / "none" / "a.csv", tmp_path):
        said = books.cli.refused("export", file, "--format", "csv")
        assert "[output_unwritable]" in said
    assert "No space left" in books.cli.refused("export", "/dev/full", "--format", "csv")


def test_a_file_that_is_replaced_keeps_its_mode_and_its_links(books: Books, tmp_path: Path) -> None:
    file, link = tmp_path / "a.csv", tmp_path / "link.csv"
    file.write_text("before", "utf-8")
    file.chmod(0o640)
    link.symlink_to(file)

    books.cli("export", link)

    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_text("utf-8").startswith("customer_number,")


def write_half(file: Path, end: Any) -> None:
    """Begin to write a file, and end in this way."""
    with opened_output(file) as out:
        out.write(b"half")
        out.flush()
        assert len(list(file.parent.glob(".*.part"))) == 1
        raise end


@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_ends_half_way_leaves_the_file_that_was_there(tmp_path: Path, end: Any) -> None:
    for file in (tmp_path / "old.csv", tmp_path / "new.csv"):
        if file.name == "old.csv":
            file.write_text("before", "utf-8")
        with pytest.raises((KeyboardInterrupt, InputFileError)):
            write_half(file, end)
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text("utf-8") == "before"


def test_only_managers_export(books: Books, make_api_user: Any, tmp_path: Path) -> None:
    member: ApiUser = books.cli.org.join(make_api_user(), "member")
    manager: ApiUser = books.cli.org.join(make_api_user(), "manager")
    books.cli.act_as(member)
    assert "[role_required]" in books.cli.refused("export", tmp_path / "a.csv")
    books.cli.act_as(manager)
    assert books.export(tmp_path / "a.csv")["customers"] == 1
