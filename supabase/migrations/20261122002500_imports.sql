-- Imports: files on their way to customers. A client reads and maps; all else happens here.
-- Needs: create_customer. Provides: public.customer_imports, public.customer_import_rows,
-- create_customer_import.

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
    counts jsonb,
    committed_at timestamptz,
    reported_at timestamptz,
    raw_purged_at timestamptz,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint customer_imports_pkey primary key (organization_id, id),
    constraint customer_imports_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint customer_imports_file_name_check check (btrim(file_name) <> ''),
    constraint customer_imports_file_sha256_check check (file_sha256 ~ '^[0-9a-f]{64}$'),
    constraint customer_imports_status_check check (status in (
        'staging', 'validating', 'validated', 'committing', 'committed', 'cancelled', 'undoing',
        'undone'
    ))
);

comment on table public.customer_imports is
'A file that is or was imported. Managers read it; functions write it.';
comment on column public.customer_imports.file_sha256 is
'SHA-256 of the file, hexadecimal: the same file twice is refused.';
comment on column public.customer_imports.mapping is
'Header to field path, as {"E-mail": "contacts.0.email"}; null: a column without a field.';
comment on column public.customer_imports.options is
'entity: customers (default) or contacts, whose customers must be there and stay as they are. mode,
of the entity: upsert (default), insert or update. match: what identifies a customer, the strongest
first; default external_id, customer_number, tax_id, email, name, of contacts email last.
all_or_nothing, allow_repeat: boolean.';
comment on column public.customer_imports.status is
'staging, validating, validated, committing, committed, in this order; then undoing, undone. Or
cancelled, before or in the middle of the commit.';
comment on column public.customer_imports.raw_purged_at is
'When maintenance emptied the cells of its rows, settings.import_retention_days after the end.';
comment on column public.customer_imports.row_count is 'Rows staged.';
comment on column public.customer_imports.reported_at is
'When its report was first read after the commit. Until then whoever starts it again gets to it.';
comment on column public.customer_imports.counts is
'What import_report counts, once a step is done.';
comment on column public.customer_imports.done_count is 'Rows that the present step has done.';

create index customer_imports_file_sha256_idx
on public.customer_imports (organization_id, file_sha256);

create table public.customer_import_rows (
    organization_id uuid not null,
    import_id uuid not null,
    row_number integer not null,
    line integer,
    raw jsonb not null,
    values jsonb not null,
    changes jsonb not null default '[]',
    staging_errors jsonb not null default '[]',
    staging_warnings jsonb not null default '[]',
    is_readable boolean not null default true,
    errors jsonb not null default '[]',
    warnings jsonb not null default '[]',
    first_row integer,
    action text,
    customer_id uuid,
    customer_version integer,
    differences jsonb,
    contact_changes jsonb,
    contacts_created integer not null default 0,
    contacts_updated integer not null default 0,
    contacts_unchanged integer not null default 0,
    tier_change text,
    is_committed boolean not null default false,
    undone text,

    constraint customer_import_rows_pkey primary key (organization_id, import_id, row_number),
    constraint customer_import_rows_import_fkey
    foreign key (organization_id, import_id) references public.customer_imports on delete cascade,
    constraint customer_import_rows_row_number_check check (row_number >= 1),
    constraint customer_import_rows_action_check
    check (action in ('create', 'update', 'unchanged', 'reject')),
    constraint customer_import_rows_tier_change_check
    check (tier_change in ('applied', 'pending', 'refused')),
    constraint customer_import_rows_undone_check
    check (undone in ('restored', 'removed', 'deactivated', 'kept'))
);

