-- Foundation: the private schema, extensions, and the helpers that every later file leans on.
-- Needs: a Supabase project (auth, extensions, roles). Provides: schema private,
-- private.fail, private.is_system, private.search_key, private.page_limit, cursors, triggers.
--
-- API roles get no USAGE on private: policies, check constraints and `return private.f()` wrappers
-- are bound when they are created, so EXECUTE, granted by name, is all that they need. A trigger
-- function resolves names when it runs and is SECURITY DEFINER for that reason.

create schema private;

comment on schema private is
'Internals of the customer backend: definer functions, triggers, partitions. Never exposed.';

create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists btree_gin with schema extensions;
create extension if not exists fuzzystrmatch with schema extensions;

create function private.fail(_sqlstate text, _slug text, _message text, _hint text)
returns void
language plpgsql
set search_path = ''
as $$
begin
    raise exception using
        errcode = _sqlstate, message = _message, detail = _slug, hint = _hint;
end;
$$;

comment on function private.fail is
'Raises: MESSAGE for a person, DETAIL the stable slug of docs/errors.md, HINT the next step.';

-- The role setting, never current_user: inside a definer function that is the owner.
create function private.is_system()
returns boolean
language sql
stable
set search_path = ''
return coalesce(current_setting('role', true), 'none') not in ('anon', 'authenticated');

comment on function private.is_system is
'Whether the session is service_role, Studio, psql or a migration rather than an API user.';

-- An import has asked of a whole batch what triggers ask of each row, and does for all of it at
-- once what they do after each statement. A setting of functions in private, which no client can
-- reach.
create function private.set_importing(_is_importing boolean)
returns void
language sql
set search_path = ''
begin atomic
    select set_config('private.importing', case when _is_importing then 'on' else '' end, true);
end;

create function private.is_importing()
returns boolean
language sql
stable
set search_path = ''
return coalesce(current_setting('private.importing', true), '') = 'on';

create function private.has_text(_value text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return _value ~ '[^[:space:]]';

create function private.trim(_value text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    if _value ~ '^[[:space:]]|[[:space:]]$' then
        return regexp_replace(_value, '^[[:space:]]+|[[:space:]]+$', '', 'g');
    end if;
    return _value;
end;
$$;

create function private.search_key(_value text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    -- Plain letters, as most texts are of, have neither accents nor other forms.
    if octet_length(_value) = length(_value) then
        return lower(_value);
    end if;
    return lower(
        extensions.unaccent('extensions.unaccent'::regdictionary, normalize(_value, nfkc))
    );
end;
$$;

comment on function private.search_key is
'Text as search and sorting compare it: without case, accents and compatibility forms.';

-- What the name of a company sorts and is found by. Cut off, since an index entry has its limits.
create function private.name_key(_name text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    return left(private.search_key(btrim(_name)), 300);
end;
$$;

-- A regular expression, since pg_input_is_valid does not exist on PostgreSQL 15.
create function private.is_uuid(_value text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return _value ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$';

create function private.is_email(_value text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return length(_value) <= 254
    and _value !~ '[[:space:][:cntrl:]<>()",;:\\]|(^|@|\.)\.|\.(@|$)'
    and _value ~ '^[^@]+@[^@]+\.[^@.]{2,}$' and strpos(_value, '@') <= 65;

comment on function private.is_email is
'Whether a text has the shape of an e-mail address (RFC 5321 lengths, internationalised too).';

create function private.is_url(_value text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
return _value ~* '^https?://[^[:space:]/?#@]+([/?#][^[:space:]]*)?$';

create function private.page_limit(_page_size integer)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _page_size not between 1 and 200 then
        perform private.fail(
            'PT422', 'page_size_invalid', 'page_size must be between 1 and 200',
            'Leave it out for pages of 50.'
        );
    end if;
    return coalesce(_page_size, 50);
end;
$$;

-- A cursor is opaque to clients: base64 of what was sorted by, the last key, and the last id.
create function private.encode_cursor(_sort text, _key text, _id uuid)
returns text
language sql
immutable
set search_path = ''
return translate(
    encode(convert_to(jsonb_build_array(_sort, _key, _id)::text, 'UTF8'), 'base64'), E'+/\n', '-_'
);

-- Any damage ends in the one answer below, also where a cast of its parts fails later.
create function private.decode_cursor(_cursor text, _sort text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_parts jsonb;
begin
    if _cursor is null then
        return null;
    elsif length(_cursor) > 2000 then
        perform private.fail_cursor();
    end if;
    begin
        v_parts := convert_from(decode(translate(_cursor, '-_', '+/'), 'base64'), 'UTF8')::jsonb;
    exception when data_exception then
        v_parts := null;
    end;
    if v_parts is null or jsonb_typeof(v_parts) <> 'array' or v_parts ->> 0 is distinct from _sort
        or v_parts ->> 1 is null or private.is_uuid(v_parts ->> 2) is not true
    then
        perform private.fail_cursor();
    end if;
    return v_parts;
end;
$$;

create function private.fail_cursor()
returns void
language sql
set search_path = ''
return private.fail(
    'PT422', 'cursor_invalid', 'this cursor does not belong to this list and sort order',
    'Start again without a cursor, and pass back what the last row carried.'
);

-- Refuses misspelt keys of a JSON argument, which would otherwise be ignored in silence.
create function private.check_keys(_value jsonb, _known text[], _what text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_unknown text;
begin
    if jsonb_typeof(_value) is distinct from 'object' then
        perform private.fail(
            'PT422', 'not_an_object', format('%s must be a JSON object', _what),
            'Known keys: ' || array_to_string(_known, ', ') || '.'
        );
    end if;
    select string_agg(k.key, ', ' order by k.key) into v_unknown
    from jsonb_object_keys(_value) as k (key)
    where k.key <> all(_known);
    if v_unknown is not null then
        perform private.fail(
            'PT422', 'unknown_key', format('%s: unknown key %s', _what, v_unknown),
            'Known keys: ' || array_to_string(_known, ', ') || '.'
        );
    end if;
end;
$$;

create function private.check_reason(_reason text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if length(_reason) > 2000 then
        perform private.fail(
            'PT422', 'reason_too_long', 'a reason has at most 2,000 characters',
            'Shorten it; the description of log_activity takes longer texts.'
        );
    end if;
end;
$$;

create function private.tg__touch()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if new is distinct from old then
        new.updated_at := now();
    end if;
    return new;
end;
$$;

create function private.tg__refuse_key_change()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.fail(
        '42501', 'immutable_key', format('%s: id and organization_id never change', tg_table_name),
        'Create a new row in the other organization.'
    );
    return null;
end;
$$;

comment on function private.tg__refuse_key_change is
'DEFINER because it names private.fail. PostgREST upserts write the key columns, hence a grant.';

-- What a check constraint calls runs as the writer.
revoke all on all functions in schema private from public;
grant execute on function private.has_text to authenticated, service_role;
grant execute on function private.is_email to authenticated, service_role;
grant execute on function private.is_url to authenticated, service_role;
