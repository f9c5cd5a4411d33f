-- What is wrong with a customer and its contacts, all at once: for forms, and for imports.
-- Needs: customer_values, contacts. Provides: public.validation_error, private.customer_errors,
-- private.contact_errors.

create type public.validation_error as (path text, slug text, message text);

comment on type public.validation_error is
'path: the field, as in contacts.0.email; slug: stable, see docs/errors.md; message: for a
person.';

create function private.is_number(_value jsonb, _min numeric, _max numeric)
returns boolean
language sql
immutable
set search_path = ''
return case
    when _value #>> '{}' ~ '^-?[0-9]{1,15}([.][0-9]{1,9})?$'
        then (_value #>> '{}')::numeric between _min and _max
    else _value is null
end;

create function private.is_boolean(_value jsonb)
returns boolean
language sql
immutable
set search_path = ''
return coalesce(jsonb_typeof(_value) = 'boolean', true);

-- Nulls mean absent: a form sends what it does not know.
create function private.without_nulls(_value jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if not jsonb_path_exists(_value, '$.* ? (@ == null)') then
        return _value;
    end if;
    return (
        select coalesce(jsonb_object_agg(e.key, e.value), '{}')
        from jsonb_each(_value) as e
        where e.value <> 'null'
    );
end;
$$;

create function private.customer_fields()
returns text[]
language sql
immutable
set search_path = ''
return array[
    'organization_id', 'customer_number', 'external_id', 'parent_id', 'company_name',
    'display_name', 'tax_id', 'website', 'tier_id', 'tier', 'status', 'customer_type',
    'billing_address', 'shipping_address', 'credit_limit', 'payment_terms', 'currency', 'settings',
    'tags', 'portal_enabled', 'portal_subdomain', 'notes', 'internal_notes'
];

comment on function private.customer_fields is
'The keys of a customer as create_customer and imports take them; tier is a tier''s name.';

create function private.contact_fields()
returns text[]
language sql
immutable
set search_path = ''
return array[
    'first_name', 'last_name', 'email', 'phone', 'mobile', 'role', 'is_primary', 'portal_access',
    'preferred_contact_method', 'receives_order_updates', 'receives_marketing', 'notes'
];

create function private.contact_texts()
returns text[]
language sql
immutable
set search_path = ''
return array[
    'first_name', 'last_name', 'email', 'phone', 'mobile', 'role', 'preferred_contact_method',
    'notes'
];

-- These return arrays and are PL/pgSQL, all that runs once per row of an import: a function in SQL
-- plans the functions that it calls anew in each of its own calls.
create function private.rule(_is_broken boolean, _path text, _slug text, _message text)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _is_broken then
        return array[(_path, _slug, _message)::public.validation_error];
    end if;
    return '{}'::public.validation_error[];
end;
$$;

comment on function private.rule is
'The error that a broken rule makes, or none. A rule about a null is not broken.';

-- Keys that are no field, and fields that should be text and are not. Asked as a whole first:
-- nearly always all is well.
create function private.shape_errors(_value jsonb, _fields text[], _not_text text[])
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _value - _fields = '{}'
        and not jsonb_path_exists(_value - _not_text, 'strict $.* ? (@.type() != "string")')
    then
        return '{}'::public.validation_error[];
    end if;
    return array(
        select case
            when e.key = any(_fields)
                then (e.key, 'not_text', e.key || ' must be text')::public.validation_error
            else (e.key, 'unknown_field', 'there is no field ' || e.key)::public.validation_error
        end
        from jsonb_each(_value) as e
        where e.key <> all(_fields)
            or (e.key <> all(_not_text) and jsonb_typeof(e.value) <> 'string')
    );
end;
$$;

create function private.length_error(_field text, _limit integer)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return private.rule(
        true, _field, 'too_long', format('%s has at most %s characters', _field, _limit)
    );
end;
$$;

create function private.address_rule(_customer jsonb, _field text)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_address constant jsonb := jsonb_strip_nulls(nullif(_customer -> _field, 'null'));
    v_errors private.address_error[];
begin
    if v_address is null or v_address = '{}' or (
        v_address -> 'unverified' = 'true' and private.may_be_unverified(v_address)
    ) then
        return '{}'::public.validation_error[];
    end if;
    v_errors := private.address_errors(v_address);
    if v_errors = '{}' then
        return '{}'::public.validation_error[];
    end if;
    return array(
        select (
            concat_ws('.', _field, nullif(e.field, '')), 'address_invalid', e.message
        )::public.validation_error
        from unnest(v_errors) as e
    );
end;
$$;

create function private.tags_rule(_tags jsonb)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_error text;
begin
    if _tags is null then
        return '{}'::public.validation_error[];
    elsif jsonb_typeof(_tags) <> 'array'
        or jsonb_path_exists(_tags, 'strict $[*] ? (@.type() != "string")')
    then
        return private.rule(true, 'tags', 'tags_invalid', 'tags is a list of texts');
    end if;
    v_error := private.tags_error(private.clean_tags(array(
        select t.tag from jsonb_array_elements_text(_tags) as t (tag)
    )));
    return private.rule(v_error is not null, 'tags', 'tags_invalid', v_error);
end;
$$;

-- What names a customer. Here and below a rule's error is made where the rule is broken: this runs
-- for every row of an import.
create function private.naming_errors(c jsonb)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    if private.has_text(c ->> 'company_name') is not true then
        v_errors := v_errors || private.rule(true,
            'company_name', 'company_name_required', 'a company name is required');
    elsif length(c ->> 'company_name') > 500 then
        v_errors := v_errors || private.length_error('company_name', 500);
    end if;
    if length(c ->> 'display_name') > 500 then
        v_errors := v_errors || private.length_error('display_name', 500);
    end if;
    if length(c ->> 'customer_number') > 100 then
        v_errors := v_errors || private.length_error('customer_number', 100);
    end if;
    if length(c ->> 'external_id') > 200 then
        v_errors := v_errors || private.length_error('external_id', 200);
    end if;
    if length(c ->> 'tax_id') > 100 then
        v_errors := v_errors || private.length_error('tax_id', 100);
    end if;
    if length(c ->> 'website') > 2000 then
        v_errors := v_errors || private.length_error('website', 2000);
    elsif not private.is_url(nullif(btrim(c ->> 'website'), '')) then
        v_errors := v_errors || private.rule(true,
            'website', 'website_invalid', 'a website starts with https:// or http://');
    end if;
    if c ? 'tags' then
        v_errors := v_errors || private.tags_rule(c -> 'tags');
    end if;
    if not private.is_free_subdomain(lower(nullif(btrim(c ->> 'portal_subdomain'), ''))) then
        v_errors := v_errors || private.rule(true, 'portal_subdomain', 'portal_subdomain_invalid',
            'a subdomain is letters, digits and dashes, and not reserved');
    end if;
    return v_errors;
end;
$$;

create function private.terms_errors(c jsonb)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    if c ->> 'status' not in ('active', 'inactive', 'suspended') then
        v_errors := v_errors || private.rule(true,
            'status', 'status_invalid', 'status is active, inactive or suspended');
    end if;
    if c ->> 'customer_type' not in ('standard', 'vip', 'partner') then
        v_errors := v_errors || private.rule(true,
            'customer_type', 'customer_type_invalid', 'customer_type is standard, vip or partner');
    end if;
    if not private.is_number(c -> 'credit_limit', 0, 1000000) then
        v_errors := v_errors || private.rule(true, 'credit_limit', 'credit_limit_invalid',
            'credit_limit is an amount from 0 to 1,000,000');
    end if;
    if not private.is_number(c -> 'payment_terms', 0, 365) or c ->> 'payment_terms' like '%.%' then
        v_errors := v_errors || private.rule(true, 'payment_terms', 'payment_terms_invalid',
            'payment_terms is a number of days from 0 to 365');
    end if;
    if c ? 'currency' and private.currency_digits(c ->> 'currency') is null then
        v_errors := v_errors || private.rule(true,
            'currency', 'currency_invalid', 'currency is an ISO 4217 code such as EUR');
    end if;
    if not private.is_boolean(c -> 'portal_enabled') then
        v_errors := v_errors || private.rule(true,
            'portal_enabled', 'portal_enabled_invalid', 'portal_enabled is true or false');
    end if;
    if c ? 'settings' and private.customer_settings_error(c -> 'settings') is not null then
        v_errors := v_errors || private.rule(true,
            'settings', 'settings_invalid', private.customer_settings_error(c -> 'settings'));
    end if;
    return v_errors;
end;
$$;

create function private.customer_errors(_customer jsonb)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    -- Nulls mean absent, and so do blanks in text.
    c constant jsonb := private.without_nulls(_customer);
begin
    return private.shape_errors(c, private.customer_fields(), array[
        'billing_address', 'shipping_address', 'credit_limit', 'payment_terms', 'settings', 'tags',
        'portal_enabled'
    ])
    || private.naming_errors(c) || private.terms_errors(c)
    || private.address_rule(c, 'billing_address') || private.address_rule(c, 'shipping_address');
end;
$$;

create function private.one_contact_errors(_contact jsonb)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    k constant jsonb := private.without_nulls(_contact);
    v_booleans constant text[] := array[
        'is_primary', 'portal_access', 'receives_order_updates', 'receives_marketing'
    ];
    v_errors public.validation_error[] := private.shape_errors(
        k, private.contact_fields(), v_booleans
    );
begin
    if private.has_text(k ->> 'first_name') is not true then
        v_errors := v_errors || private.rule(true,
            'first_name', 'first_name_required', 'a contact needs a first name');
    elsif length(k ->> 'first_name') > 200 then
        v_errors := v_errors || private.length_error('first_name', 200);
    end if;
    if private.has_text(k ->> 'last_name') is not true then
        v_errors := v_errors || private.rule(true,
            'last_name', 'last_name_required', 'a contact needs a last name');
    elsif length(k ->> 'last_name') > 200 then
        v_errors := v_errors || private.length_error('last_name', 200);
    end if;
    if length(k ->> 'phone') > 100 then
        v_errors := v_errors || private.length_error('phone', 100);
    end if;
    if length(k ->> 'mobile') > 100 then
        v_errors := v_errors || private.length_error('mobile', 100);
    end if;
    if coalesce(btrim(k ->> 'email'), '') = '' then
        v_errors := v_errors || private.rule(true,
            'email', 'email_required', 'a contact needs an e-mail address');
    elsif not private.is_email(btrim(k ->> 'email')) then
        v_errors := v_errors || private.rule(true,
            'email', 'email_invalid', 'this is not an e-mail address');
    end if;
    if k ->> 'role' not in ('primary', 'billing', 'shipping', 'contact') then
        v_errors := v_errors || private.rule(true,
            'role', 'contact_role_invalid', 'role is primary, billing, shipping or contact');
    end if;
    if k ->> 'preferred_contact_method' not in ('email', 'phone', 'mobile', 'post', 'none') then
        v_errors := v_errors || private.rule(true,
            'preferred_contact_method', 'preferred_contact_method_invalid',
            'preferred_contact_method is email, phone, mobile, post or none');
    end if;
    if jsonb_path_exists(k - private.contact_texts(), 'strict $.* ? (@.type() != "boolean")') then
        v_errors := v_errors || array(
            select (b.key, 'not_boolean', b.key || ' is true or false')::public.validation_error
            from unnest(v_booleans) as b (key)
            where not private.is_boolean(k -> b.key)
        );
    end if;
    return v_errors;
end;
$$;

create function private.contact_errors(_contacts jsonb)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_contact jsonb;
    v_errors public.validation_error[] := '{}'::public.validation_error[];
    v_emails text[] := '{}'::text[];
    v_email text;
    v_primaries integer := 0;
begin
    if jsonb_typeof(_contacts) is distinct from 'array' or jsonb_path_exists(
        _contacts, 'strict $[*] ? (@.type() != "object")'
    ) then
        return private.rule(true, 'contacts', 'contacts_invalid', 'contacts is a list of objects');
    end if;
    for v_at in 0 .. jsonb_array_length(_contacts) - 1 loop
        v_contact := _contacts -> v_at;
        -- A form's empty line, and a file's empty columns, are no contact.
        continue when private.without_nulls(v_contact) = '{}';
        v_email := lower(btrim(v_contact ->> 'email'));
        v_errors := v_errors
            || private.errors_below('contacts.' || v_at, private.one_contact_errors(v_contact))
            || private.rule(v_email = any(v_emails), 'contacts.' || v_at || '.email',
                'email_repeated', 'another contact of this customer has the same e-mail address');
        v_emails := v_emails || nullif(v_email, '');
        v_primaries := v_primaries + ((
            v_contact -> 'is_primary' = 'true' or v_contact ->> 'role' = 'primary'
        ) is true)::integer;
    end loop;
    return v_errors || private.rule(
        v_primaries > 1, 'contacts', 'primary_repeated', 'at most one contact is the primary one'
    );
end;
$$;

create function private.errors_below(_path text, _errors public.validation_error[])
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _errors = '{}' then
        return _errors;
    end if;
    return array(
        select (_path || '.' || e.path, e.slug, e.message)::public.validation_error
        from unnest(_errors) as e
    );
end;
$$;

revoke all on all functions in schema private from public;
