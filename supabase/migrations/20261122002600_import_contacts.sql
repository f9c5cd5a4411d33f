-- Files of contacts alone: their customers must be there, and stay as they are; modes are about the
-- contacts. Each row stands for itself, whoever else belongs to its customer.
-- Needs: import_matching. Provides: private.is_about_customers, private.contact_mode_errors.

create function private.is_about_customers(_import public.customer_imports)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    return (_import.options ->> 'entity' = 'contacts') is not true;
end;
$$;

comment on function private.is_about_customers is
'Whether rows are customers with their contacts, not contacts that name their customers.';

-- Whether the mode has no use for a contact that is there, or is not.
create function private.contact_mode_error(
    _import public.customer_imports, _path text, _is_there boolean
)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case
        when private.is_about_customers(_import) then '{}'::public.validation_error[]
        when _is_there then private.rule(_import.options ->> 'mode' = 'insert', _path,
            'already_exists', 'this contact exists, and the mode is insert')
        else private.rule(_import.options ->> 'mode' = 'update', _path,
            'no_match', 'this customer has no such contact, and the mode is update')
    end;
end;
$$;

-- An address that another customer has is refused for that alone.
create function private.contact_mode_errors(
    _import public.customer_imports, _contacts jsonb, _customer_id uuid
)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select e::public.validation_error
        from jsonb_array_elements(_contacts) with ordinality as a (value, position)
        left join public.customer_contacts as k
            on k.organization_id = _import.organization_id
            and lower(k.email) = lower(a.value ->> 'email')
        cross join lateral unnest(private.contact_mode_error(
            _import, concat_ws('.', 'contacts', a.position - 1, 'email'), k.id is not null
        )) as e
        where a.value ->> 'email' <> '' and coalesce(k.customer_id, _customer_id) = _customer_id
        order by a.position
    );
end;
$$;

revoke all on all functions in schema private from public;
