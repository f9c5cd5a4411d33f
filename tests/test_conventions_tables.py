"""Keys, references, names and comments, held against the catalogue."""

from __future__ import annotations

import pytest

import rules_tables as rules
from rules_access import findings
from tap import Connection, Tap

# What the clock and the system fill in is no default that a record of JSON could have.
FILLED_IN = ("id", "version", "created_at", "updated_at")

LEAKS = (
    "create table public.leaks (organization_id uuid not null, id uuid, name text, total numeric);"
)
REFERENCE = "alter table public.orders add constraint {} foreign key {}"
FUNCTION = "create function public.{} returns int language sql set search_path = '' {}"


def test_every_table_belongs_to_an_organization(db: Connection) -> None:
    assert findings(db, rules.TABLE_OUTSIDE_ORGANIZATIONS) == []


def test_every_key_of_a_tenant_table_holds_the_organization(db: Connection) -> None:
    assert findings(db, rules.KEY_ACROSS_ORGANIZATIONS) == []


def test_every_reference_stays_within_its_organization(db: Connection) -> None:
    assert findings(db, rules.REFERENCE_ACROSS_ORGANIZATIONS) == []


def test_no_reference_clears_the_organization_with_its_column(db: Connection) -> None:
    assert findings(db, rules.REFERENCE_THAT_NULLS_THE_ORGANIZATION) == []


def test_every_reference_has_an_index_to_follow_it_back(db: Connection) -> None:
    assert findings(db, rules.REFERENCE_WITHOUT_AN_INDEX) == []


def test_every_constraint_is_named_by_us(db: Connection) -> None:
    assert findings(db, rules.CONSTRAINT_NAMED_OTHERWISE) == []


def test_indexes_are_named_after_their_tables(db: Connection) -> None:
    assert findings(db, rules.INDEX_NAMED_OTHERWISE) == []


def test_policies_are_named_table_verb_who(db: Connection) -> None:
    assert findings(db, rules.POLICY_NAMED_OTHERWISE) == []


def test_triggers_are_named_in_the_order_in_which_they_fire(db: Connection) -> None:
    assert findings(db, rules.TRIGGER_NAMED_OTHERWISE) == []


def test_trigger_functions_are_named_after_their_tables(db: Connection) -> None:
    assert findings(db, rules.TRIGGER_FUNCTION_NAMED_OTHERWISE) == []


def test_every_table_view_type_and_public_function_has_a_comment(db: Connection) -> None:
    assert findings(db, rules.THING_WITHOUT_A_COMMENT) == []


def test_every_column_with_a_unit_or_a_rule_has_a_comment(db: Connection) -> None:
    assert findings(db, rules.COLUMN_WITH_AN_UNWRITTEN_RULE) == []


def test_no_public_function_is_overloaded(db: Connection) -> None:
    assert findings(db, rules.OVERLOADED_FUNCTION) == []


