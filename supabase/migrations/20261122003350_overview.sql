-- Everything that the page of a customer shows, in one call.
-- Needs: credit, timeline, tier_change_requests. Provides: customer_overview.
--
-- A handful of queries, each of which walks an index of the customer's own rows and stops early:
-- what a customer costs to show does not depend on how large its organization is.

-- Instants, not days of a calendar: 30 times 24 hours, so that no change of the clock shifts them.
create function private.overview_stats(_stats public.customer_stats)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_middle constant timestamptz := now() - interval '720 hours';
    v_start constant timestamptz := now() - interval '1440 hours';
begin
    return to_jsonb(_stats) - array['organization_id', 'customer_id'] || (
        select jsonb_build_object(
            'last_30_days', jsonb_build_object(
                'orders', count(*) filter (where o.placed_at > v_middle),
                'revenue', coalesce(sum(o.total) filter (where o.placed_at > v_middle), 0)
            ),
            'previous_30_days', jsonb_build_object(
                'orders', count(*) filter (where o.placed_at <= v_middle),
                'revenue', coalesce(sum(o.total) filter (where o.placed_at <= v_middle), 0)
            )
        )
        from public.orders as o
        where o.organization_id = _stats.organization_id and o.customer_id = _stats.customer_id
            and o.placed_at > v_start and o.placed_at <= now() and o.status <> 'cancelled'
    ) || (
        -- Due on a day that is over in UTC, as the filter has_overdue has it.
        select jsonb_build_object('overdue_total', coalesce(sum(i.total), 0))
        from public.invoices as i
        where i.organization_id = _stats.organization_id and i.customer_id = _stats.customer_id
            and i.status = 'open' and i.due_at < date_trunc('day', now(), 'UTC')
    );
end;
$$;

create function private.overview_change(_request public.tier_change_requests)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    if _request.id is null then
        return null;
    end if;
    return to_jsonb(_request) - array['organization_id', 'customer_id'] || jsonb_build_object(
        'from_tier_name', (
            select t.name
            from public.customer_tiers as t
            where t.organization_id = _request.organization_id and t.id = _request.from_tier_id
        ),
        'to_tier_name', (
            select t.name
            from public.customer_tiers as t
            where t.organization_id = _request.organization_id and t.id = _request.to_tier_id
        )
    );
end;
$$;

