-- Imports: files on their way to customers. A client reads and maps; all else happens here.
-- Needs: create_customer. Provides: public.customer_imports, public.customer_import_rows,
-- create_customer_import, stage_import_rows.

create table public.customer_imports (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    file_name text not null,
    file_sha256 text,
    mapping jsonb not null default '{}',
    options jsonb not null default '{}',
    status text not null default 'staging',
    row_count integer not null default 0,
    done_count integer not null default 0,
    committed_at timestamptz,
    raw_purged_at timestamptz,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint customer_imports_pkey primary key (organization_id, id),
    constraint customer_imports_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint customer_imports_file_name_check check (btrim(file_name) <> ''),
    constraint customer_imports_file_sha256_check check (file_sha256 ~ '^[0-9a-f]{64}$'),
    constraint customer_imports_status_check check (
        status in ('staging', 'validating', 'validated', 'committing', 'committed')
    )
);

comment on table public.customer_imports is
'A file that is or was imported. Managers read it; functions write it.';
comment on column public.customer_imports.file_sha256 is
'SHA-256 of the file, hexadecimal: the same file twice is refused.';
comment on column public.customer_imports.mapping is
'Header to field path, as {"E-mail": "contacts.0.email"}; null: a column without a field.';
comment on column public.customer_imports.options is
'mode: upsert (default), insert or update. match: what identifies a customer, the strongest first;
default external_id, customer_number, tax_id, email, name. all_or_nothing, allow_repeat:
boolean.';

comment on column public.customer_imports.status is
'staging, validating, validated, committing or committed, in this order.';
comment on column public.customer_imports.raw_purged_at is
'When maintenance emptied the cells of its rows, settings.import_retention_days after the end.';
comment on column public.customer_imports.row_count is 'Rows staged.';
comment on column public.customer_imports.done_count is 'Rows that the present step has done.';

create index customer_imports_file_sha256_idx
on public.customer_imports (organization_id, file_sha256);

create table public.customer_import_rows (
    organization_id uuid not null,
    import_id uuid not null,
    row_number integer not null,
    raw jsonb not null,
    values jsonb not null,
    changes jsonb not null default '[]',
    reading_errors jsonb not null default '[]',
    errors jsonb not null default '[]',
    warnings jsonb not null default '[]',
    first_row integer,
    action text,
    customer_id uuid,
    customer_version integer,
    differences jsonb,
    contacts_created integer not null default 0,
    contacts_updated integer not null default 0,
    contacts_unchanged integer not null default 0,
    is_committed boolean not null default false,

    constraint customer_import_rows_pkey primary key (organization_id, import_id, row_number),
    constraint customer_import_rows_import_fkey
    foreign key (organization_id, import_id) references public.customer_imports on delete cascade,
    constraint customer_import_rows_row_number_check check (row_number >= 1),
    constraint customer_import_rows_action_check
    check (action in ('create', 'update', 'unchanged', 'reject'))
);

comment on table public.customer_import_rows is
'The records of a file, what is wrong with each, and what became of it.';
comment on column public.customer_import_rows.row_number is
'The file''s records, from 1 after the header.';
comment on column public.customer_import_rows.raw is
'The file''s cells, as {header: cell}; {} once they were purged.';
comment on column public.customer_import_rows.values is
'What they mean: {"customer": {…}, "contacts": [{…}]}, as create_customer takes it.';
comment on column public.customer_import_rows.changes is 'What a client normalised on the way.';
comment on column public.customer_import_rows.reading_errors is
'What a client could not read, such as a row with too many cells: it is left out for these
alone.';
comment on column public.customer_import_rows.errors is
'All that is wrong, as [{"column", "value", "slug", "message"}]; a row with any is left out.';
comment on column public.customer_import_rows.warnings is
'What was imported otherwise than written, in the form of errors.';
comment on column public.customer_import_rows.first_row is
'The row that first named the same customer; the others add to it.';
comment on column public.customer_import_rows.action is
'create, update, unchanged or reject: the plan, and after the commit what was done.';
comment on column public.customer_import_rows.customer_version is
'The customer''s version after the commit: undoing goes by it.';
comment on column public.customer_import_rows.differences is
'What an update changes, as {field: {"from": …, "to": …}}.';

create index customer_import_rows_pending_idx
on public.customer_import_rows (organization_id, import_id, first_row, row_number)
where not is_committed;

-- What an export or an erasure of a customer asks for.
create index customer_import_rows_customer_idx
on public.customer_import_rows (organization_id, customer_id) where customer_id is not null;

-- Who named a customer or an e-mail address first: what an import knows of its own earlier rows,
-- without comparing every row with every other.
create table private.customer_import_keys (
    organization_id uuid not null,
    import_id uuid not null,
    key text not null,
    row_number integer not null,

    constraint customer_import_keys_pkey primary key (organization_id, import_id, key),
    constraint customer_import_keys_import_fkey
    foreign key (organization_id, import_id) references public.customer_imports on delete cascade
);

