-- What search and sorting by name read: one row per customer, kept by triggers.
-- Needs: match_keys. Provides: private.customer_search.
--
-- Of its own, not columns of customers: nobody should see it, and a change of a contact would
-- raise its customer's version.

create table private.customer_search (
    organization_id uuid not null,
    customer_id uuid not null,
    name_key text not null,
    words text not null,
    typo_keys integer[] not null,
    is_redirect boolean not null,
    bare_name text not null,
    match_keys bigint[] not null,

    constraint customer_search_pkey primary key (organization_id, customer_id),
    constraint customer_search_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
);

comment on table private.customer_search is
'Search keys of customers, read by private.search_customers after it has checked membership.';
comment on column private.customer_search.name_key is
'The company name as it sorts: without case and accents.';
comment on column private.customer_search.words is
'Everything that search reads, in the form of private.search_key, each word after a blank.';
comment on column private.customer_search.typo_keys is
'What the words of the names share with words that differ by one typo, of private.typo_keys.';
comment on column private.customer_search.is_redirect is
'Merged into another customer: found by an import that names it, and in no list.';
comment on column private.customer_search.bare_name is
'The company name as duplicates compare it: as name_key, without punctuation and legal forms.';
comment on column private.customer_search.match_keys is
'What duplicates share, of private.match_keys. Read whole, hence no index.';

-- As for customers.
alter table private.customer_search alter column organization_id set statistics 0;

create index customer_search_name_key_idx
on private.customer_search (organization_id, name_key, customer_id);

-- The organization stands in the index: a search never walks another one's entries.
create index customer_search_words_idx
on private.customer_search using gin (organization_id, words extensions.gin_trgm_ops);

create index customer_search_typo_keys_idx
on private.customer_search using gin (organization_id, typo_keys);

-- The scheme and www. start every address: nobody tells customers apart by them.
create function private.without_scheme(_text text)
returns text
language sql
immutable
set search_path = ''
return regexp_replace(_text, '^(https?://)?(www\.)?', '');