comment on table public.customer_import_rows is
'The records of a file, what is wrong with each, and what became of it.';
comment on column public.customer_import_rows.row_number is
'The file''s records, from 1 after the header.';
comment on column public.customer_import_rows.line is
'The line of the file where the record begins, or the row of its sheet.';
comment on column public.customer_import_rows.raw is
'The file''s cells, as {header: cell}; {} once they were purged.';
comment on column public.customer_import_rows.values is
'What they mean, as it will be stored: {"customer": {…}, "contacts": [{…}]}, as create_customer
takes it.';
comment on column public.customer_import_rows.changes is 'What a client normalised on the way.';
comment on column public.customer_import_rows.staging_errors is
'What is wrong with the row by itself, found when it was staged.';
comment on column public.customer_import_rows.staging_warnings is
'What a client warned of, and what will be stored otherwise than written.';
comment on column public.customer_import_rows.is_readable is
'False where a client could not read the row, such as one with too many cells: it is left out for
that alone.';
comment on column public.customer_import_rows.errors is
'All that is wrong, as [{"column", "value", "slug", "message"}]; a row with any is left out.';
comment on column public.customer_import_rows.warnings is
'What was imported otherwise than written, in the form of errors.';
comment on column public.customer_import_rows.first_row is
'The row that first named the same customer; the others add to it.';
comment on column public.customer_import_rows.action is
'create, update, unchanged or reject: the plan, and after the commit what was done.';
comment on column public.customer_import_rows.customer_id is
'The customer that the row means; of one that is to be created, the id that it will have.';
comment on column public.customer_import_rows.customer_version is
'The customer''s version after the commit: undoing goes by it.';
comment on column public.customer_import_rows.differences is
'What an update changes, as {field: {"from": …, "to": …}}.';
comment on column public.customer_import_rows.contact_changes is
'What was done to contacts, as [{"id", "changes": {field: {"from": …, "to": …}}}]; changes is null
for one that was added. Undoing goes by it.';
comment on column public.customer_import_rows.tier_change is
'What became of another tier for a customer that was there: applied, pending or refused.';
comment on column public.customer_import_rows.undone is
'What undoing did: restored or removed what the import did, deactivated the customer, or kept it.';

-- Unknown to the planner, an organization has some rows, so that a lookup by all of a key is better
-- than one by the organization alone. What nobody looks for makes an analyze ten times as long.
alter table public.customer_import_rows
alter column organization_id set statistics 0,
alter column raw set statistics 0,
alter column values set statistics 0,
alter column changes set statistics 0,
alter column staging_errors set statistics 0,
alter column staging_warnings set statistics 0,
alter column errors set statistics 0,
alter column warnings set statistics 0,
alter column differences set statistics 0,
alter column contact_changes set statistics 0;

-- What a row adds to an earlier one; the others are found by their own number. What is asked for
-- comes first: of an import that is new to the statistics, two indexes that begin alike seem
-- equally good to the planner, and the wrong one reads all of the import.
create index customer_import_rows_first_row_idx
on public.customer_import_rows (first_row, import_id)
where first_row <> row_number;

-- What an export or an erasure of a customer asks for.
create index customer_import_rows_customer_idx
on public.customer_import_rows (organization_id, customer_id) where customer_id is not null;

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
            'customer_imports lists the imports that you may see.'
        );
    end if;
    perform private.require_role(v_import.organization_id, 'manager');
    if v_import.status <> all(_statuses) then
        perform private.fail(
            'PT409', 'import_status_conflict', format('this import is %s', v_import.status),
            'An import is staged, then validated, then committed; it can be cancelled before, and '
            || 'undone after.'
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
            'It says which field each column means: {"Company": "company_name", "Fax": null}.'
        );
    end if;
    perform private.check_keys(
        _options, array['entity', 'mode', 'match', 'all_or_nothing', 'allow_repeat'], 'options'
    );
    if coalesce(_options ->> 'entity', 'customers') not in ('customers', 'contacts') then
        perform private.fail(
            'PT422', 'import_options_invalid', 'entity is customers or contacts',
            'Leave it out for customers with their contacts.'
        );
    end if;
    if coalesce(_options ->> 'mode', 'upsert') not in ('upsert', 'insert', 'update') then
        perform private.fail(
            'PT422', 'import_options_invalid', 'mode is upsert, insert or update',
            'Leave it out to add what is new and change what is there.'
        );
    elsif jsonb_typeof(coalesce(_options -> 'match', '["name"]')) <> 'array'
        or not to_jsonb(private.import_match_keys()) @> coalesce(_options -> 'match', '[]')
        or _options -> 'match' = '[]'
    then
        perform private.fail(
            'PT422', 'import_options_invalid',
            'match is a list of external_id, customer_number, tax_id, email and name',
            'Leave it out for all of them, in this order.'
        );
    elsif not private.is_boolean(_options -> 'all_or_nothing')
        or not private.is_boolean(_options -> 'allow_repeat')
    then
        perform private.fail(
            'PT422', 'import_options_invalid',
            'all_or_nothing and allow_repeat are true or false',
            'Leave them out for false.'
        );
    end if;
