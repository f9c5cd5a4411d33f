-- The daily partitions of realtime.messages, from yesterday to three days ahead; older ones go.
-- On hosted the Realtime server does this. Run as supabase_admin whenever the stack starts, and
-- hourly while it runs; running it again changes nothing.

do $$
declare
    v_day date;
    v_partition name;
begin
    for v_day in
        select generate_series(current_date - 1, current_date + 3, interval '1 day')
    loop
        v_partition := to_char(v_day, '"messages_"YYYY_MM_DD');

        if to_regclass(format('realtime.%I', v_partition)) is null then
            execute format(
                'create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
                v_partition, v_day, v_day + 1
            );
            execute format('alter table realtime.%I owner to supabase_realtime_admin', v_partition);
        end if;
    end loop;

    -- Kept for 72 hours, as on hosted.
    for v_partition in
        select c.relname
        from pg_catalog.pg_inherits as i
        inner join pg_catalog.pg_class as c on i.inhrelid = c.oid
        where i.inhparent = 'realtime.messages'::regclass
            and c.relname < to_char(current_date - 3, '"messages_"YYYY_MM_DD')
    loop
        execute format('drop table realtime.%I', v_partition);
    end loop;
end;
$$;
