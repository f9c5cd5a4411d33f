"""How JSON lines are read: objects made flat, and values as exact as they are written."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from imports import opened_table, refusal
from ts_customers.importing import Limits
from ts_customers.importing._format import Format


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.jsonl"


def read(file: Path, *lines: str) -> list[dict[str, Any]]:
    file.write_text("\n".join(lines), encoding="utf-8")
    with opened_table(file) as table:
        assert table.source.format is Format.jsonl
        return [table.raw(record) for record in table.records()]


def test_objects_and_lists_of_them_become_columns(file: Path) -> None:
    found = read(
        file,
        '{"company_name": "Acme", "billing_address": {"city": "Ulm", "country": "DE"}}',
        '{"contacts": [{"email": "a@b.example"}, {"email": "c@d.example", "is_primary": true}]}',
    )

    assert found == [
        {
            "company_name": "Acme",
            "billing_address.city": "Ulm",
            "billing_address.country": "DE",
        },
        {
            "contacts.0.email": "a@b.example",
            "contacts.1.email": "c@d.example",
            "contacts.1.is_primary": True,
        },
    ]


def test_the_header_is_all_keys_in_the_order_of_their_first_appearance(file: Path) -> None:
    file.write_text('{"b": "1"}\n\n{"c": "2", "a": "3"}\n{"b": "4", "d": null}\n', encoding="utf-8")

    with opened_table(file) as table:
        assert table.header == ("b", "c", "a", "d")
        assert [(record.line, record.cells) for record in table.records()] == [
            (1, ("1", None, None, None)),
            (3, (None, "2", "3", None)),
            (4, ("4", None, None, None)),
        ]
        assert [record.number for record in table.records()] == [1, 2, 3]


def test_an_object_that_is_empty_somewhere_is_no_column_of_its_own(file: Path) -> None:
    file.write_text(
        '{"a": "1", "address": null, "contacts": [], "tags": []}\n'
        '{"a": "2", "address": {}, "contacts": [{"email": "x"}], "tags": []}\n'
        '{"a": "3", "address": {"city": "Ulm"}}\n',
        encoding="utf-8",
    )

    with opened_table(file) as table:
        assert table.header == ("a", "tags", "contacts.0.email", "address.city")


@pytest.mark.parametrize(
    "number", ["9007199254740993", "1.10", "0.1234567890123456789", "1e400", "-0", "12E-3"]
)
def test_numbers_are_the_text_that_is_written(file: Path, number: str) -> None:
    assert read(file, f'{{"a": {number}, "tags": [{number}]}}') == [{"a": number, "tags": [number]}]


def test_values_that_are_no_text_stay_what_they_are(file: Path) -> None:
    assert read(file, '{"a": true, "b": false, "c": null, "tags": ["x", "y;z"], "d": [["e"]]}') == [
        {"a": True, "b": False, "tags": ["x", "y;z"], "d": [["e"]]}
    ]


def test_settings_stay_in_one_piece_and_keep_their_numbers(file: Path) -> None:
    settings = '{"n": 9007199254740993, "f": 1.5, "deep": [{"a": {"b": 0.1}}], "t": "1"}'

    assert read(file, f'{{"a": "1", "settings": {settings}}}') == [
        {"a": "1", "settings": json.loads(settings)}
    ]


@pytest.mark.parametrize("number", ["0.1234567890123456789", "1e400", "1e-400", "7" * 5000])
def test_a_number_in_settings_that_python_would_change_is_text(file: Path, number: str) -> None:
    assert read(file, f'{{"settings": {{"a": {number}}}}}') == [{"settings": {"a": number}}]


def test_json_lines_are_known_by_their_content(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'\xef\xbb\xbf\r\n  {"company_name": "Acme"}\r\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    with opened_table(Path("-")) as table:
        assert table.source.format is Format.jsonl
        assert [(r.line, r.cells) for r in table.records()] == [(2, ("Acme",))]


def test_a_name_that_ends_in_ndjson_says_what_a_damaged_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"Company,City\nAcme,Ulm\n")

    assert refusal(tmp_path / "a.ndjson").slug == "jsonl_malformed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": 1', "delimiter"),
        ("[1]", "no object"),
        ("1", "no object"),
        ('{"a": 1} {"a": 2}', "Extra data"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": -Infinity}', "-Infinity is no JSON"),
        ('{"a": 1, "a": 2}', "it has a twice"),
        ('{"a.b": 1, "a": {"b": 2}}', "it has a.b twice"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"settings": {"\\ud800": 1}}', "surrogate"),
        ('{"tags": ["\\u0000"]}', "NUL"),
        ('{"a": "x\ty"}', "control character"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"a": ' + '{"a":' * 5000 + "1" + "}" * 5000 + "}", "nested too deeply"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(file: Path, line: str, said: str) -> None:
    file.write_text(f'{{"a": "1"}}\n\n{line}\n', encoding="utf-8")

    error = refusal(file)
    assert error.slug == "jsonl_malformed"
    assert "line 3" in error.message
    assert said in error.message


def test_an_escaped_backslash_is_no_escape(file: Path) -> None:
    assert read(file, r'{"a": "\\u0000 \\ud800 \ud83c\udfe2"}') == [{"a": r"\u0000 \ud800 🏢"}]


@pytest.mark.parametrize(
    ("limits", "slug"),
    [
        (Limits(rows=1), "too_many_rows"),
        (Limits(columns=1), "too_many_columns"),
        (Limits(cell=3), "cell_too_long"),
        (Limits(size=10), "file_too_large"),
    ],
)
def test_limits_are_kept(file: Path, limits: Limits, slug: str) -> None:
    file.write_text('{"a": "1"}\n{"a": "2", "tags": ["x"]}\n', encoding="utf-8")

    assert refusal(file, limits).slug == slug
    with opened_table(file, Limits(rows=2, columns=2, cell=5)) as table:
        assert table.row_count == 2


@pytest.mark.parametrize("content", ["{}\n{}\n", '{"a": null, "b": " "}\n', '{"a": {"b": []}}'])
def test_a_file_without_values_is_refused(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")

    assert refusal(file).slug == "file_has_no_header"


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=9)
NAMES = TEXTS.filter(lambda name: name and name == name.strip().strip("\ufeff").strip())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.dictionaries(NAMES, TEXTS, min_size=1), min_size=1, max_size=4),
    is_ascii=st.booleans(),
)
def test_what_was_written_is_read_back(
    file: Path, rows: list[dict[str, str]], is_ascii: bool
) -> None:
    assume(all(any(value.strip() for value in row.values()) for row in rows))
    lines = (json.dumps({"settings": {}} | row, ensure_ascii=is_ascii) for row in rows)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")

    with opened_table(file) as table:
        found = [table.raw(record) for record in table.records()]
    assert [row | {"settings": {}} for row in found] == [{"settings": {}} | row for row in rows]
