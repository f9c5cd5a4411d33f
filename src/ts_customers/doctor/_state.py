"""Checks of what is stored, and of the work that the clock asks for."""

from ts_customers.doctor._check import MAINTENANCE, TABLES, Check

STORAGE = (
    Check(
        "trigger_disabled",
        "error",
        "the trigger {} is switched off",
        "the rule that it holds is not held, or what it records is not recorded",
        f"""
select
    format('%I on %s', g.tgname, t.name),
    format('alter table %s enable trigger %I;', t.name, g.tgname)
from ({TABLES}) as t
inner join pg_trigger as g on g.tgrelid = t.oid
where g.tgenabled in ('D', 'R')
""",
    ),
    Check(
        "constraint_not_validated",
        "warning",
        "the constraint {} was never checked against the rows that are there",
        "rows may break it",
        f"""
select
    format('%I on %s', k.conname, t.name),
    format('alter table %s validate constraint %I;', t.name, k.conname)
from ({TABLES}) as t
inner join pg_constraint as k on k.conrelid = t.oid
where not k.convalidated
""",
    ),
    Check(
        "index_invalid",
        "warning",
        "the index {} is not valid",
        "it is written but never read, and a unique one may have missed rows",
        f"""
select i.indexrelid::regclass, format('reindex index concurrently %s;', i.indexrelid::regclass)
from ({TABLES}) as t
inner join pg_index as i on i.indrelid = t.oid
where not i.indisvalid
""",
    ),
    Check(
        "partition_missing",
        "warning",
        "the activities of {} have no partition of their own",
        "they go into the default partition and must be moved later",
        f"""
select to_char(m.month, 'YYYY-MM'), '{MAINTENANCE}'
from generate_series(
    date_trunc('month', now() at time zone 'UTC'),
    date_trunc('month', now() at time zone 'UTC') + interval '1 month',
    interval '1 month'
) as m (month)
where to_regclass('private.customer_activities_' || to_char(m.month, 'YYYY_MM')) is null
""",
        needs="public.customer_activities",
    ),
    Check(
        "default_partition_filled",
        "warning",
        "{} activities wait in the default partition",
        "the partition of their month cannot be attached before they are moved",
        f"""
select d.count, '{MAINTENANCE}'
from (select count(*) from private.customer_activities_default) as d
where d.count > 0
""",
        needs="private.customer_activities_default",
    ),
    Check(
        "live_updates_unsent",
        "warning",
        "live updates are not sent: {}",
        "changes are made, and nobody who watches is told",
        """
select w.what, 'restart Realtime, which makes and grants it, or ask who took it away'
from pg_proc as b
cross join to_regprocedure('realtime.send(jsonb, text, text, boolean)') as send
cross join lateral (
    select 'there is no realtime.send' where send is null
    union all
    select format('%s may not execute realtime.send', b.proowner::regrole)
    where not has_function_privilege(b.proowner, send, 'execute')
    union all
    select format('%s may not write realtime.messages', b.proowner::regrole)
    where not coalesce(has_table_privilege(
        b.proowner, to_regclass('realtime.messages'), 'insert'
    ), false)
) as w (what)
where b.pronamespace = to_regnamespace('private') and b.proname = 'broadcast'
""",
    ),
)

WORK = (
    Check(
        "scheduler_missing",
        "note",
        "this project has no pg_cron{}",
        "nothing runs maintenance by itself: due tier changes, partitions, archive, purges",
        f"""
select '', 'put into a crontab: */5 * * * * {MAINTENANCE}, or: create extension pg_cron; '
    'select private.schedule_maintenance();'
where to_regclass('cron.job') is null
""",
    ),
    Check(
        "maintenance_unscheduled",
        "warning",
        "pg_cron is there, but runs no maintenance{}",
        "due tier changes, partitions, archive and purges wait for somebody to think of them",
        """
select '', 'select private.schedule_maintenance();'
where not exists (select from cron.job as j where j.command ~ 'run_maintenance' and j.active)
""",
        needs="cron.job",
    ),
    Check(
        "maintenance_failing",
        "warning",
        "maintenance does not do its work: {}",
        "what it leaves undone piles up, and slows down whoever meets it",
        f"""
select
    format('%s %s since %s', s.step, s.status, coalesce(s.done_at::text, 'ever')),
    '{MAINTENANCE}'
from private.maintenance_steps as s
where (s.status = 'failed' or s.ran_at < now() - interval '2 days')
    or (s.status <> 'done' and coalesce(s.done_at, '-infinity') < now() - interval '2 days')
order by s.step
""",
        needs="private.maintenance_steps",
    ),
    Check(
        "tier_change_overdue",
        "warning",
        "the tier change {} was due more than a day ago and is not applied",
        "prices follow it already; the customer, its timeline and its watchers do not",
        f"""
select format('%s of customer %s', r.id, r.customer_id), '{MAINTENANCE}'
from public.tier_change_requests as r
where r.status = 'approved' and r.effective_at < now() - interval '1 day'
order by r.effective_at
limit 20
""",
        needs="public.tier_change_requests",
    ),
    Check(
        "credit_hold_overdue",
        "warning",
        "the credit hold of customer {} ended more than a day ago and still stands there",
        "its end is missing in the timeline",
        f"""
select c.id, '{MAINTENANCE}'
from public.customers as c
where c.credit_hold_reason is not null and c.credit_hold_until < now() - interval '1 day'
order by c.credit_hold_until
limit 20
""",
        needs="public.customers",
    ),
    Check(
        "organization_without_owner",
        "note",
        "the organization {} has no owner",
        "nobody but the secret key can add members, or erase what must be erased",
        """
select
    format('%s (%s)', o.name, o.id),
    format('ts-customers member invite EMAIL owner --organization %s --service', o.id)
from public.organizations as o
where not exists (
    select from public.organization_members as m
    where m.organization_id = o.id and m.role = 'owner'
)
order by o.name
limit 20
""",
        needs="public.organizations",
    ),
)
