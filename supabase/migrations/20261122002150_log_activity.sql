-- Adding to the timeline by hand.
-- Needs: timeline. Provides: private.system_activity_types, log_activity.

create function private.system_activity_types()
returns text[]
language sql
immutable
set search_path = ''
return array[
    'customer_created', 'customer_updated', 'status_changed', 'settings_changed',
    'tier_change_requested', 'tier_change_approved', 'tier_change_rejected',
    'tier_change_cancelled', 'tier_changed', 'tier_discount_changed',
    'contact_added', 'contact_updated', 'contact_removed', 'contact_role_changed',
    'order_placed', 'order_status_changed', 'order_updated', 'order_removed',
    'invoice_issued', 'invoice_paid', 'invoice_updated', 'invoice_removed',
    'credit_hold_set', 'credit_hold_released', 'portal_invited', 'portal_accepted',
    'portal_revoked', 'imported', 'merged', 'merge_undone', 'erased'
];

comment on function private.system_activity_types is
'What triggers and functions record themselves, and log_activity therefore refuses.';

create function private.refuse_activity(
    _type text, _title text, _description text, _metadata jsonb, _related_type text,
    _occurred_at timestamptz
)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if coalesce(_type, '') !~ '^[a-z][a-z0-9_]*$' or length(_type) > 100 then
        perform private.fail(
            'PT422', 'type_invalid', 'an activity''s type is lower-case letters, digits and _',
            'note, call, email, meeting and payment are known; any other is yours.'
        );
    elsif _type = any(private.system_activity_types()) then
        perform private.fail(
            'PT422', 'type_reserved', format('%s is recorded by the system alone', _type),
            'Choose a type of your own.'
        );
    elsif private.has_text(_title) is not true or length(_title) > 1000 then
        perform private.fail(
            'PT422', 'title_required', 'an activity needs a title of at most 1,000 characters',
            'Say in a few words what happened; the rest belongs into description.'
        );
    elsif not isfinite(_occurred_at) then
        perform private.fail(
            'PT422', 'occurred_at_invalid', 'occurred_at must be an instant',
            'Leave it out for what happened now.'
        );
    elsif jsonb_typeof(coalesce(_metadata, '{}')) <> 'object' then
        perform private.fail(
            'PT422', 'not_an_object', 'metadata must be a JSON object',
            'Put a list or a single value under a key of your own.'
        );
    elsif length(_description) > 20000 then
        perform private.fail(
            'PT422', 'description_too_long', 'a description has at most 20,000 characters',
            'Keep the whole elsewhere, and its place in metadata.'
        );
    elsif length(_related_type) > 100 then
        perform private.fail(
            'PT422', 'related_type_too_long', 'a related_type has at most 100 characters',
            'It names a kind, such as order or ticket; related_id says which one.'
        );
    end if;
end;
$$;

-- DEFINER because activities are written by nobody directly.
create function private.log_activity(
    _customer_id uuid, _type text, _title text, _description text, _metadata jsonb,
    _related_type text, _related_id uuid, _occurred_at timestamptz
)
returns public.customer_activities
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'member');
    v_activity public.customer_activities;
begin
    if v_customer.merged_into is not null then
        perform private.fail_merged();
    end if;
    perform private.refuse_activity(
        _type, _title, _description, _metadata, _related_type, _occurred_at
    );
    insert into public.customer_activities (
        organization_id, customer_id, type, title, description, metadata, related_type,
        related_id, occurred_at, created_by
    )
    values (
        v_customer.organization_id, _customer_id, _type, btrim(_title), nullif(_description, ''),
        coalesce(_metadata, '{}'), _related_type, _related_id, coalesce(_occurred_at, now()),
        auth.uid()
    ) returning * into v_activity;
    perform private.refuse_erased(v_customer.organization_id, _customer_id);
    return v_activity;
end;
$$;

create function public.log_activity(
    customer_id uuid,
    type text,
    title text,
    description text default null,
    metadata jsonb default '{}',
    related_type text default null,
    related_id uuid default null,
    occurred_at timestamptz default null
)
returns public.customer_activities
language sql
set search_path = ''
return private.log_activity(
    log_activity.customer_id, log_activity.type, log_activity.title, log_activity.description,
    log_activity.metadata, log_activity.related_type, log_activity.related_id,
    log_activity.occurred_at
);

comment on function public.log_activity is
'Adds an activity to a customer''s timeline. type: note, call, email, meeting, payment or one of
your own (^[a-z][a-z0-9_]*$). occurred_at: when it happened, default now. title: up to 1,000
characters, description 20,000, related_type 100. Returns the activity. For members. Raises PT422
type_invalid, type_reserved, title_required, occurred_at_invalid, not_an_object,
description_too_long, related_type_too_long, PT404 customer_not_found, PT409 customer_merged,
customer_erased, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.log_activity from public, anon, authenticated, service_role;
grant execute on function private.log_activity to authenticated, service_role;
grant execute on function public.log_activity to authenticated, service_role;
