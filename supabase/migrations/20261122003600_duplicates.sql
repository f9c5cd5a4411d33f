-- Customers that may be one company, found by what they share.
-- Needs: match_keys, search_index. Provides: find_duplicate_customers.
--
-- Nothing is compared with everything: a pair shares a key at least. A key that very many share
-- (more than 50 customers, 20 for a part of a name) is no evidence and is left out, so that the
-- number of pairs grows with the number of customers.

create type public.duplicate_row as (
    customer_id uuid,
    other_id uuid,
    similarity numeric,
    reasons text [],
    cursor text
);

comment on type public.duplicate_row is
'A row of find_duplicate_customers: two customers that may be one company, and why.';

create function private.duplicate_candidates(
    _organization_id uuid, _after_customer_id uuid, _after_other_id uuid
)
returns table (customer_id uuid, other_id uuid, kinds integer, name text, other_name text)
language sql
stable
set search_path = ''
begin atomic
    with keys as materialized (
        select w.customer_id, w.bare_name, k.key
        from private.customer_search as w
        inner join public.customers as c
            on w.organization_id = c.organization_id and w.customer_id = c.id
            and c.merged_into is null and c.erased_at is null
        cross join lateral unnest(w.match_keys) as k (key)
        where w.organization_id = _organization_id
    ),

    shared as materialized (
        select k.customer_id, k.bare_name, k.key
        from keys as k
        inner join (
            select n.key
            from keys as n
            group by n.key
            having count(*) between 2 and case when n.key & 7 = 5 then 20 else 50 end
        ) as s on k.key = s.key
    )

    select
        a.customer_id,
        b.customer_id as other_id,
        bit_or(1 << (a.key & 7)::integer) as kinds,
        min(a.bare_name) as name,
        min(b.bare_name) as other_name
    from shared as a
    inner join shared as b on a.key = b.key and a.customer_id < b.customer_id
    where _after_customer_id is null
        or (a.customer_id, b.customer_id) > (_after_customer_id, _after_other_id)
    group by a.customer_id, b.customer_id;
end;

comment on function private.duplicate_candidates is
'Pairs that share a key, with the kinds of keys as bits: 2 tax id, 4 domain, 8 phone,
16 name, 32 part of a name.';

-- What speaks for a pair, weighed: similarity is the chance that not all of it is accident. In a
-- group, companies share domains and phones without being the same.
create function private.weigh_duplicates(
    _organization_id uuid, _customer_id uuid, _other_id uuid, _kinds integer, _name real,
    out similarity numeric, out reasons text[]
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_in_group boolean;
    v_currency_differs boolean;
begin
    select
        coalesce(a.parent_id = b.id or b.parent_id = a.id or a.parent_id = b.parent_id, false),
        a.currency <> b.currency
    into v_in_group, v_currency_differs
    from public.customers as a
    inner join public.customers as b on b.organization_id = a.organization_id
    where a.organization_id = _organization_id and a.id = _customer_id and b.id = _other_id;

    select round(1 - exp(sum(ln(1 - e.weight))), 3),
        array_agg(e.reason order by e.weight desc)
    into similarity, reasons
    from (
        values ('tax_id', 0.95, _kinds & 2 > 0),
        ('phone', 0.65, _kinds & 8 > 0 and not v_in_group),
        ('domain', 0.6, _kinds & 4 > 0 and not v_in_group),
        ('name', 0.9 * _name::numeric, _name >= 0.7)
    ) as e (reason, weight, holds)
    where e.holds;
    if v_currency_differs then
        reasons := reasons || array['currency_differs'];
    end if;
end;
$$;

-- DEFINER because search keys are read by functions alone; membership is checked first.
create function private.find_duplicate_customers(
    _organization_id uuid, _min_similarity numeric, _page_size integer, _cursor text
)
returns setof public.duplicate_row
language plpgsql
stable
security definer
set search_path = ''
set work_mem = '64MB'
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'manager');
    v_limit constant integer := private.page_limit(_page_size);
    v_after constant jsonb := private.decode_cursor(_cursor, 'duplicates');
begin
    if _min_similarity is null or _min_similarity not between 0 and 1 then
        perform private.fail(
            'PT422', 'similarity_invalid', 'min_similarity must be between 0 and 1',
            'Leave it out for 0.6.'
        );
    elsif v_after is not null and private.is_uuid(v_after ->> 1) is not true then
        perform private.fail_cursor();
    end if;
    -- One candidate after the other, in order (hence each OFFSET 0), until the page is full. Most
    -- have parts of names in common and no more: these go before anything else is looked at.
    return query
    select w.customer_id, w.other_id, (w.found).similarity, (w.found).reasons,
        private.encode_cursor('duplicates', w.customer_id::text, w.other_id)
    from (
        select n.customer_id, n.other_id, private.weigh_duplicates(
            v_organization_id, n.customer_id, n.other_id, n.kinds, n.similarity
        ) as found
        from (
            select p.customer_id, p.other_id, p.kinds, case
                when p.kinds & 16 > 0 then 1 else private.name_similarity(p.name, p.other_name)
            end as similarity
            from (
                select d.*
                from private.duplicate_candidates(
                    v_organization_id, (v_after ->> 1)::uuid, (v_after ->> 2)::uuid
                ) as d
                order by d.customer_id, d.other_id
                offset 0
            ) as p
            order by p.customer_id, p.other_id
            offset 0
        ) as n
        where n.kinds & 14 > 0 or n.similarity >= greatest(0.7, _min_similarity / 0.9)
        order by n.customer_id, n.other_id
        offset 0
    ) as w
    where (w.found).similarity >= _min_similarity
    order by w.customer_id, w.other_id
    limit v_limit;
end;
$$;

create function public.find_duplicate_customers(
    organization_id uuid default null,
    min_similarity numeric default 0.6,
    page_size integer default 50,
    cursor text default null
)
returns setof public.duplicate_row
language sql
stable
rows 50
set search_path = ''
begin atomic
    select *
    from private.find_duplicate_customers(
        find_duplicate_customers.organization_id, find_duplicate_customers.min_similarity,
        find_duplicate_customers.page_size, find_duplicate_customers.cursor
    );
end;

comment on function public.find_duplicate_customers is
'Pairs of customers that may be one company, each once, those of one customer together. similarity
is 0 to 1; reasons are tax_id, phone, domain (of website and e-mail addresses; free mail providers
left out) and name (without accents, case and legal forms, or nearly so), the strongest first, and
currency_differs where the two cannot be merged as they are. Merged and erased customers are left
out, and what more than 50 customers share is no evidence. page_size: 1 to 200. Pass the last row''s
cursor on for the next page. For managers. Raises PT422 similarity_invalid, cursor_invalid,
page_size_invalid, organization_required, PT404 organization_not_found, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.find_duplicate_customers
from public, anon, authenticated, service_role;
grant execute on function private.find_duplicate_customers to authenticated, service_role;
grant execute on function public.find_duplicate_customers to authenticated, service_role;
