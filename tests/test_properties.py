"""Whatever anybody does, in whatever order, what must always hold holds.

Runs are alike. Others are drawn by `TS_CUSTOMERS_SEED=1 scripts/test tests/test_properties.py`. The
steps of a failure are printed as the arguments of its test: `@example` takes them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from scenes import Scene
from snapshots import Row
from steps import Step, sequences
from tap import Tap

SEED = os.environ.get("TS_CUSTOMERS_SEED")
SORTS = [
    sign + key for key in ("name", "created_at", "revenue", "last_order_at") for sign in ("", "-")
]
LIST = """
select id::text, cursor from public.search_customers(
    sort => %s, cursor => %s, page_size => %s, organization_id => %s
)
"""
TIMELINE = (
    "select id::text, cursor from public.customer_timeline(%s, cursor => %s, page_size => %s)"
)
# Moves customers about in the list while somebody walks through it.
MOVES = ("create", "edit", "edit", "bulk", "write_orders", "remove_order", "merge", "undo_merge")
PAGES_OF_MOVES = st.lists(sequences(1, 3, MOVES), min_size=2, max_size=6)
PAGES_OF_STEPS = st.lists(sequences(1, 4), min_size=2, max_size=5)


def drawn(examples: int) -> Callable[[Any], Any]:
    """So many examples, the same ones each time unless a seed is given."""
    profile = settings(
        max_examples=examples,
        derandomize=SEED is None,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: profile(seed(int(SEED))(test) if SEED else test)


@pytest.fixture
def scene(tap: Tap) -> Scene:
    """Two organizations; each example starts from here, and is rolled back."""
    return Scene.build(tap)


def run(scene: Scene, sequence: list[Step]) -> None:
    """Take steps, one after the other."""
    with scene.tap.undone():
        taken = scene.again()
        for step in sequence:
            taken.take(step)
        taken.finish()


@drawn(25)
@given(sequence=sequences(10, 30))
def test_any_sequence_of_operations_keeps_every_rule(scene: Scene, sequence: list[Step]) -> None:
    run(scene, sequence)


@pytest.mark.slow
@drawn(70)
@given(sequence=sequences(20, 50))
def test_any_long_sequence_of_operations_keeps_every_rule(
    scene: Scene, sequence: list[Step]
) -> None:
    run(scene, sequence)


def places(scene: Scene) -> dict[str, tuple[Any, ...]]:
    """By what each customer of ours stands where it stands in the list."""
    stats: dict[str, Row] = scene.now.tables["customer_stats"]
    return {
        id_: (
            row["company_name"].lower(),
            row["created_at"],
            stats[id_]["revenue"],
            stats[id_]["last_order_at"],
        )
        for id_, row in scene.now.tables["customers"].items()
        if row["organization_id"] == str(scene.ours.id) and row["merged_into"] is None
    }


def page(scene: Scene, sql: str, *params: Any) -> list[Any]:
    """A page of a list, as a viewer sees it."""
    with scene.tap.acting_as(scene.ours.viewer):
        return scene.tap.rows(sql, *params)


@drawn(14)
@given(sort=st.sampled_from(SORTS), size=st.integers(1, 3), moves=PAGES_OF_MOVES)
def test_a_walk_through_the_list_meets_once_who_stays_in_place(
    scene: Scene, sort: str, size: int, moves: list[list[Step]]
) -> None:
    with scene.tap.undone():
        walked = scene.again()
        for n in range(6):
            walked.take(Step("create", "owner", a=0, c=0))
            walked.take(Step("write_orders", "service_role", a=n, b=n, c=2 * n))
        expected = [id_ for id_, _ in page(walked, LIST, sort, None, 200, walked.ours.id)]
        assert len(expected) == 7
        staying = places(walked)
        met: list[str] = []
        cursor, number = None, 0
        while rows := page(walked, LIST, sort, cursor, size, walked.ours.id):
            met += [id_ for id_, _ in rows]
            cursor = rows[-1][1]
            for step in moves[number] if number < len(moves) else []:
                walked.take(step)
                now = places(walked)
                staying = {id_: key for id_, key in staying.items() if now.get(id_) == key}
            number += 1
        assert [id_ for id_ in met if id_ in staying] == [id_ for id_ in expected if id_ in staying]


@drawn(15)
@given(size=st.integers(1, 4), earlier=sequences(5, 10), later=PAGES_OF_STEPS)
def test_a_walk_through_a_timeline_meets_once_what_was_there(
    scene: Scene, size: int, earlier: list[Step], later: list[list[Step]]
) -> None:
    with scene.tap.undone():
        walked = scene.again()
        for step in earlier:
            walked.take(step)
        customer = str(walked.ours.customer)
        there = [
            row["id"]
            for row in sorted(
                walked.now.tables["customer_activities"].values(),
                key=lambda row: (row["created_at"], row["id"]),
                reverse=True,
            )
            if row["customer_id"] == customer
        ]
        met: list[str] = []
        cursor, number = None, 0
        while rows := page(walked, TIMELINE, customer, cursor, size):
            met += [id_ for id_, _ in rows]
            cursor = rows[-1][1]
            for step in later[number] if number < len(later) else []:
                walked.take(step)
            number += 1
        assert [id_ for id_ in met if id_ in there] == there