create function private.words_of(_name text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return regexp_split_to_array(private.search_key(_name), '[^[:alnum:]]+');
end;
$$;

-- Words that differ by one letter too many, too few, another one, or two swapped, share a key:
-- what is left of a word without one of its letters, or the whole of it. As SymSpell has it
-- (Garbe, 2012); the keys are hashes, some of them twice.
create function private.typo_keys(_words text[])
returns integer[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_word text;
    v_keys integer[] := '{}'::integer[];
begin
    foreach v_word in array _words loop
        continue when length(v_word) < 3;
        for v_at in 1..length(v_word) + 1 loop
            v_keys := v_keys || hashtext(left(v_word, v_at - 1) || substr(v_word, v_at + 1));
        end loop;
    end loop;
    return v_keys;
end;
$$;

-- Names after punctuation start words too (Müller-Lüdenscheid), and numbers are found as typed
-- without their blanks and dashes.
create function private.search_words(
    _customer public.customers, _contacts public.customer_contacts[]
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_names constant text := concat_ws(' ', _customer.company_name, _customer.display_name);
    v_words text := concat_ws(
        ' ', v_names, nullif(regexp_replace(v_names, '[^[:alnum:]]+', ' ', 'g'), v_names),
        _customer.customer_number, _customer.tax_id,
        nullif(regexp_replace(_customer.tax_id, '[^[:alnum:]]', '', 'g'), _customer.tax_id),
        private.without_scheme(_customer.website), array_to_string(_customer.tags, ' ')
    );
    k public.customer_contacts;
begin
    foreach k in array _contacts loop
        v_words := concat_ws(
            ' ', v_words, k.first_name, k.last_name, k.email,
            k.phone, nullif(regexp_replace(k.phone, '[^0-9]', '', 'g'), k.phone),
            k.mobile, nullif(regexp_replace(k.mobile, '[^0-9]', '', 'g'), k.mobile)
        );
    end loop;
    return ' ' || private.search_key(v_words);
end;
$$;

create function private.made_search(_organization_ids uuid[], _customer_ids uuid[])
returns setof private.customer_search
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select c.organization_id, c.id, private.name_key(c.company_name),
        private.search_words(c, k.contacts),
        private.typo_keys(private.words_of(concat_ws(' ', c.company_name, c.display_name))),
        c.merged_into is not null, b.name, private.match_keys(c, b.name, k.contacts)
    from (
        select distinct u.organization_id, u.customer_id
        from unnest(_organization_ids, _customer_ids) as u (organization_id, customer_id)
    ) as d
    inner join public.customers as c
        on c.organization_id = d.organization_id and c.id = d.customer_id
    cross join lateral private.bare_name(c.company_name) as b (name)
    cross join lateral (
        select array(
            select k
            from public.customer_contacts as k
            where k.organization_id = c.organization_id and k.customer_id = c.id
            order by k.email
        ) as contacts
        offset 0  -- once, not for each of its two uses
    ) as k;
end;
$$;

comment on function private.made_search is
'The search keys of customers, of what they and their contacts are now.';

create function private.refresh_search(_organization_ids uuid[], _customer_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Locked first, in one order: of two writers at once the later one then reads what the
    -- earlier one committed, and nobody's words are lost.
    perform 1
    from private.customer_search as s
    where (s.organization_id, s.customer_id) in (
        select * from unnest(_organization_ids, _customer_ids)
    )
    order by s.organization_id, s.customer_id
    for update;

    insert into private.customer_search as s
    select m.* from private.made_search(_organization_ids, _customer_ids) as m
    on conflict (organization_id, customer_id) do update
    set name_key = excluded.name_key, words = excluded.words, typo_keys = excluded.typo_keys,
        is_redirect = excluded.is_redirect, bare_name = excluded.bare_name,
        match_keys = excluded.match_keys
    where (s.name_key, s.words, s.is_redirect, s.bare_name, s.match_keys)
        is distinct from (
            excluded.name_key, excluded.words, excluded.is_redirect, excluded.bare_name,
            excluded.match_keys
        );
end;
$$;

comment on function private.refresh_search is
'Makes the search keys of customers anew.';

create function private.tg_customers__refresh_search()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_ids uuid[];
    v_customer_ids uuid[];
begin
    -- An import refreshes once, when its contacts are there too.
    if private.is_importing() then
        return null;
    elsif tg_op = 'INSERT' then
        select array_agg(n.organization_id), array_agg(n.id)
        into v_organization_ids, v_customer_ids
        from new_rows as n;
    else
        select array_agg(n.organization_id), array_agg(n.id)
        into v_organization_ids, v_customer_ids
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        where (
            o.company_name, o.display_name, o.customer_number, o.tax_id, o.website, o.tags,
            o.merged_into
        ) is distinct from (
            n.company_name, n.display_name, n.customer_number, n.tax_id, n.website, n.tags,
            n.merged_into
        );
    end if;
    if v_customer_ids is not null then
        perform private.refresh_search(v_organization_ids, v_customer_ids);
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__refresh_search is
'DEFINER because API roles may neither read nor write search keys.';

create function private.tg_customer_contacts__refresh_search()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_ids uuid[];
    v_customer_ids uuid[];
begin
    if private.is_importing() then
        return null;
    elsif tg_op = 'INSERT' then
        select array_agg(n.organization_id), array_agg(n.customer_id)
        into v_organization_ids, v_customer_ids
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        select array_agg(r.organization_id), array_agg(r.customer_id)
        into v_organization_ids, v_customer_ids
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral (
            values (n.organization_id, n.customer_id), (o.organization_id, o.customer_id)
        ) as r (organization_id, customer_id)
        where (o.customer_id, o.first_name, o.last_name, o.email, o.phone, o.mobile)
            is distinct from (n.customer_id, n.first_name, n.last_name, n.email, n.phone, n.mobile);
    else
        select array_agg(o.organization_id), array_agg(o.customer_id)
        into v_organization_ids, v_customer_ids
        from old_rows as o;
    end if;
    if v_customer_ids is not null then
        perform private.refresh_search(v_organization_ids, v_customer_ids);
    end if;
    return null;
end;
$$;

comment on function private.tg_customer_contacts__refresh_search is
'DEFINER because API roles may neither read nor write search keys.';

create trigger _700_refresh_search_insert
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__refresh_search();

create trigger _700_refresh_search_update
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__refresh_search();

create trigger _700_refresh_search_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg_customer_contacts__refresh_search();

create trigger _700_refresh_search_update
after update on public.customer_contacts
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customer_contacts__refresh_search();

create trigger _700_refresh_search_delete
after delete on public.customer_contacts
referencing old table as old_rows
for each statement execute function private.tg_customer_contacts__refresh_search();

revoke all on all functions in schema private from public;