comment on table private.customer_import_keys is 'Which row of an import claimed what first.';

alter table public.customer_imports enable row level security;
alter table public.customer_import_rows enable row level security;

create policy customer_imports_select_manager on public.customer_imports
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids('manager'))));

create policy customer_import_rows_select_manager on public.customer_import_rows
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids('manager'))));

revoke all on public.customer_imports from public, anon, authenticated, service_role;
revoke all on public.customer_import_rows from public, anon, authenticated, service_role;
grant select on public.customer_imports to authenticated, service_role;
grant select on public.customer_import_rows to authenticated, service_role;

create trigger _100_refuse_key_change
before update of organization_id, id on public.customer_imports
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _900_touch
before update on public.customer_imports
for each row execute function private.tg__touch();

create function private.find_import(_import_id uuid, _statuses text[])
returns public.customer_imports
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_import public.customer_imports;
begin
    select i.* into v_import
    from public.customer_imports as i
    where i.id = _import_id and (
        private.is_system()
        or i.organization_id = any(array(select private.member_organization_ids()))
    )
    for update;
    if not found then
        perform private.fail(
            'PT404', 'import_not_found', 'import not found',
            'Check the id: customer_imports lists the imports that you may see.'
        );
    end if;
    perform private.require_role(v_import.organization_id, 'manager');
    if v_import.status <> all(_statuses) then
        perform private.fail(
            'PT409', 'import_status_conflict', format('this import is %s', v_import.status),
            'An import is staged, then validated, then committed.'
        );
    end if;
    return v_import;
end;
$$;

comment on function private.find_import is
'The import, locked, for a manager, if it is in one of these states: two calls take turns. Raises
PT404 import_not_found, PT409 import_status_conflict, 42501 role_required.';

create function private.import_match_keys()
returns text[]
language sql
immutable
set search_path = ''
return array['external_id', 'customer_number', 'tax_id', 'email', 'name'];

create function private.check_import_options(_mapping jsonb, _options jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if jsonb_typeof(_mapping) is distinct from 'object' then
        perform private.fail(
            'PT422', 'not_an_object', 'mapping must be a JSON object',
            'Send {"column": "field"}, or {}.'
        );
    end if;
    perform private.check_keys(
        _options, array['mode', 'match', 'all_or_nothing', 'allow_repeat'], 'options'
    );
    if coalesce(_options ->> 'mode', 'upsert') not in ('upsert', 'insert', 'update') then
        perform private.fail(
            'PT422', 'import_options_invalid', 'mode is upsert, insert or update',
            'Leave it out for upsert.'
        );
    elsif jsonb_typeof(coalesce(_options -> 'match', '["name"]')) <> 'array'
        or not to_jsonb(private.import_match_keys()) @> coalesce(_options -> 'match', '[]')
        or _options -> 'match' = '[]'
    then
        perform private.fail(
            'PT422', 'import_options_invalid',
            'match is a list of external_id, customer_number, tax_id, email and name',
            'Leave it out to match by all of them, in this order.'
        );
    elsif not private.is_boolean(_options -> 'all_or_nothing')
        or not private.is_boolean(_options -> 'allow_repeat')
    then
        perform private.fail(
            'PT422', 'import_options_invalid', 'all_or_nothing and allow_repeat are true or false',
            'Leave them out for false.'
        );
    end if;
end;
$$;

create function private.import_progress(_organization_id uuid, _import_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'import_id', i.id, 'status', i.status, 'rows', i.row_count, 'done', i.done_count
    )
    from public.customer_imports as i
    where i.organization_id = _organization_id and i.id = _import_id;
end;

-- DEFINER because imports are written by functions alone.
create function private.create_customer_import(
    _file_name text, _mapping jsonb, _options jsonb, _file_sha256 text, _organization_id uuid
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'manager');
    v_id uuid;
begin
    perform private.check_import_options(_mapping, _options);
    if coalesce(btrim(_file_name), '') = '' then
        perform private.fail(
            'PT422', 'file_name_required', 'an import needs a file name',
            'Any name will do by which people recognise it.'
        );
    elsif _file_sha256 !~ '^[0-9a-f]{64}$' then
        perform private.fail(
            'PT422', 'file_sha256_invalid', 'file_sha256 is 64 hexadecimal digits in lower case',
            'Leave it out to have no repeated file noticed.'
        );
    end if;
    -- Two starts with one file take turns: the second one finds the first one's import.
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', 'import', v_organization_id, _file_sha256), 0
    ));
    select i.id into v_id
    from public.customer_imports as i
    where i.organization_id = v_organization_id and i.file_sha256 = _file_sha256
        and i.status <> 'committed' and i.mapping = _mapping and i.options = _options
    order by i.created_at desc
    limit 1;
    if v_id is not null then
        return private.import_progress(v_organization_id, v_id);
    end if;
    if _options -> 'allow_repeat' is distinct from 'true' and exists (
        select 1
        from public.customer_imports as i
        where i.organization_id = v_organization_id and i.file_sha256 = _file_sha256
            and i.status = 'committed'
    ) then
        perform private.fail(
            'PT409', 'already_imported', 'this very file has been imported already',
            'Set allow_repeat (--allow-repeat) to import it once more.'
        );
    end if;
    insert into public.customer_imports
    (organization_id, file_name, file_sha256, mapping, options, created_by)
    values (
        v_organization_id, btrim(_file_name), _file_sha256, _mapping, _options, auth.uid()
    ) returning id into v_id;
    return private.import_progress(v_organization_id, v_id);