end;
$$;

create function private.import_progress(_import public.customer_imports)
returns jsonb
language sql
immutable
set search_path = ''
return jsonb_build_object(
    'import_id', _import.id, 'status', _import.status, 'rows', _import.row_count,
    'done', _import.done_count
);

create function private.find_started_import(
    _organization_id uuid, _file_sha256 text, _mapping jsonb, _options jsonb
)
returns public.customer_imports
language sql
stable
set search_path = ''
begin atomic
    select i.*
    from public.customer_imports as i
    where i.organization_id = _organization_id and i.file_sha256 = _file_sha256
        and i.mapping = _mapping and i.options = _options and (
            i.status in ('staging', 'validating', 'validated', 'committing')
            -- Whoever started it has not heard that it is done.
            or (i.status = 'committed' and i.reported_at is null)
        )
    order by i.created_at desc
    limit 1;
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
    v_import public.customer_imports;
begin
    perform private.check_import_options(_mapping, _options);
    if coalesce(btrim(_file_name), '') = '' then
        perform private.fail(
            'PT422', 'file_name_required', 'an import needs a file name',
            'People find the import again by it.'
        );
    elsif _file_sha256 !~ '^[0-9a-f]{64}$' then
        perform private.fail(
            'PT422', 'file_sha256_invalid', 'file_sha256 is 64 hexadecimal digits in lower case',
            'Leave it out, and nothing notices that a file comes twice.'
        );
    end if;
    -- Two starts with one file take turns: the second one finds the first one's import.
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', 'import', v_organization_id, _file_sha256), 0
    ));
    v_import := private.find_started_import(
        v_organization_id, _file_sha256, _mapping, _options
    );
    if v_import.id is not null then
        return private.import_progress(v_import);
    end if;
    if _options -> 'allow_repeat' is distinct from 'true' and exists (
        select 1
        from public.customer_imports as i
        where i.organization_id = v_organization_id and i.file_sha256 = _file_sha256
            and i.status = 'committed'
    ) then
        perform private.fail(
            'PT409', 'already_imported', 'this very file has been imported already',
            'Its report says what it did. Set allow_repeat (--allow-repeat) to import it once more.'
        );
    end if;
    insert into public.customer_imports
    (organization_id, file_name, file_sha256, mapping, options, created_by)
    values (
        v_organization_id, btrim(_file_name), _file_sha256, _mapping, _options, auth.uid()
    ) returning * into v_import;
    return private.import_progress(v_import);
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
'Starts an import, or finds the one of the same file, mapping and options that is not done, or
whose report nobody has read. mapping: {header: field path or null}. options: entity, mode, match,
all_or_nothing, allow_repeat. Returns {"import_id", "status", "rows": staged so far, "done"}. For
managers. Raises PT409 already_imported, PT422 import_options_invalid, file_name_required,
file_sha256_invalid, unknown_key, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.create_customer_import from public, anon, authenticated, service_role;
grant execute on function private.create_customer_import to authenticated, service_role;
grant execute on function public.create_customer_import to authenticated, service_role;
