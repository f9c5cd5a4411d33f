"""Steps of a sequence, drawn by hypothesis.

A step names what it is about by small numbers, so that what fails shrinks to something readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from organizations import ROLES

# Rival owns the other organization. The clock is nobody's: approved changes become due.
ACTORS = (*ROLES, "outsider", "rival", "service_role")
ACTIONS = """
create edit edit_as_read set_directly set_status add_contact edit_contact make_primary
remove_contact write_orders write_invoices remove_order ask_tier decide_tier apply_due
change_discount change_policy hold_credit add_note merge undo_merge keep_preset bulk time
""".split()
# Worth drawing more often: they need something there to decide, to merge or to undo.
_OFTEN = "ask_tier ask_tier decide_tier decide_tier decide_tier merge undo_merge bulk edit".split()
_BY_SERVICE = {"set_directly", "write_orders", "write_invoices", "remove_order", "apply_due"}
_LIKELY = ["member", "manager", "admin", "owner", "owner", "rival"]


@dataclass(frozen=True)
class Step:
    """One operation: by whom, on what, and whether it is given up afterwards."""

    action: str
    actor: str
    a: int = 0
    b: int = 0
    c: int = 0
    abroad: bool = False
    undone: bool = False


def sequences(
    shortest: int, longest: int, actions: Sequence[str] = (*ACTIONS, *_OFTEN)
) -> st.SearchStrategy[list[Step]]:
    """Sequences of steps. A number stands for each: none is taken twice, and all are alike likely.

    What fails shrinks by leaving out steps.
    """
    numbers = st.lists(st.integers(0, 2**32), min_size=shortest, max_size=longest, unique=True)
    return numbers.map(lambda drawn: [_step(Random(number), actions) for number in drawn])


def _step(random: Random, actions: Sequence[str]) -> Step:
    """A step, mostly by somebody who may take it, mostly in an organization of theirs."""
    action = random.choice(actions)
    if action == "time":
        return Step(action, "clock")
    actor = "service_role"
    if action not in _BY_SERVICE or random.random() < 0.1:
        actor = random.choice(ACTORS if random.random() < 0.5 else _LIKELY)
    a, b, c = random.choices(range(12), k=3)
    is_abroad, is_undone = random.random() < 0.1, random.random() < 0.1
    return Step(action, actor, a, b, c, abroad=is_abroad, undone=is_undone)