def test_public_functions_bind_the_names_of_private_when_they_are_made(db: Connection) -> None:
    assert findings(db, rules.FUNCTION_THAT_BINDS_LATE) == []


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("TABLE_OUTSIDE_ORGANIZATIONS", "create table private.leaks (id uuid)"),
        (
            "TABLE_OUTSIDE_ORGANIZATIONS",
            "alter table private.customer_import_keys drop column organization_id cascade",
        ),
        ("KEY_ACROSS_ORGANIZATIONS", LEAKS + "create unique index x on public.leaks (id)"),
        ("KEY_ACROSS_ORGANIZATIONS", LEAKS + "alter table public.leaks add primary key (id)"),
        (
            "KEY_ACROSS_ORGANIZATIONS",
            "create unique index x on public.customers (id, tax_id) include (organization_id)",
        ),
        (
            "REFERENCE_ACROSS_ORGANIZATIONS",
            LEAKS + "alter table public.leaks add foreign key (id) references auth.users",
        ),
        (
            "REFERENCE_THAT_NULLS_THE_ORGANIZATION",
            REFERENCE.format("x", "(organization_id, customer_id) references public.customers")
            + " on delete set null",
        ),
        ("REFERENCE_WITHOUT_AN_INDEX", "drop index public.customers_tier_id_idx"),
        (
            "CONSTRAINT_NAMED_OTHERWISE",
            REFERENCE.format(
                "orders_organization_id_customer_id_fkey",
                "(organization_id, customer_id) references public.customers",
            ),
        ),
        (
            "CONSTRAINT_NAMED_OTHERWISE",
            LEAKS + "alter table leaks add constraint x check (id > id)",
        ),
        ("INDEX_NAMED_OTHERWISE", LEAKS + "create index leaks_organization on leaks (id)"),
        (
            "POLICY_NAMED_OTHERWISE",
            "create policy orders_select_all on public.orders for delete using (true)",
        ),
        ("TRIGGER_NAMED_OTHERWISE", "alter trigger _900_touch on public.orders rename to touch"),
        (
            "TRIGGER_FUNCTION_NAMED_OTHERWISE",
            "alter function private.tg__touch rename to tg_touch",
        ),
        ("THING_WITHOUT_A_COMMENT", LEAKS),
        ("THING_WITHOUT_A_COMMENT", "comment on function public.parent is null"),
        ("THING_WITHOUT_A_COMMENT", "create type public.leak as (id uuid)"),
        ("COLUMN_WITH_AN_UNWRITTEN_RULE", LEAKS),
        ("OVERLOADED_FUNCTION", FUNCTION.format("parent()", "return 1")),
        ("FUNCTION_THAT_BINDS_LATE", FUNCTION.format("late()", "as 'select 1'")),
    ],
)
def test_a_broken_rule_is_noticed(db: Connection, rule: str, statement: str) -> None:
    query = rules.TABLE_RULES[rule]
    before = findings(db, query)
    db.execute(statement.encode())
    assert len(findings(db, query)) > len(before)


def test_every_rule_on_tables_is_shown_to_notice() -> None:
    (mark,) = test_a_broken_rule_is_noticed.pytestmark  # type: ignore[attr-defined]
    assert {rule for rule, _statement in mark.args[1]} == set(rules.TABLE_RULES)


def columns_of(tap: Tap, name: str) -> list[tuple[str, str]]:
    """The columns of a table or composite type with their types, in order."""
    return [
        (row[0], row[1])
        for row in tap.rows(
            "select attname, atttypid::regtype::text from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            name,
        )
    ]


def test_a_row_of_the_list_has_the_columns_of_customers_their_tier_contacts_and_stats(
    tap: Tap,
) -> None:
    customers = columns_of(tap, "public.customers")
    known = {"customer_id", *dict(customers)}
    stats = [row for row in columns_of(tap, "public.customer_stats") if row[0] not in known]
    named = [
        ("tier_name", "text"),
        ("tier_level", "integer"),
        ("tier_color", "text"),
        ("primary_contact_name", "text"),
        ("primary_contact_email", "text"),
        ("contact_count", "integer"),
    ]

    found = columns_of(tap, "public.customer_list_row")

    assert found == [*customers, *named, *stats, ("cursor", "text")]


def test_a_row_of_the_timeline_has_the_columns_of_activities(tap: Tap) -> None:
    activities = columns_of(tap, "public.customer_activities")
    assert columns_of(tap, "public.timeline_row") == [*activities, ("cursor", "text")]


def test_the_archive_has_the_columns_of_activities(tap: Tap) -> None:
    activities = columns_of(tap, "public.customer_activities")
    assert columns_of(tap, "public.customer_activities_archive") == activities


@pytest.mark.parametrize(
    ("function", "table"),
    [
        ("private.customer_defaults", "public.customers"),
        ("private.contact_defaults", "public.customer_contacts"),
    ],
)
def test_defaults_of_records_are_those_of_the_columns(tap: Tap, function: str, table: str) -> None:
    expressions = tap.rows(
        "select a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attribute as a "
        "left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum "
        "where a.attrelid = %s::regclass and a.attnum > 0",
        table,
    )
    expected = {
        column: tap.value(f"select to_jsonb({expression})")
        for column, expression in expressions
        if expression and column not in FILLED_IN
    }

    found = tap.value(f"select jsonb_strip_nulls(to_jsonb({function}()))")

    assert found == expected
