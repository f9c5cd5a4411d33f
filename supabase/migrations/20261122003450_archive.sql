-- Archiving: activities older than a year leave the busy table by whole months, without copying.
-- Needs: activities. Provides: private.archive_activities, private.drain_activities.
--
-- A month moves when all of it is older than a year: its partition is detached from
-- customer_activities and attached to customer_activities_archive. Rows, indexes and constraints
-- stay what they are. Both steps need every reader and writer of activities and customers out of
-- the way, so they are tried for a moment, and otherwise left to the next run: whoever waits for
-- such a lock has everybody else waiting behind it.

create function private.archive_limit(_at timestamptz)
returns timestamp
language sql
immutable
set search_path = ''
return _at at time zone 'UTC' - interval '1 year';

comment on function private.archive_limit is
'What ended by then, in UTC, belongs into the archive. A year before 29 February is 28 February.';

create function private.activity_months(_parent regclass)
returns table (name text, month timestamp)
language sql
stable
set search_path = ''
begin atomic
    select c.relname, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp
    from pg_catalog.pg_inherits as i
    inner join pg_catalog.pg_class as c on i.inhrelid = c.oid
    where i.inhparent = _parent and c.relname ~ '^customer_activities_[0-9]{4}_(0[1-9]|1[0-2])$';
end;

comment on function private.activity_months is 'The monthly partitions of a table, by their names.';

create function private.months_to_archive(_at timestamptz default now())
returns table (name text, month timestamp)
language sql
stable
set search_path = ''
begin atomic
    select m.name, m.month
    from private.activity_months('public.customer_activities'::regclass) as m
    where m.month + interval '1 month' <= private.archive_limit(_at)
    order by m.month;
end;

-- Customers first, as every writer has it, and at once in the mode that attaching ends in: the
-- reference to customers changes its owner, and a lock that is raised later would be a deadlock.
create function private.archive_month(_name text, _month timestamp)
returns void
language plpgsql
set search_path = ''
as $$
begin
    lock table only public.customers in access exclusive mode;
    lock table only public.customer_activities in access exclusive mode;
    execute format(
        'alter table public.customer_activities detach partition private.%I', _name
    );
    execute format(
        'alter table public.customer_activities_archive attach partition private.%I
        for values from (%L) to (%L)', _name, _month at time zone 'UTC',
        (_month + interval '1 month') at time zone 'UTC'
    );
end;
$$;

create function private.archive_activities(
    _at timestamptz default now(), _attempts integer default 3
)
returns integer
language plpgsql
set search_path = ''
set lock_timeout = '200ms'
as $$
declare
    v_due record;
    v_moved integer := 0;
    v_attempt integer := 1;
begin
    for v_due in select d.name, d.month from private.months_to_archive(_at) as d loop
        loop
            begin
                perform private.archive_month(v_due.name, v_due.month);
                v_moved := v_moved + 1;
                exit;
            exception when lock_not_available then
                if v_attempt >= _attempts then
                    return v_moved;
                end if;
                v_attempt := v_attempt + 1;
                perform pg_sleep(0.1);
            end;
        end loop;
    end loop;
    return v_moved;
end;
$$;

comment on function private.archive_activities is
'Moves the months that are older than a year into the archive; returns how many. Gives up after
some attempts of 200 ms each where somebody is in the way. Its locks last until the transaction
ends: call it last.';

-- Rows of months that had no partition. What is younger than a year gets one, whole, since
-- PostgreSQL takes no partition while the default holds rows of it. What is older goes straight to
-- the archive, by and by. Months after those that are made ahead stay where they are.
create function private.months_waiting()
returns setof timestamp
language sql
stable
set search_path = ''
begin atomic
    select distinct date_trunc('month', a.created_at at time zone 'UTC') as month
    from private.customer_activities_default as a
    where a.created_at >= '0001-01-01 00:00+00' and a.created_at <= now()
    order by month;
end;

create function private.move_to_archive(_month timestamp, _limit integer)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_from constant timestamptz := _month at time zone 'UTC';
    v_to constant timestamptz := (_month + interval '1 month') at time zone 'UTC';
    v_name constant text := 'customer_activities_' || to_char(_month, 'YYYY_MM');
    v_moved integer;
begin
    if to_regclass('private.' || v_name) is null then
        perform private.create_activity_partition(v_name, v_from, v_to);
        execute format(
            'alter table public.customer_activities_archive attach partition private.%I
            for values from (%L) to (%L)', v_name, v_from, v_to
        );
    end if;
    perform set_config('private.rewriting_history', 'on', true);
    with waiting as (
        delete from private.customer_activities_default as a
        where a.ctid = any(array(
            select d.ctid
            from private.customer_activities_default as d
            where d.created_at >= v_from and d.created_at < v_to
            limit _limit
        ))
        returning a.*
    )
    insert into public.customer_activities_archive select w.* from waiting as w;
    get diagnostics v_moved = row_count;
    perform set_config('private.rewriting_history', '', true);
    return v_moved;
end;
$$;

-- One portion of a month's rows; returns whether there is more.
create function private.drain_month(_month timestamp)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_ends constant timestamp := _month + interval '1 month';
begin
    if v_ends <= private.archive_limit(now()) then
        return private.move_to_archive(_month, 10000) = 10000;
    end if;
    perform private.make_activity_partition(
        'customer_activities_' || to_char(_month, 'YYYY_MM'),
        _month at time zone 'UTC', v_ends at time zone 'UTC'
    );
    return false;
end;
$$;

create function private.drain_activities(_until timestamptz default 'infinity')
returns boolean
language plpgsql
set search_path = ''
set lock_timeout = '200ms'
as $$
declare
    v_month timestamp;
    v_more boolean;
begin
    for v_month in select m.* from private.months_waiting() as m loop
        v_more := true;
        while v_more loop
            if clock_timestamp() >= _until then
                return false;
            end if;
            begin
                v_more := private.drain_month(v_month);
            exception when lock_not_available then
                return false;
            end;
        end loop;
    end loop;
    return true;
end;
$$;

comment on function private.drain_activities is
'Finds a place for activities that had no partition when they were written. Returns whether all is
done: false when the time is up or somebody is in the way, and the next run goes on.';

revoke all on all functions in schema private from public;
