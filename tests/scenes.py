"""Two organizations in which steps are taken, and looked at after each."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from histories import History
from invariants import broken, broken_once_due, seen, tenant_tables
from operations import OPERATIONS, Call, Chooser
from organizations import ROLES, Organization, insert_organization, insert_user
from snapshots import Snapshot
from steps import Step
from tap import Tap

# Refusals that a caller is to understand; anything else is a failure of ours.
REFUSALS = {"42501", "PT404", "PT409", "PT422", "23503", "23505", "23514"}
_TIME_PASSES = """
with due as (
    update public.tier_change_requests set effective_at = clock_timestamp()
    where status = 'approved' returning id, effective_at
)
update public.customer_tier_periods as p set started_at = d.effective_at, grace_until = null
from due as d where d.id = p.request_id
"""


@dataclass
class Scene:
    """Ours, in which people are who `steps.ACTORS` calls them, and the rival's."""

    tap: Tap
    ours: Organization
    theirs: Organization
    outsider: UUID
    now: Snapshot
    number: int = 0

    @classmethod
    def build(cls, tap: Tap) -> Scene:
        """Make both organizations, in the transaction of the connection."""
        ours, theirs = insert_organization(tap, "Ours"), insert_organization(tap, "Theirs")
        now = Snapshot.read(tap, [ours.id, theirs.id])
        return cls(tap, ours, theirs, insert_user(tap), now)

    def again(self) -> Scene:
        """The same scene before anything was done in it."""
        return Scene(self.tap, self.ours, self.theirs, self.outsider, self.now)

    @property
    def ids(self) -> list[UUID]:
        """The two organizations."""
        return [self.ours.id, self.theirs.id]

    def take(self, step: Step) -> None:
        """Take a step, and hold what came of it against all that must be so."""
        self.number += 1
        call, is_done = self._try(step)
        after = Snapshot.read(self.tap, self.ids, self.now)
        self._check_reach(step, call, after, is_done=is_done)
        history = History(self.now, after)
        history.check(notes=int(is_done and step.action == "add_note"))
        actor = None if step.actor in {"clock", "service_role"} else str(self._login(step.actor))
        assert {row["created_by"] for row in history.written} <= {actor}
        assert broken(self.tap, self.ids) == {}
        self.now = after

    def finish(self) -> None:
        """What is due takes effect, and nobody sees what is not theirs."""
        assert broken_once_due(self.tap, self.ids) == []
        tables = tenant_tables(self.tap)
        customers = [row["organization_id"] for row in self.now.tables["customers"].values()]
        for role in ROLES:
            counts = seen(self.tap, tables, self._login(role))
            assert set(counts) == {self.ours.id}, f"{role} sees another organization"
            assert counts[self.ours.id]["public.customers"] == customers.count(str(self.ours.id))
        assert set(seen(self.tap, tables, self.theirs.owner)) == {self.theirs.id}
        assert seen(self.tap, tables, self.outsider) == {}

    def _login(self, actor: str) -> UUID:
        if actor in ROLES:
            return self.ours.login(actor)
        return self.theirs.owner if actor == "rival" else self.outsider

    def _try(self, step: Step) -> tuple[Call, bool]:
        """Returns: what was called, and whether it was neither refused nor given up."""
        if step.action == "time":
            self.tap.execute(_TIME_PASSES)
            return Call("clock", ""), True
        at_home = (step.actor == "rival") == step.abroad
        organization_id = str((self.ours if at_home else self.theirs).id)
        call = OPERATIONS[step.action](Chooser(self.now, organization_id, step, self.number))
        try:
            with self.tap.connection.transaction(force_rollback=step.undone):
                with self._acting(step.actor):
                    self.tap.execute(call.sql, *call.params)
                # What would wait for the commit is checked now.
                self.tap.execute("set constraints all immediate; set constraints all deferred")
        except psycopg.Error as error:
            if error.sqlstate not in REFUSALS:
                raise
            return call, False
        return call, not step.undone

    def _acting(self, actor: str) -> AbstractContextManager[None]:
        if actor == "service_role":
            return self.tap.acting_as_service()
        return self.tap.acting_as(self._login(actor))

    def _check_reach(self, step: Step, call: Call, after: Snapshot, *, is_done: bool) -> None:
        changed = {row["organization_id"] for _, row in self.now.differences(after)}
        if not is_done:
            assert changed == set(), f"{step} was refused or given up, and left something"
        allowed = {str(id_) for id_ in self.ids if self._may(step.actor, call.least, id_)}
        assert changed <= allowed, f"{step} changed what {step.actor} may not"

    def _may(self, actor: str, least: str, organization_id: UUID) -> bool:
        if actor in {"clock", "service_role"}:
            return least != "nobody"
        if least not in ROLES:
            return False
        if actor == "rival":
            return organization_id == self.theirs.id
        is_ours = actor in ROLES and organization_id == self.ours.id
        return is_ours and ROLES.index(actor) >= ROLES.index(least)