create function private.overview_orders(_organization_id uuid, _customer_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return coalesce((
        select jsonb_agg(
            to_jsonb(o) - array['organization_id', 'customer_id'] order by o.placed_at desc, o.id
        )
        from (
            select r.*
            from public.orders as r
            where r.organization_id = _organization_id and r.customer_id = _customer_id
            order by r.placed_at desc, r.id
            limit 10
        ) as o
    ), '[]');
end;
$$;

create function private.overview_invoices(_organization_id uuid, _customer_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return coalesce((
        select jsonb_agg(
            to_jsonb(i) - array['organization_id', 'customer_id'] order by i.due_at, i.id
        )
        from (
            select r.*
            from public.invoices as r
            where r.organization_id = _organization_id and r.customer_id = _customer_id
                and r.status = 'open'
            order by r.due_at, r.id
            limit 10
        ) as i
    ), '[]');
end;
$$;

-- The customer with everything below it, an entry for each currency. Laterals with OFFSET stay what
-- they are: as plain joins, the planner would guess a large group and read the whole organization.
create function private.group_totals(_organization_id uuid, _customer_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        with recursive subtree as (
            select _customer_id as id
            -- Without ALL, what was seen before ends a circle.
            union
            select c.id
            from subtree as g
            cross join lateral (
                select k.id
                from public.customers as k
                where k.organization_id = _organization_id and k.parent_id = g.id
                offset 0
            ) as c
        )
        select coalesce(jsonb_agg(to_jsonb(t) order by t.currency), '[]')
        from (
            select m.currency, count(*) as customers, sum(m.order_count) as order_count,
                sum(m.revenue) as revenue, sum(m.open_order_total) as open_order_total,
                sum(m.open_invoice_total) as open_invoice_total
            from subtree as g
            cross join lateral (
                select c.currency, s.*
                from public.customers as c
                inner join public.customer_stats as s
                    on s.organization_id = c.organization_id and s.customer_id = c.id
                where c.organization_id = _organization_id and c.id = g.id
                    and s.organization_id = _organization_id and s.customer_id = g.id
                    and c.merged_into is null
                offset 0
            ) as m
            group by m.currency
        ) as t
    );
end;
$$;

create function private.overview_group(_customer public.customers)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_children constant bigint := (
        select count(*)
        from public.customers as c
        where c.organization_id = _customer.organization_id and c.parent_id = _customer.id
            and c.merged_into is null
    );
begin
    if _customer.parent_id is null and v_children = 0 then
        return null;
    end if;
    return jsonb_build_object(
        'parent', (
            select jsonb_build_object(
                'id', p.id, 'customer_number', p.customer_number, 'company_name', p.company_name
            )
            from public.customers as p
            where p.organization_id = _customer.organization_id and p.id = _customer.parent_id
        ),
        'children_count', v_children,
        'totals', private.group_totals(_customer.organization_id, _customer.id)
    );
end;
$$;

-- What a page offers. It saves people from refusals and is no guard: each function asks again.
create function private.overview_permissions(
    _customer public.customers, _request public.tier_change_requests
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_rank constant integer := private.role_rank(case
        when private.is_system() then 'owner'
        else private.member_role(_customer.organization_id)
    end);
    -- A redirect is changed by undoing its merge alone, and what was erased by nobody.
    v_is_live constant boolean := _customer.merged_into is null and _customer.erased_at is null;
    v_is_member constant boolean := v_rank >= private.role_rank('member');
    v_is_manager constant boolean := v_rank >= private.role_rank('manager');
    v_is_admin constant boolean := v_rank >= private.role_rank('admin');
begin
    return jsonb_build_object(
        'edit', v_is_live and v_is_member,
        'request_tier_change', v_is_live and v_is_member and _request.id is null,
        'decide_tier_change', v_is_manager and _request.status is not distinct from 'pending' and (
            (_request.requested_by = auth.uid()) is not true
            or private.tier_policy(_customer.organization_id) -> 'allow_self_approval' = 'true'
        ),
        'change_status', v_is_live and v_is_manager,
        'set_credit_hold', v_is_live and v_is_admin,
        'edit_credit', v_is_live and v_is_admin,
        'manage_portal', v_is_live and v_is_manager,
        'merge', v_is_live and v_is_manager,
        'export_data', v_is_manager,
        -- Again as well: the first call may leave old activities to the next.
        'erase', _customer.merged_into is null and v_rank >= private.role_rank('owner')
    );
end;
$$;

-- DEFINER because membership is checked once, and every query then goes straight to its index.
create function private.customer_overview(_customer_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'viewer');
    v_organization_id constant uuid := v_customer.organization_id;
    v_stats public.customer_stats;
    v_request public.tier_change_requests;
    v_tier jsonb;
    v_contacts jsonb;
begin
    select s.* into v_stats
    from public.customer_stats as s
    where s.organization_id = v_organization_id and s.customer_id = _customer_id;
    select r.* into v_request
    from public.tier_change_requests as r
    where r.organization_id = v_organization_id and r.customer_id = _customer_id
        and r.status in ('pending', 'approved');
    select to_jsonb(t) - 'organization_id' into v_tier
    from public.customer_tiers as t
    where t.organization_id = v_organization_id
        and t.id = private.tier_at(v_organization_id, _customer_id, clock_timestamp());
    select jsonb_build_object(
        'contact_count', count(*),
        'primary_contact', (
            jsonb_agg(to_jsonb(k) - array['organization_id', 'customer_id'])
            filter (where k.is_primary)
        ) -> 0
    ) into v_contacts
    from public.customer_contacts as k
    where k.organization_id = v_organization_id and k.customer_id = _customer_id;
    return v_contacts || jsonb_build_object(
        'customer', to_jsonb(v_customer),
        'tier', v_tier,
        'pending_change', private.overview_change(v_request),
        'stats', private.overview_stats(v_stats),
        'account_age_days', extract(day from now() - v_customer.created_at)::integer,
        'credit', private.customer_credit(v_customer, v_stats),
        'recent_orders', private.overview_orders(v_organization_id, _customer_id),
        'open_invoices', private.overview_invoices(v_organization_id, _customer_id),
        'last_activities', private.overview_activities(_customer_id),
        'group', private.overview_group(v_customer),
        'permissions', private.overview_permissions(v_customer, v_request)
    );
end;
$$;

create function private.overview_activities(_customer_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return coalesce((
        select jsonb_agg(to_jsonb(a) - 'organization_id')
        from private.customer_timeline(
            _customer_id, null, null, null, null, null, 10, false
        ) as a
    ), '[]');
end;
$$;

create function public.customer_overview(customer_id uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.customer_overview(customer_overview.customer_id);

comment on function public.customer_overview is
'The page of a customer: {"customer", "tier", "pending_change", "primary_contact", "contact_count",
"stats", "account_age_days", "credit", "recent_orders", "open_invoices", "last_activities", "group",
"permissions"}. tier: the one in force, which customer.tier_id follows when maintenance has run.
pending_change: the open tier_change_request. stats: the columns of customer_stats, last_30_days and
previous_30_days as {"orders", "revenue"}, overdue_total. credit: {"limit", "used", "available",
"status", "hold"}. Ten each of recent orders, of open invoices, those due first first, and of
activities as customer_timeline has them. group: null, or the parent, how many children, and what
the customer and all below it come to in each currency. permissions: what the caller may do now.
Money is in the customer''s currency. For viewers. Raises PT404 customer_not_found.';

revoke all on all functions in schema private from public;
revoke all on function public.customer_overview from public, anon, authenticated, service_role;
grant execute on function private.customer_overview to authenticated, service_role;
grant execute on function public.customer_overview to authenticated, service_role;
