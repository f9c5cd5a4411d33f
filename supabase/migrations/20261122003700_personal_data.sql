-- Personal data: which columns can hold it, declared once, in one place. A test fails on a column
-- that is declared neither personal nor harmless; export_customer_data and erase_customer follow
-- the declaration, for tables of the host too.
-- Needs: customers, import_matching. Provides: private.personal_data.

create table private.personal_data (
    table_name text not null,
    position integer not null generated always as identity,
    entity text,
    found_by text,
    erased_by text,
    personal text[] not null,
    harmless text[] not null,

    constraint personal_data_pkey primary key (table_name),
    constraint personal_data_entity_check check (entity is null or found_by is not null),
    constraint personal_data_erased_by_check
    check (erased_by in ('deleting', 'blanking', 'rewriting', 'following')),
    constraint personal_data_found_by_check
    check (erased_by is null or found_by is not null)
);

comment on table private.personal_data is
'Every table of ours, one line each: its columns that can hold personal data, and the others.';
comment on column private.personal_data.position is
'The order of an export. An erasure goes the other way: what refers to a row goes before it.';
comment on column private.personal_data.entity is
'What export_customer_data calls a row; null: a copy, which is not exported.';
comment on column private.personal_data.found_by is
'Condition on t: which rows are about a customer. $1 is the organization, $2 the customer. Null:
about none; what is personal there is a member''s, and no customer''s erasure touches it.';
comment on column private.personal_data.erased_by is
'deleting: the rows go. blanking: personal columns become null, or their default where they may
not be null. rewriting: erase_customer has a function for it. following: triggers keep the copy in
step with what it is of. Null: nothing is to be erased.';
comment on column private.personal_data.personal is
'Names, addresses, numbers, free text, and whatever is copied from them.';
comment on column private.personal_data.harmless is
'Ids, logins, amounts, instants, states: what tells nothing about a person once the rest is gone.
Of tables about customers, also the keys that the metadata of activities keep.';

-- The staged rows that are about a customer: those that were planned for it, and the refused ones
-- that fit it, of which the keys know.
create function private.import_rows_naming(_organization_id uuid, _customer_id uuid)
returns table (import_id uuid, row_number integer)
language plpgsql
stable
rows 10
set search_path = ''
as $$
declare
    v_customer public.customers;
    v_keys text[];
begin
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = _organization_id and c.id = _customer_id;
    v_keys := array[
        'external_id ' || v_customer.external_id, 'customer_number ' || v_customer.customer_number,
        'tax_id ' || v_customer.tax_id, 'name ' || private.name_key(v_customer.company_name)
    ] || array(
        select p.prefix || lower(k.email)
        from public.customer_contacts as k
        cross join unnest(array['email ', 'contact ']) as p (prefix)
        where k.organization_id = _organization_id and k.customer_id = _customer_id
    );
    return query
    select r.import_id, r.row_number
    from public.customer_import_rows as r
    where r.organization_id = _organization_id and r.customer_id = _customer_id
    union
    select r.import_id, r.row_number
    from public.customer_imports as i
    inner join private.customer_import_keys as k
        on k.organization_id = i.organization_id and k.import_id = i.id and k.key = any(v_keys)
    inner join public.customer_import_rows as r
        on r.organization_id = k.organization_id and r.import_id = k.import_id
        and r.first_row = k.row_number and not r.is_committed
        and r.action = 'reject' and r.customer_id is null and r.is_readable
    where i.organization_id = _organization_id and exists (
        select 1
        from unnest(private.match_import_rows(i, array[r.row_number])) as m
        where _customer_id = any(m.customer_ids)
    );
end;
$$;

