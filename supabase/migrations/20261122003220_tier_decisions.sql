-- Deciding requests for another tier: four eyes, and each request once.
-- Needs: tier_requests. Provides: approve_tier_change, reject_tier_change, cancel_tier_change.

-- The request, its customer locked, for a caller with at least this role.
create function private.find_tier_request(_request_id uuid, _role text)
returns public.tier_change_requests
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_request public.tier_change_requests;
begin
    select r.* into v_request
    from public.tier_change_requests as r
    where r.id = _request_id and (
        private.is_system()
        or r.organization_id = any(array(select private.member_organization_ids()))
    );
    if not found then
        perform private.fail(
            'PT404', 'tier_change_not_found', 'there is no such request',
            'tier_change_requests lists the requests that you may see.'
        );
    end if;
    perform private.require_role(v_request.organization_id, _role);
    perform private.lock_for_tier_changes(
        v_request.organization_id, array[v_request.customer_id]
    );
    select r.* into v_request
    from public.tier_change_requests as r
    where r.organization_id = v_request.organization_id and r.id = _request_id;
    return v_request;
end;
$$;

create function private.fail_closed_tier_change(_status text)
returns void
language sql
set search_path = ''
return private.fail(
    'PT409', 'tier_change_closed', format('this request is %s already', _status),
    'Read it again: somebody may have been faster. Ask anew if the tier should still change.'
);

create function private.decide_tier_change(_request_id uuid, _status text, _note text)
returns public.tier_change_requests
language plpgsql
set search_path = ''
as $$
declare
    v_request public.tier_change_requests
    := private.find_tier_request(_request_id, 'manager');
    v_now constant timestamptz := clock_timestamp();
begin
    if v_request.status <> 'pending' then
        perform private.fail_closed_tier_change(v_request.status);
    elsif v_request.requested_by = auth.uid()
        and private.tier_policy(v_request.organization_id) -> 'allow_self_approval' <> 'true'
    then
        perform private.fail(
            '42501', 'own_request', 'nobody decides a request of their own',
            'Ask another manager, or withdraw it with cancel_tier_change.'
        );
    elsif length(_note) > 2000 then
        perform private.fail(
            'PT422', 'note_too_long', 'a note has at most 2,000 characters',
            'Shorten it; the description of log_activity takes longer texts.'
        );
    end if;
    update public.tier_change_requests as r
    set status = _status,
        decided_by = auth.uid(),
        decided_at = v_now,
        decision_note = nullif(btrim(_note), ''),
        effective_at = greatest(r.effective_at, v_now),
        grace_until = case when r.direction = 'downgrade' then
            private.grace_until(r.organization_id, greatest(r.effective_at, v_now))
        end
    where r.organization_id = v_request.organization_id and r.id = _request_id
    returning r.* into v_request;
    return v_request;
end;
$$;

-- DEFINER, all three, because requests are written by functions alone.
create function private.approve_tier_change(_request_id uuid, _note text)
returns public.tier_change_requests
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_request public.tier_change_requests
    := private.decide_tier_change(_request_id, 'approved', _note);
begin
    perform private.begin_requested_periods(v_request.organization_id, array[_request_id]);
    perform private.apply_tier_changes(v_request.organization_id, array[_request_id]);
    select r.* into v_request
    from public.tier_change_requests as r
    where r.organization_id = v_request.organization_id and r.id = _request_id;
    return v_request;
end;
$$;

create function private.reject_tier_change(_request_id uuid, _note text)
returns public.tier_change_requests
language sql
security definer
set search_path = ''
return private.decide_tier_change(_request_id, 'rejected', _note);

-- Of an open request whose customer is locked. One that is due has been applied by that lock.
create function private.withdraw_tier_change(
    _request public.tier_change_requests, _note text default null
)
returns public.tier_change_requests
language plpgsql
set search_path = ''
as $$
declare
    v_request public.tier_change_requests;
begin
    with ended as (
        delete from public.customer_tier_periods as p
        where p.organization_id = _request.organization_id
            and p.customer_id = _request.customer_id and p.request_id = _request.id
        returning p.*
    )

    insert into private.pricing_changes
    (organization_id, kind, customer_id, tier_id, effective_at)
    select e.organization_id, 'tier_cancelled', e.customer_id, e.tier_id, e.started_at
    from ended as e;

    update public.tier_change_requests as r
    set status = 'cancelled', decided_by = auth.uid(), decided_at = clock_timestamp(),
        decision_note = coalesce(_note, r.decision_note)
    where r.organization_id = _request.organization_id and r.id = _request.id
    returning r.* into v_request;
    return v_request;
end;
$$;

create function private.cancel_tier_change(_request_id uuid)
returns public.tier_change_requests
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_request constant public.tier_change_requests
    := private.find_tier_request(_request_id, 'member');
begin
    if v_request.requested_by is distinct from auth.uid() then
        perform private.require_role(v_request.organization_id, 'manager');
    end if;
    if v_request.status not in ('pending', 'approved') then
        perform private.fail_closed_tier_change(v_request.status);
    end if;
    return private.withdraw_tier_change(v_request);
end;
$$;

create function public.approve_tier_change(request_id uuid, note text default null)
returns public.tier_change_requests
language sql
set search_path = ''
return private.approve_tier_change(approve_tier_change.request_id, approve_tier_change.note);

comment on function public.approve_tier_change is
'Approves a pending request, and applies it if it is due; returns the request. A date that has
passed becomes now. For managers, and not for who asked unless the policy allows it. Raises PT404
tier_change_not_found, PT409 tier_change_closed, PT422 note_too_long, 42501 own_request,
role_required.';

create function public.reject_tier_change(request_id uuid, note text default null)
returns public.tier_change_requests
language sql
set search_path = ''
return private.reject_tier_change(reject_tier_change.request_id, reject_tier_change.note);

comment on function public.reject_tier_change is
'Rejects a pending request; returns it. For managers, and not for who asked unless the policy allows
it. Raises PT404 tier_change_not_found, PT409 tier_change_closed, PT422 note_too_long, 42501
own_request, role_required.';

create function public.cancel_tier_change(request_id uuid)
returns public.tier_change_requests
language sql
set search_path = ''
return private.cancel_tier_change(cancel_tier_change.request_id);

comment on function public.cancel_tier_change is
'Withdraws a request that is pending, or approved for a date that has not come; returns it. For who
asked, and for managers. Raises PT404 tier_change_not_found, PT409 tier_change_closed, 42501
role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.approve_tier_change from public, anon, authenticated, service_role;
revoke all on function public.reject_tier_change from public, anon, authenticated, service_role;
revoke all on function public.cancel_tier_change from public, anon, authenticated, service_role;
grant execute on function private.approve_tier_change to authenticated, service_role;
grant execute on function private.reject_tier_change to authenticated, service_role;
grant execute on function private.cancel_tier_change to authenticated, service_role;
grant execute on function public.approve_tier_change to authenticated, service_role;
grant execute on function public.reject_tier_change to authenticated, service_role;
grant execute on function public.cancel_tier_change to authenticated, service_role;
