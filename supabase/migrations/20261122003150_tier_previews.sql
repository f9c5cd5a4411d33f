-- What a change of tier would mean, before anybody asks for it, and what a customer qualifies for.
-- Needs: tier_change_requests, timeline. Provides: preview_tier_change, preview_tier_discount,
-- evaluate_customer_tier.

create function private.find_tier(_organization_id uuid, _tier_id uuid)
returns public.customer_tiers
language plpgsql
stable
set search_path = ''
as $$
declare
    v_tier public.customer_tiers;
begin
    select t.* into v_tier
    from public.customer_tiers as t
    where t.organization_id = _organization_id and t.id = _tier_id;
    if not found then
        perform private.fail(
            'PT404', 'tier_not_found', 'there is no such tier',
            'customer_tiers lists the tiers of the organization.'
        );
    end if;
    return v_tier;
end;
$$;

-- [{"requirement", "required", "actual"}] of what a customer lacks. A year is the last 365 days.
create function private.unmet_requirements(_customer public.customers, _requirements jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_actual jsonb;
begin
    if _requirements = '{}' then
        return '[]'::jsonb;
    end if;
    select jsonb_build_object(
        'min_annual_spend', coalesce(sum(o.total) filter (
            where o.placed_at > now() - interval '365 days'
        ), 0),
        'min_orders', count(*),
        'min_account_age_days', extract(day from now() - _customer.created_at)::integer
    ) into v_actual
    from public.orders as o
    where o.organization_id = _customer.organization_id and o.customer_id = _customer.id
        and o.status <> 'cancelled';
    return coalesce((
        select jsonb_agg(jsonb_build_object(
            'requirement', r.key, 'required', r.value, 'actual', v_actual -> r.key
        ) order by r.key)
        from jsonb_each(_requirements) as r
        where (v_actual ->> r.key)::numeric < (r.value #>> '{}')::numeric
    ), '[]'::jsonb);
end;
$$;

create function private.tier_summary(_tier public.customer_tiers)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _tier.id is null then
        return null;
    end if;
    return jsonb_build_object(
        'id', _tier.id, 'name', _tier.name, 'level', _tier.level,
        'discount_percentage', _tier.discount_percentage
    );
end;
$$;

create function private.tier_change_impact(
    _customer public.customers, _to public.customer_tiers, _effective_at timestamptz
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_policy constant jsonb := private.tier_policy(_customer.organization_id);
    v_from public.customer_tiers;
    v_direction text;
    v_open_orders jsonb;
begin
    select t.* into v_from
    from public.customer_tiers as t
    where t.organization_id = _customer.organization_id and t.id = _customer.tier_id;
    v_direction := private.tier_direction(v_from.level, _to.level);
    select jsonb_build_object(
        'count', count(*),
        'current_total', coalesce(sum(o.total), 0),
        'new_total', coalesce(sum(
            private.discounted(o.list_amount, _to.discount_percentage, o.currency)
        ), 0)
    ) into v_open_orders
    from public.orders as o
    where o.organization_id = _customer.organization_id and o.customer_id = _customer.id
        and o.status = 'open';
    return jsonb_build_object(
        'from', private.tier_summary(v_from),
        'to', private.tier_summary(_to),
        'direction', v_direction,
        'requires_approval', v_policy ->> v_direction = 'approval',
        'effective_at', _effective_at,
        'grace_until', case when v_direction = 'downgrade' then
            _effective_at + make_interval(days => (v_policy ->> 'grace_days')::integer)
        end,
        'open_orders', v_open_orders,
        'unmet', private.unmet_requirements(_customer, _to.requirements)
    );
end;
$$;

comment on function private.tier_change_impact is
'What preview_tier_change answers and a request keeps. new_total is what open orders would come to
without their grace.';

-- Nobody asks for another tier of such a customer, so there is nothing to tell.
create function private.refuse_closed_customer(_customer public.customers)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    if _customer.merged_into is not null then
        perform private.fail_tier_change('customer_merged');
    elsif _customer.erased_at is not null then
        perform private.fail_tier_change('customer_erased');
    end if;
end;
$$;

-- DEFINER, all three, to tell callers that a customer or tier does not exist; roles are
-- checked first.
create function private.preview_tier_change(_customer_id uuid, _tier_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_customer public.customers := private.find_customer(_customer_id, 'viewer');
    v_tier public.customer_tiers;
begin
    perform private.refuse_closed_customer(v_customer);
    v_tier := private.find_tier(v_customer.organization_id, _tier_id);
    -- The tier in force, where the scheduler has not been by yet.
    v_customer.tier_id := private.tier_at(
        v_customer.organization_id, _customer_id, clock_timestamp()
    );
    if v_customer.tier_id = _tier_id then
        perform private.fail_tier_change('tier_unchanged');
    end if;
    return private.tier_change_impact(v_customer, v_tier, clock_timestamp());
end;
$$;

create function private.preview_tier_discount(_tier_id uuid, _discount_percentage numeric)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_tier public.customer_tiers;
begin
    select t.* into v_tier
    from public.customer_tiers as t
    where t.id = _tier_id and (
        private.is_system()
        or t.organization_id = any(array(select private.member_organization_ids()))
    );
    v_tier := private.find_tier(v_tier.organization_id, _tier_id);
    if _discount_percentage is null or not _discount_percentage between 0 and 100 then
        perform private.fail(
            'PT422', 'discount_invalid', 'a discount is a percentage from 0 to 100',
            'Ten percent off is 10.'
        );
    end if;
    return jsonb_build_object(
        'from', v_tier.discount_percentage,
        'to', round(_discount_percentage, 2),
        'grace_until', case when _discount_percentage < v_tier.discount_percentage
            then private.grace_until(v_tier.organization_id, clock_timestamp()) end
    ) || private.tier_discount_impact(
        v_tier.organization_id, _tier_id, round(_discount_percentage, 2)
    );
end;
$$;

create function private.evaluate_customer_tier(_customer_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'manager');
    v_tiers jsonb;
    v_earned jsonb;
    v_current jsonb;
begin
    perform private.refuse_closed_customer(v_customer);
    select jsonb_agg(
        private.tier_summary(t)
        || jsonb_build_object('unmet', private.unmet_requirements(v_customer, t.requirements))
        order by t.level
    ) into v_tiers
    from public.customer_tiers as t
    where t.organization_id = v_customer.organization_id;
    v_earned := jsonb_path_query_first(v_tiers, '$[*] ? (@.unmet.size() == 0)') - 'unmet';
    v_current := jsonb_path_query_first(
        v_tiers, '$[*] ? (@.id == $id)', jsonb_build_object('id', private.tier_at(
            v_customer.organization_id, _customer_id, clock_timestamp()
        ))
    ) - 'unmet';
    return jsonb_build_object(
        'customer_id', _customer_id,
        'current', v_current,
        'earned', v_earned,
        'direction', case when v_earned -> 'id' is distinct from v_current -> 'id' then
            private.tier_direction(
                (v_current ->> 'level')::integer, (v_earned ->> 'level')::integer
            )
        end,
        'tiers', coalesce(v_tiers, '[]')
    );
end;
$$;

create function public.preview_tier_change(customer_id uuid, tier_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.preview_tier_change(preview_tier_change.customer_id, preview_tier_change.tier_id);

comment on function public.preview_tier_change is
'What a change of tier would mean now: {"from", "to": {"id", "name", "level",
"discount_percentage"}, "direction", "requires_approval", "effective_at", "grace_until",
"open_orders": {"count", "current_total", "new_total"}, "unmet": [{"requirement", "required",
"actual"}]}. Money in the customer''s currency. For viewers. Raises PT404 customer_not_found,
tier_not_found, PT409 customer_merged, customer_erased, tier_unchanged.';

create function public.preview_tier_discount(tier_id uuid, discount_percentage numeric)
returns jsonb
language sql
stable
set search_path = ''
return private.preview_tier_discount(
    preview_tier_discount.tier_id, preview_tier_discount.discount_percentage
);

comment on function public.preview_tier_discount is
'What another discount of a tier would mean now: {"from", "to", "grace_until", "customers",
"open_orders": [{"currency", "count", "current_total", "new_total"}]}. For viewers. Raises PT404
tier_not_found, PT422 discount_invalid.';

create function public.evaluate_customer_tier(customer_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.evaluate_customer_tier(evaluate_customer_tier.customer_id);

comment on function public.evaluate_customer_tier is
'Which tier a customer has earned by the requirements: {"customer_id", "current", "earned" (the
highest tier of which nothing is unmet), "direction" (null: as it is), "tiers": [{…, "unmet"}]}.
Changes nothing: request_tier_change does. For managers. Raises PT404 customer_not_found, PT409
customer_merged, customer_erased, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.preview_tier_change from public, anon, authenticated, service_role;
revoke all on function public.preview_tier_discount from public, anon, authenticated, service_role;
revoke all on function public.evaluate_customer_tier
from public, anon, authenticated, service_role;
grant execute on function private.preview_tier_change to authenticated, service_role;
grant execute on function private.preview_tier_discount to authenticated, service_role;
grant execute on function private.evaluate_customer_tier to authenticated, service_role;
grant execute on function public.preview_tier_change to authenticated, service_role;
grant execute on function public.preview_tier_discount to authenticated, service_role;
grant execute on function public.evaluate_customer_tier to authenticated, service_role;