end;
$$;

create function public.create_customer_import(
    file_name text,
    mapping jsonb default '{}',
    options jsonb default '{}',
    file_sha256 text default null,
    organization_id uuid default null
)
returns jsonb
language sql
set search_path = ''
return private.create_customer_import(
    create_customer_import.file_name, create_customer_import.mapping,
    create_customer_import.options, create_customer_import.file_sha256,
    create_customer_import.organization_id
);

comment on function public.create_customer_import is
'Starts an import, or finds the unfinished one of the same file, mapping and options. mapping:
{header: field path or null}. options: mode, match, all_or_nothing, allow_repeat. Returns
{"import_id", "status", "rows": staged so far, "done"}. For managers. Raises PT409
already_imported, PT422 import_options_invalid, file_name_required, file_sha256_invalid,
unknown_key, 42501 role_required.';

-- DEFINER because staged rows are written by functions alone.
create function private.stage_import_rows(_import_id uuid, _first_row integer, _rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_import constant public.customer_imports
    := private.find_import(_import_id, array['staging']);
begin
    if jsonb_typeof(_rows) is distinct from 'array' or jsonb_array_length(_rows) > 5000
        or _first_row is null or _first_row not between 1 and v_import.row_count + 1
    then
        perform private.fail(
            'PT422', 'rows_invalid', 'rows is a list of at most 5,000, without a gap before it',
            format('The next first_row is %s.', v_import.row_count + 1)
        );
    elsif exists (
        select 1
        from jsonb_array_elements(_rows) as r
        where jsonb_typeof(r.value -> 'raw') is distinct from 'object'
            or jsonb_typeof(r.value -> 'values' -> 'customer') is distinct from 'object'
            or jsonb_typeof(coalesce(r.value -> 'changes', '[]')) <> 'array'
            or jsonb_typeof(coalesce(r.value -> 'errors', '[]')) <> 'array'
            or exists (
                select 1
                from jsonb_array_elements(coalesce(r.value -> 'errors', '[]')) as e
                where jsonb_typeof(e.value) <> 'object'
            )
    ) then
        perform private.fail(
            'PT422', 'rows_invalid',
            'a row is {"raw": {…}, "values": {"customer": {…}}, "errors": […]}',
            'Nothing of the batch was staged. Mend it, and send it again.'
        );
    end if;
    insert into public.customer_import_rows
    (organization_id, import_id, row_number, raw, values, changes, reading_errors)
    select v_import.organization_id, _import_id, _first_row + r.position - 1, r.value -> 'raw',
        r.value -> 'values', coalesce(r.value -> 'changes', '[]'),
        coalesce(r.value -> 'errors', '[]')
    from jsonb_array_elements(_rows) with ordinality as r (value, position)
    -- A client that was interrupted sends a batch again.
    on conflict (organization_id, import_id, row_number) do update
    set raw = excluded.raw, values = excluded.values, changes = excluded.changes,
        reading_errors = excluded.reading_errors;
    update public.customer_imports as i
    set row_count = greatest(i.row_count, _first_row - 1 + jsonb_array_length(_rows))
    where i.organization_id = v_import.organization_id and i.id = _import_id;
    return private.import_progress(v_import.organization_id, _import_id);
end;
$$;

create function public.stage_import_rows(import_id uuid, first_row integer, rows jsonb)
returns jsonb
language sql
set search_path = ''
return private.stage_import_rows(
    stage_import_rows.import_id, stage_import_rows.first_row, stage_import_rows.rows
);

comment on function public.stage_import_rows is
'Hands rows over, at most 5,000 a call; a row handed over twice replaces itself. rows: [{"raw":
{header: cell}, "values": {"customer": {…}, "contacts": […]}, "changes": […], "errors": […]}],
numbered from first_row, which counts from 1; errors, in the form of the report, are what a
client could not read. Returns what create_customer_import returns. For managers. Raises PT422
rows_invalid, PT404 import_not_found, PT409 import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.create_customer_import from public, anon, authenticated, service_role;
revoke all on function public.stage_import_rows from public, anon, authenticated, service_role;
grant execute on function private.create_customer_import to authenticated, service_role;
grant execute on function private.stage_import_rows to authenticated, service_role;
grant execute on function public.create_customer_import to authenticated, service_role;
grant execute on function public.stage_import_rows to authenticated, service_role;
