"""Commands print data on standard output, and errors as one line on standard error."""

from __future__ import annotations

import json
import time

import pytest
import typer
from typer.testing import CliRunner

from ts_customers import Conflict
from ts_customers.cli._output import money, print_json, printable, reports_errors, show

app = typer.Typer()


@app.command()
@reports_errors
def command(how: str) -> None:
    if how == "refused":
        raise Conflict("it is taken", slug="taken", hint="Take another.")
    if how == "interrupted":
        raise KeyboardInterrupt
    print_json({"name": "Müller"})


@pytest.mark.parametrize(("how", "code"), [("done", 0), ("refused", 1), ("interrupted", 130)])
def test_the_exit_code_says_how_it_ended(how: str, code: int) -> None:
    assert CliRunner().invoke(app, [how]).exit_code == code


def test_json_is_readable_and_alone_on_standard_output() -> None:
    result = CliRunner().invoke(app, ["done"])

    assert json.loads(result.stdout) == {"name": "Müller"}
    assert "Müller" in result.stdout


def test_an_expected_error_leaves_standard_output_empty(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit):
        command("refused")

    out, err = capfd.readouterr()
    assert out == ""
    assert err == "error: it is taken [taken]\nhint: Take another.\n"


def test_stored_text_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\x07") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"


def test_an_instant_is_that_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    assert show("2026-07-01T10:30:59.123+00:00") == "2026-07-01 12:30"
    assert show("on 2026-07-01T10:30:59Z") == "on 2026-07-01T10:30:59Z"
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("currency", "written"), [("EUR", "1,234.50"), ("JPY", "1,234"), ("KWD", "1,234.500")]
)
def test_money_has_the_decimals_of_its_currency(currency: str, written: str) -> None:
    assert money(1234.5 if currency != "JPY" else 1234, currency) == written
    assert money(None, currency) == ""


def test_values_are_written_for_people() -> None:
    assert [show(v) for v in (None, True, 1234.5, ["a", "b"], {"city": "Köln"}, 7)] == [
        "",
        "yes",
        "1,234.50",
        "a, b",
        "Köln",
        "7",
    ]
