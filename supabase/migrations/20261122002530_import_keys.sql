-- Which row of an import claimed what first: a customer, by any of its keys, or an e-mail address.
-- Needs: imports. Provides: private.customer_import_keys, private.import_row, private.claimant_of.

-- Who named a customer or an e-mail address first: what an import knows of its own earlier rows,
-- without comparing every row with every other. No reference, which would be looked up for each of
-- some five keys of a row: they end with the import.
create table private.customer_import_keys (
    organization_id uuid not null,
    import_id uuid not null,
    key text not null,
    row_number integer not null,

    constraint customer_import_keys_pkey primary key (organization_id, import_id, key)
);

comment on table private.customer_import_keys is 'Which row of an import claimed what first.';

-- In the order of customer_import_rows_first_row_idx. Nobody who asks for row numbers names the
-- organization, or the primary key would seem as good.
create index customer_import_keys_row_number_idx
on private.customer_import_keys (row_number, import_id);

create function private.tg_customer_imports__forget_keys()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    delete from private.customer_import_keys as k
    using old_rows as o
    where k.organization_id = o.organization_id and k.import_id = o.id;
    return null;
end;
$$;

comment on function private.tg_customer_imports__forget_keys is
'DEFINER because a cascade from organizations runs it as whoever removes one.';

create trigger _600_forget_keys
after delete on public.customer_imports
referencing old table as old_rows
for each statement execute function private.tg_customer_imports__forget_keys();

-- Rows and claims are looked up one by one, by all of their key: joined, a new import's seem so few
-- to the planner that it reads all of them for each.
create function private.import_row(_import public.customer_imports, _row_number integer)
returns public.customer_import_rows
language plpgsql
stable
set search_path = ''
as $$
declare
    v_row public.customer_import_rows;
begin
    select r.* into v_row
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = _row_number;
    return v_row;
end;
$$;

-- Which row claimed a key first.
create function private.claimant_of(_import public.customer_imports, _key text)
returns integer
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select k.row_number
        from private.customer_import_keys as k
        where k.organization_id = _import.organization_id and k.import_id = _import.id
            and k.key = _key
    );
end;
$$;

create function private.release_import_keys(
    _import public.customer_imports, _rows integer[], _like text default '%'
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    delete from private.customer_import_keys as k
    where k.import_id = _import.id and k.row_number = any(_rows) and k.key like _like;
end;
$$;

revoke all on all functions in schema private from public;
