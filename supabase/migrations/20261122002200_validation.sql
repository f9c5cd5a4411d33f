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

-- Keys that are no field, and fields that should be text and are not.
create function private.shape_errors(_value jsonb, _fields text[], _not_text text[])
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_field record;
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    for v_field in select e.key, jsonb_typeof(e.value) as type from jsonb_each(_value) as e loop
        v_errors := v_errors || private.rule(
            v_field.key <> all(_fields),
            v_field.key, 'unknown_field', 'there is no field ' || v_field.key
        ) || private.rule(
            v_field.key = any(_fields) and v_field.key <> all(_not_text)
            and v_field.type <> 'string',
            v_field.key, 'not_text', v_field.key || ' must be text'
        );
    end loop;
    return v_errors;
end;
$$;

create function private.length_errors(_value jsonb, _limits jsonb)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_limit record;
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    for v_limit in select l.key, l.value::integer as value from jsonb_each_text(_limits) as l loop
        v_errors := v_errors || private.rule(
            length(_value ->> v_limit.key) > v_limit.value, v_limit.key, 'too_long',
            format('%s has at most %s characters', v_limit.key, v_limit.value)
        );
    end loop;
    return v_errors;
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
begin
    if v_address is null or v_address = '{}' or (
        v_address -> 'unverified' = 'true' and private.may_be_unverified(v_address)
    ) then
        return '{}'::public.validation_error[];
    end if;
    return array(
        select (
            concat_ws('.', _field, nullif(e.field, '')), 'address_invalid', e.message
        )::public.validation_error
        from private.address_errors(v_address) as e
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
    || private.length_errors(c, '{
        "company_name": 500, "display_name": 500, "customer_number": 100, "external_id": 200,
        "tax_id": 100, "website": 2000
    }')
    || private.rule(private.has_text(c ->> 'company_name') is not true,
        'company_name', 'company_name_required', 'a company name is required')
    || private.rule(not private.is_url(nullif(btrim(c ->> 'website'), '')),
        'website', 'website_invalid', 'a website starts with https:// or http://')
    || private.rule(c ->> 'status' not in ('active', 'inactive', 'suspended'),
        'status', 'status_invalid', 'status is active, inactive or suspended')
    || private.rule(c ->> 'customer_type' not in ('standard', 'vip', 'partner'),
        'customer_type', 'customer_type_invalid', 'customer_type is standard, vip or partner')
    || private.rule(not private.is_number(c -> 'credit_limit', 0, 1000000),
        'credit_limit', 'credit_limit_invalid', 'credit_limit is an amount from 0 to 1,000,000')
    || private.rule(
        not private.is_number(c -> 'payment_terms', 0, 365) or c ->> 'payment_terms' like '%.%',
        'payment_terms', 'payment_terms_invalid', 'payment_terms is a number of days from 0 to 365')
    || private.rule(c ? 'currency' and private.currency_digits(c ->> 'currency') is null,
        'currency', 'currency_invalid', 'currency is an ISO 4217 code such as EUR')
    || private.tags_rule(c -> 'tags')
    || private.rule(not private.is_boolean(c -> 'portal_enabled'),
        'portal_enabled', 'portal_enabled_invalid', 'portal_enabled is true or false')
    || private.rule(
        not private.is_free_subdomain(lower(nullif(btrim(c ->> 'portal_subdomain'), ''))),
        'portal_subdomain', 'portal_subdomain_invalid',
        'a subdomain is letters, digits and dashes, and not reserved')
    || private.rule(c ? 'settings' and private.customer_settings_error(c -> 'settings') is not null,
        'settings', 'settings_invalid', private.customer_settings_error(c -> 'settings'))
    || private.address_rule(c, 'billing_address')
    || private.address_rule(c, 'shipping_address');
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
begin
    return private.shape_errors(k, private.contact_fields(), v_booleans)
    || private.length_errors(k, '{
        "first_name": 200, "last_name": 200, "phone": 100, "mobile": 100
    }')
    || private.rule(private.has_text(k ->> 'first_name') is not true,
        'first_name', 'first_name_required', 'a contact needs a first name')
    || private.rule(private.has_text(k ->> 'last_name') is not true,
        'last_name', 'last_name_required', 'a contact needs a last name')
    || private.rule(coalesce(btrim(k ->> 'email'), '') = '',
        'email', 'email_required', 'a contact needs an e-mail address')
    || private.rule(not private.is_email(nullif(btrim(k ->> 'email'), '')),
        'email', 'email_invalid', 'this is not an e-mail address')
    || private.rule(k ->> 'role' not in ('primary', 'billing', 'shipping', 'contact'),
        'role', 'contact_role_invalid', 'role is primary, billing, shipping or contact')
    || private.rule(
        k ->> 'preferred_contact_method' not in ('email', 'phone', 'mobile', 'post', 'none'),
        'preferred_contact_method', 'preferred_contact_method_invalid',
        'preferred_contact_method is email, phone, mobile, post or none')
    || array(
        select (b.key, 'not_boolean', b.key || ' is true or false')::public.validation_error
        from unnest(v_booleans) as b (key)
        where not private.is_boolean(k -> b.key)
    );
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
    v_at integer := -1;
begin
    if jsonb_typeof(_contacts) is distinct from 'array' or jsonb_path_exists(
        _contacts, 'strict $[*] ? (@.type() != "object")'
    ) then
        return private.rule(true, 'contacts', 'contacts_invalid', 'contacts is a list of objects');
    end if;
    for v_contact in select a.value from jsonb_array_elements(_contacts) as a loop
        v_at := v_at + 1;
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
