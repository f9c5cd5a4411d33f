-- What the values of a customer must look like: addresses by country, settings, tags, subdomains.
-- Needs: address_formats. Provides: private.address_errors, private.accepted_address,
-- private.customer_settings_error, and what the constraints of customers check with.

-- What runs once per row of an import is PL/pgSQL: a function in SQL plans the functions that it
-- calls anew in each of its own calls.

-- What is blank says nothing, and blanks around a value mean nothing.
create function private.cleaned(_value jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if jsonb_typeof(_value) is distinct from 'object' or not jsonb_path_exists(
        _value, '$.* ? (@ == null || @ == "" || @ like_regex "^\\s|\\s$")'
    ) then
        return _value;
    end if;
    return (
        select coalesce(jsonb_object_agg(e.key, case jsonb_typeof(e.value)
            when 'string' then to_jsonb(private.trim(e.value #>> '{}')) else e.value
        end), '{}')
        from jsonb_each(_value) as e
        where e.value <> 'null' and private.has_text(e.value #>> '{}')
    );
end;
$$;

create function private.address_fields()
returns text[]
language sql
immutable
parallel safe
set search_path = ''
return array['line1', 'line2', 'city', 'state', 'postal_code', 'country'];

-- Null when the shape is right, else what is wrong.
create function private.address_shape_error(_address jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case
        when jsonb_typeof(_address) is distinct from 'object' then 'an address must be an object'
        when _address - private.address_fields() - 'unverified' <> '{}'
            then 'an address has line1, line2, city, state, postal_code and country'
        when jsonb_typeof(_address -> 'unverified') <> 'boolean'
            then 'unverified must be true or false'
        when jsonb_path_exists(_address - 'unverified', 'strict $.* ? (@.type() != "string")')
            then 'every part of an address must be text'
    end;
end;
$$;

-- Whether an address may be kept as unverified: for that too it has a shape and no unknown country.
create function private.may_be_unverified(_address jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    return private.address_shape_error(_address) is null and (
        not _address ? 'country' or exists (
            select 1
            from public.address_formats as f
            where f.country = _address ->> 'country'
        )
    );
end;
$$;

create function private.is_subdivision(_subdivisions jsonb, _state text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    -- As most are written: the code, or a name letter by letter.
    if _subdivisions = '{}' or _subdivisions ? upper(btrim(_state)) or jsonb_path_exists(
        _subdivisions, '$.*.* ? (@ == $state)', jsonb_build_object('state', _state)
    ) then
        return true;
    end if;
    return exists (
        select 1
        from jsonb_each(_subdivisions) as s
        where private.search_key(_state) = private.search_key(s.key) or exists (
            select 1
            from jsonb_each_text(s.value) as n
            where private.search_key(n.value) = private.search_key(_state)
        )
    );
end;
$$;

create type private.address_error as (field text, message text);

create function private.address_errors(_address jsonb)
returns private.address_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_format public.address_formats;
    v_shape_error constant text := private.address_shape_error(_address);
    v_errors private.address_error[] := '{}'::private.address_error[];
begin
    if v_shape_error is not null then
        return array[('', v_shape_error)::private.address_error];
    elsif _address = '{}' or _address - 'unverified' = '{}' then
        return v_errors;
    end if;
    select f.* into v_format
    from public.address_formats as f
    where f.country = _address ->> 'country';
    if not found then
        return array[('country', case
            when _address ? 'country'
                then 'country must be an ISO 3166 code of two capital letters, such as DE'
            else 'country is required'
        end)::private.address_error];
    end if;
    if not _address ?& v_format.required or jsonb_path_exists(
        _address, '$.* ? (@ like_regex "^ *$")'
    ) then
        v_errors := array(
            select (r.field, format('%s is required in %s', r.field, v_format.name))
            ::private.address_error
            from unnest(v_format.required) as r (field)
            where coalesce(btrim(_address ->> r.field), '') = ''
        );
    end if;
    if upper(_address ->> 'postal_code') !~ v_format.postal_code_pattern then
        v_errors := v_errors || ('postal_code', format(
            'postal_code %s is none of %s%s', _address ->> 'postal_code', v_format.name,
            coalesce(', such as ' || v_format.postal_code_example, '')
        ))::private.address_error;
    end if;
    if 'state' = any(v_format.required) and _address ->> 'state' <> ''
        and not private.is_subdivision(v_format.subdivisions, _address ->> 'state')
    then
        v_errors := v_errors || (
            'state', format('%s has no state %s', v_format.name, _address ->> 'state')
        )::private.address_error;
    end if;
    return v_errors;
end;
$$;

comment on function private.address_errors is
'All that keeps an address from being valid in its country, by field. {} is valid: it means none.
Source of the rules: public.address_formats.';

create function private.address_messages(_errors private.address_error[])
returns text
language sql
immutable
set search_path = ''
begin atomic
    select string_agg(e.message, '; ') from unnest(_errors) as e;
end;

-- An address keeps the flag only as long as it needs it: mended, it is like any other.
create function private.accepted_address(_address jsonb, _field text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_address constant jsonb := jsonb_strip_nulls(_address);
    v_errors private.address_error[];
begin
    if v_address = '{}' then
        return v_address;
    end if;
    v_errors := private.address_errors(v_address);
    if v_errors = '{}' then
        return private.cleaned(v_address - 'unverified');
    elsif v_address -> 'unverified' = 'true' and private.may_be_unverified(v_address) then
        return private.cleaned(v_address);
    end if;
    perform private.fail(
        'PT422', 'address_invalid',
        format('%s: %s', _field, private.address_messages(v_errors)),
        'address_formats lists what each country requires.'
    );
    return null;
end;
$$;

comment on function private.accepted_address is
'The address as it is stored. One that carries "unverified": true is checked for shape and country
alone, and loses the flag once it satisfies its country. Raises PT422 address_invalid.';

-- Null when the settings are sound, else what is wrong with them.
create function private.customer_settings_error(_settings jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    if _settings = '{}' then
        return null;
    end if;
    return case
        when jsonb_typeof(_settings) is distinct from 'object' then 'settings must be an object'
        when _settings - array[
            'shipping', 'invoicing', 'notifications', 'locale', 'time_zone', 'custom'
        ] <> '{}' then 'settings of your own belong under custom'
        when jsonb_typeof(coalesce(_settings -> 'shipping', '{}')) <> 'object'
            or jsonb_typeof(coalesce(_settings -> 'invoicing', '{}')) <> 'object'
            or jsonb_path_exists(_settings, '$.shipping.* ? (@.type() == "object")')
            or jsonb_path_exists(_settings, '$.invoicing.* ? (@.type() == "object")')
            then 'shipping and invoicing must be objects of plain values'
        when jsonb_typeof(coalesce(_settings -> 'notifications', '{}')) <> 'object'
            or jsonb_path_exists(
                _settings -> 'notifications', 'strict $.* ? (@.type() != "boolean")'
            )
            then 'notifications must be an object of true and false'
        when _settings ? 'locale' and coalesce(_settings ->> 'locale', '')
            !~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'
            then 'locale must be a language tag such as de-CH'
        when _settings ? 'time_zone'
            and not private.is_time_zone(coalesce(_settings ->> 'time_zone', ''))
            then 'time_zone must be a name such as Europe/Berlin'
        when jsonb_typeof(coalesce(_settings -> 'custom', '{}')) <> 'object'
            then 'custom must be an object'
    end;
end;
$$;

create function private.is_tag_list(_tags text[])
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return array_position(_tags, null) is null and '' <> all(_tags);

-- Trimmed, and each once. Too many stay too many, but are not compared any further.
create function private.clean_tags(_tags text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_tag text;
    v_tags text[] := '{}'::text[];
begin
    foreach v_tag in array _tags loop
        v_tag := regexp_replace(v_tag, '^[[:space:]]+|[[:space:]]+$', '', 'g');
        if array_position(v_tags, v_tag) is null then
            v_tags := array_append(v_tags, v_tag);
        end if;
        exit when cardinality(v_tags) > 100;
    end loop;
    return v_tags;
end;
$$;

-- Null when tags, cleaned before, are sound, else what is wrong with them.
create function private.tags_error(_tags text[])
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_tag text;
begin
    if not private.is_tag_list(_tags) then
        return 'a tag is a text that is not blank';
    elsif cardinality(_tags) > 100 then
        return 'a customer has at most 100 tags';
    end if;
    foreach v_tag in array _tags loop
        if length(v_tag) > 100 then
            return 'a tag has at most 100 characters';
        end if;
    end loop;
    return null;
end;
$$;

-- A merge unites tags that were accepted before, however many that makes.
create function private.accepted_tags(_tags text[])
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_tags text[];
    v_error text;
begin
    if private.is_merging() then
        return _tags;
    end if;
    v_tags := private.clean_tags(_tags);
    v_error := private.tags_error(v_tags);
    if v_error is not null then
        perform private.fail(
            'PT422', 'tags_invalid', v_error,
            'Up to 100 different tags, each of 1 to 100 characters.'
        );
    end if;
    return v_tags;
end;
$$;

comment on function private.accepted_tags is
'Tags as they are stored: trimmed, each once, in the order given. Raises PT422 tags_invalid.';

create function private.is_free_subdomain(_subdomain text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return _subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
    and _subdomain !~ '^xn--'
    and _subdomain <> all(array[
        'admin', 'api', 'app', 'auth', 'billing', 'blog', 'cdn', 'dashboard', 'docs', 'ftp',
        'help', 'imap', 'inbox', 'localhost', 'login', 'mail', 'ns1', 'ns2', 'pop', 'portal',
        'postmaster', 'root', 'shop', 'smtp', 'static', 'status', 'support', 'test', 'webmail',
        'www'
    ]);

comment on function private.is_free_subdomain is
'Whether a text is a DNS label (RFC 1123) in lower case and no reserved name.';

revoke all on all functions in schema private from public;
grant execute on function private.is_tag_list to authenticated, service_role;
grant execute on function private.is_free_subdomain to authenticated, service_role;
