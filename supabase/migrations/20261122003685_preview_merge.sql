-- What a merge would do, without doing it.
-- Needs: merge_checks, merge_fields. Provides: preview_merge.

-- What would move from one source, and what it is worth. Money in the customers' currency.
create function private.merge_source_preview(_source public.customers)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'id', _source.id,
        'company_name', _source.company_name,
        'customer_number', _source.customer_number,
        'status', _source.status,
        'contacts', (
            select count(*) from public.customer_contacts as k
            where k.organization_id = _source.organization_id and k.customer_id = _source.id
        ),
        'logins', (
            select count(*) from public.customer_contacts as k
            where k.organization_id = _source.organization_id and k.customer_id = _source.id
                and k.user_id is not null
        ),
        'orders', (
            select count(*) from public.orders as o
            where o.organization_id = _source.organization_id and o.customer_id = _source.id
        ),
        'invoices', (
            select count(*) from public.invoices as i
            where i.organization_id = _source.organization_id and i.customer_id = _source.id
        ),
        'requests', (
            select count(*) from public.tier_change_requests as r
            where r.organization_id = _source.organization_id and r.customer_id = _source.id
        ),
        'presets', (
            select count(*) from public.customer_filter_presets as p
            where p.organization_id = _source.organization_id
                and p.filters::text ~* _source.id::text
        ),
        'children', (
            select count(*) from public.customers as c
            where c.organization_id = _source.organization_id and c.parent_id = _source.id
        ),
        'revenue', s.revenue,
        'open_order_total', s.open_order_total,
        'open_invoice_total', s.open_invoice_total
    )
    from public.customer_stats as s
    where s.organization_id = _source.organization_id and s.customer_id = _source.id;
end;

-- Where the two disagree: what the target keeps, and what stays with the redirect.
create function private.merge_conflicts(_target public.customers, _sources public.customers[])
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select coalesce(jsonb_agg(jsonb_build_object(
        'field', f.field,
        'target', to_jsonb(_target) -> f.field,
        'source_id', s.id,
        'source', to_jsonb(s) -> f.field,
        'decision', f.decision
    ) order by f.field, array_position(_sources, s)), '[]')
    from unnest(_sources) as s
    cross join (
        values ('company_name', 'target'), ('display_name', 'target'), ('tax_id', 'target'),
        ('website', 'target'), ('billing_address', 'target'), ('shipping_address', 'target'),
        ('customer_type', 'target'), ('tier_id', 'target'), ('credit_limit', 'target'),
        ('payment_terms', 'target'), ('status', 'target'), ('parent_id', 'target'),
        ('settings', 'target'), ('portal_subdomain', 'redirect'), ('external_id', 'redirect'),
        ('customer_number', 'redirect'), ('tags', 'united'), ('notes', 'appended'),
        ('internal_notes', 'appended'), ('credit_hold_reason', 'appended')
    ) as f (field, decision)
    where to_jsonb(_target) -> f.field is distinct from to_jsonb(s) -> f.field
        and coalesce(to_jsonb(s) ->> f.field, '{}') not in ('{}', '[]')
        and (
            coalesce(to_jsonb(_target) ->> f.field, '{}') not in ('{}', '[]')
            or f.field in ('tier_id', 'credit_limit', 'external_id')
        );
end;

create function private.merge_credit_preview(
    _target public.customers, _sources public.customers[]
)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'limit', _target.credit_limit,
        'used', sum(s.uninvoiced_order_total + s.open_invoice_total)
            filter (where s.customer_id = _target.id),
        'used_by_sources', sum(s.uninvoiced_order_total + s.open_invoice_total)
            filter (where s.customer_id <> _target.id),
        'used_after', sum(s.uninvoiced_order_total + s.open_invoice_total),
        'source_limits', (
            select jsonb_object_agg(c.id, c.credit_limit) from unnest(_sources) as c
        )
    )
    from public.customer_stats as s
    where s.organization_id = _target.organization_id and (
        s.customer_id = _target.id or s.customer_id in (select c.id from unnest(_sources) as c)
    );
end;

-- Null, or what merge_customers would raise.
create function private.merge_refusal(_target public.customers, _sources public.customers[])
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_slug text;
    v_message text;
    v_hint text;
begin
    perform private.refuse_unfinished_merge(
        _target.organization_id, array[_target.id] || array(select s.id from unnest(_sources) as s)
    );
    perform private.refuse_merge(_target, _sources);
    return null;
exception when sqlstate 'PT409' then
    get stacked diagnostics
        v_slug = pg_exception_detail, v_message = message_text, v_hint = pg_exception_hint;
    return jsonb_build_object('slug', v_slug, 'message', v_message, 'hint', v_hint);
end;
$$;

-- DEFINER because it counts presets that are not the caller's.
create function private.preview_merge(_target_id uuid, _source_ids uuid[])
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_target constant public.customers := private.check_merge_ids(_target_id, _source_ids);
    v_sources constant public.customers[] := private.merge_sources(
        v_target.organization_id, _source_ids
    );
begin
    return jsonb_build_object(
        'target', private.merge_source_preview(v_target),
        'sources', array(
            select private.merge_source_preview(s)
            from unnest(v_sources) as s
            order by array_position(_source_ids, s.id)
        ),
        'fields', private.changes(
            to_jsonb(v_target), to_jsonb(private.merged_customer(v_target, v_sources)), '{}'
        ),
        'conflicts', private.merge_conflicts(v_target, v_sources),
        'credit', private.merge_credit_preview(v_target, v_sources),
        'refusal', private.merge_refusal(v_target, v_sources)
    );
end;
$$;

create function public.preview_merge(target_id uuid, source_ids uuid[])
returns jsonb
language sql
stable
set search_path = ''
return private.preview_merge(preview_merge.target_id, preview_merge.source_ids);

comment on function public.preview_merge is
'What merge_customers would do: {"target", "sources": [what each has: "contacts", "logins",
"orders", "invoices", "requests", "presets", "children", "revenue", "open_order_total",
"open_invoice_total"], "fields": {field: {"from", "to"}} of the target, "conflicts": [{"field",
"target", "source_id", "source", "decision": target, united, appended or redirect}], "credit":
{"limit", "used", "used_by_sources", "used_after", "source_limits"}, "refusal": null, or {"slug",
"message", "hint"}}. Money in the customers'' currency. For managers. Raises PT404
customer_not_found, PT422 source_ids_invalid, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.preview_merge from public, anon, authenticated, service_role;
grant execute on function private.preview_merge to authenticated, service_role;
grant execute on function public.preview_merge to authenticated, service_role;