insert into private.personal_data
(table_name, entity, found_by, erased_by, personal, harmless)
values
(
    'public.customers', 'customer', 't.id = $2', 'rewriting',
    '{company_name, display_name, external_id, tax_id, website, billing_address, shipping_address,
    settings, tags, portal_subdomain, notes, internal_notes, credit_hold_reason}',
    '{organization_id, id, customer_number, parent_id, tier_id, status, customer_type,
    credit_limit, payment_terms, currency, portal_enabled, credit_hold_until, credit_hold_by,
    deactivated_at, merged_into, erased_at, version, created_at, updated_at, created_by,
    updated_by}'
),
(
    'public.customer_contacts', 'contact', 't.customer_id = $2', 'deleting',
    '{first_name, last_name, email, phone, mobile, notes}',
    '{organization_id, id, customer_id, user_id, role, is_primary, portal_access,
    preferred_contact_method, receives_order_updates, receives_marketing, created_at, updated_at}'
),
(
    -- Goes with its contact.
    'public.portal_invitations', 'portal_invitation',
    't.contact_id in (
        select k.id from public.customer_contacts as k
        where k.organization_id = $1 and k.customer_id = $2
    )', null,
    '{}',
    '{organization_id, id, contact_id, expires_at, accepted_at, accepted_by, revoked_at,
    revoked_by, created_by, created_at}'
),
(
    'private.portal_invitation_tokens', null, null, null,
    '{}', '{organization_id, invitation_id, token_hash}'
),
(
    'public.orders', 'order', 't.customer_id = $2', null,
    '{}',
    '{organization_id, id, customer_id, number, external_id, status, currency, list_amount,
    discount_percentage, total, placed_at, created_at, updated_at}'
),
(
    'public.invoices', 'invoice', 't.customer_id = $2', null,
    '{}',
    '{organization_id, id, customer_id, order_id, number, external_id, status, currency, total,
    issued_at, due_at, paid_at, created_at, updated_at}'
),
(
    'public.customer_stats', 'stats', 't.customer_id = $2', null,
    '{}',
    '{organization_id, customer_id, order_count, revenue, last_order_at, open_order_total,
    uninvoiced_order_total, open_invoice_total, oldest_unpaid_due_on}'
),
(
    'private.credit_alerts', null, 't.customer_id = $2', null,
    '{}', '{organization_id, customer_id}'
),
(
    'private.customer_tallies', null, null, null,
    '{}',
    '{organization_id, status, customer_type, tier_id, currency, is_redirect, customers, revenue,
    open_order_total, open_invoice_total, is_folded}'
),
(
    'public.customer_tier_periods', 'tier_period', 't.customer_id = $2', null,
    '{}', '{organization_id, customer_id, started_at, tier_id, grace_until, request_id}'
),
(
    'public.tier_change_requests', 'tier_change_request', 't.customer_id = $2', 'blanking',
    '{reason, decision_note, impact}',
    '{organization_id, id, customer_id, from_tier_id, to_tier_id, direction, status, requested_by,
    requested_at, decided_by, decided_at, effective_at, grace_until, applied_at, updated_at}'
),
(
    'public.customer_activities', 'activity', 't.customer_id = $2', 'rewriting',
    '{title, description, metadata}',
    '{organization_id, id, customer_id, type, related_type, related_id, occurred_at, created_by,
    created_at}'
),
(
    -- Exported with the activities.
    'public.customer_activities_archive', null, 't.customer_id = $2', 'rewriting',
    '{title, description, metadata}',
    '{organization_id, id, customer_id, type, related_type, related_id, occurred_at, created_by,
    created_at}'
),
(
    'public.customer_import_rows', 'import_row',
    '(t.import_id, t.row_number) in (
        select n.import_id, n.row_number from private.import_rows_naming($1, $2) as n
    )', 'rewriting',
    '{raw, values, changes, staging_errors, staging_warnings, errors, warnings, differences,
    contact_changes}',
    '{organization_id, import_id, row_number, line, is_readable, first_row, action, customer_id,
    customer_version, contacts_created, contacts_updated, contacts_unchanged, tier_change,
    is_committed, undone}'
),
(
    'private.customer_import_keys', null,
    '(t.import_id, t.row_number) in (
        select n.import_id, n.row_number from private.import_rows_naming($1, $2) as n
    )', 'rewriting',
    '{key}', '{organization_id, import_id, row_number}'
),
(
    'private.customer_search', null, 't.customer_id = $2', 'following',
    '{name_key, words, typo_keys, bare_name, match_keys}',
    '{organization_id, customer_id, is_redirect}'
),
(
    'private.portal_subdomains', null, 't.customer_id = $2', 'following',
    '{subdomain}', '{organization_id, customer_id}'
),
(
    'private.customer_erasures', null, 't.customer_id = $2', null,
    '{}', '{organization_id, customer_id, logins, done_to, finished_at}'
),
(
    'private.pricing_changes', null, 't.customer_id = $2', null,
    '{}',
    '{organization_id, id, position, kind, customer_id, tier_id, effective_at, grace_until,
    created_at}'
),
(
    'public.customer_merges', 'merge', 't.target_id = $2', null,
    '{}',
    '{organization_id, id, target_id, source_ids, status, moved, merged_by, merged_at, undone_by,
    undone_at, created_at, updated_at}'
),
(
    'private.customer_merge_customers', null,
    't.merge_id in (
        select m.id from public.customer_merges as m
        where m.organization_id = $1 and (m.target_id = $2 or $2 = any(m.source_ids))
    )', 'deleting',
    '{before, after}', '{organization_id, merge_id, customer_id}'
),
(
    'private.customer_merge_rows', null,
    't.merge_id in (
        select m.id from public.customer_merges as m
        where m.organization_id = $1 and (m.target_id = $2 or $2 = any(m.source_ids))
    )', 'deleting',
    '{before}', '{organization_id, merge_id, kind, row_id, source_id}'
),
-- What follows is about members and their organization.
(
    'public.organizations', null, null, null,
    '{}', '{id, name, settings, created_at, updated_at}'
),
(
    'public.organization_members', null, null, null,
    '{}', '{organization_id, user_id, role, created_at, updated_at}'
),
(
    'public.organization_activities', null, null, null,
    '{title, metadata}', '{organization_id, id, type, created_by, created_at}'
),
(
    'public.member_invitations', null, null, null,
    '{email}',
    '{organization_id, id, role, expires_at, accepted_at, accepted_by, created_by, created_at}'
),
(
    'private.member_invitation_tokens', null, null, null,
    '{}', '{organization_id, invitation_id, token_hash}'
),
(
    'public.customer_tiers', null, null, null,
    '{}',
    '{organization_id, id, name, level, discount_percentage, benefits, requirements, color,
    is_default, created_at, updated_at}'
),
(
    'public.tier_discounts', null, null, null,
    '{}',
    '{organization_id, id, tier_id, discount_percentage, started_at, grace_until, impact,
    created_by}'
),
(
    'public.customer_imports', null, null, null,
    '{file_name}',
    '{organization_id, id, file_sha256, mapping, options, status, row_count, done_count, counts,
    committed_at, reported_at, raw_purged_at, created_by, created_at, updated_at}'
),
(
    'public.customer_filter_presets', null, null, null,
    '{name, query, filters}',
    '{organization_id, id, sort, is_shared, is_default, created_by, created_at, updated_at}'
),
(
    'public.address_formats', null, null, null,
    '{}',
    '{country, name, required, postal_code_pattern, postal_code_example, subdivisions}'
),
(
    'private.maintenance_steps', null, null, null,
    '{}', '{step, status, sqlstate, ran_at, done_at}'
),
(
    'private.personal_data', null, null, null,
    '{}', '{table_name, position, entity, found_by, erased_by, personal, harmless}'
);

revoke all on all functions in schema private from public;
revoke all on private.personal_data from public, anon, authenticated, service_role;
