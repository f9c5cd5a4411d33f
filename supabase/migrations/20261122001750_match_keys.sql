-- What tells that two customers may be one company: keys that duplicates share.
-- Needs: customers, contacts. Provides: private.bare_name, private.match_keys,
-- private.name_similarity.
--
-- Keys are numbers: a hash of what is compared, with its kind in the three lowest bits (1 tax id,
-- 2 domain, 3 phone, 4 name, 5 part of a name). They stand in private.customer_search.

-- Source: the abbreviations of the ISO 20275 code list of entity legal forms that companies in
-- Europe, the Americas and Asia commonly write, without dots, and what joins them (and, & Co).
create function private.legal_forms()
returns text[]
language sql
immutable
parallel safe
set search_path = ''
return array[
    'ab', 'ag', 'and', 'aps', 'as', 'asa', 'bhd', 'bv', 'bvba', 'co', 'company', 'corp',
    'corporation', 'cv', 'dd', 'doo', 'ead', 'eg', 'ehf', 'ek', 'eood', 'et', 'eurl', 'ev', 'gbr',
    'gesmbh', 'ggmbh', 'gk', 'gmbh', 'hf', 'inc', 'incorporated', 'kft', 'kg', 'kgaa', 'kk', 'lda',
    'limited', 'llc', 'llp', 'lp', 'ltd', 'ltda', 'mbh', 'nv', 'nyrt', 'ohg', 'ood', 'ou', 'oy',
    'oyj', 'plc', 'pt', 'pte', 'pty', 'pvt', 'rt', 'sa', 'sarl', 'sas', 'sasu', 'sca', 'scs', 'sdn',
    'se', 'sia', 'sl', 'slu', 'snc', 'spa', 'spj', 'spk', 'spol', 'spzoo', 'sprl', 'srl', 'sro',
    'tbk', 'the', 'uab', 'ug', 'ulc', 'und', 'vof', 'zrt'
];

-- Source: the domains that these providers themselves give to anybody, and sites where companies
-- without one of their own have a page. Whoever shares one of these shares nothing.
create function private.shared_hosts()
returns text[]
language sql
immutable
parallel safe
set search_path = ''
return array[
    '126.com', '163.com', 'alice.it', 'aliyun.com', 'aol.com', 'aol.de', 'arcor.de', 'att.net',
    'bell.net', 'bigpond.com', 'bk.ru', 'blueyonder.co.uk', 'bluewin.ch', 'btinternet.com',
    'centrum.cz', 'comcast.net', 'cox.net', 'daum.net', 'docomo.ne.jp', 'duck.com',
    'earthlink.net', 'email.com', 'email.cz', 'ezweb.ne.jp', 'facebook.com', 'fastmail.com',
    'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de',
    'gmx.net', 'googlemail.com', 'hanmail.net', 'hey.com', 'hotmail.co.uk', 'hotmail.com',
    'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'hushmail.com', 'icloud.com',
    'inbox.lv', 'inbox.ru', 'instagram.com', 'interia.pl', 'kolumbus.fi', 'laposte.net',
    'libero.it', 'linkedin.com', 'list.ru', 'live.co.uk', 'live.com', 'live.de', 'live.fr',
    'live.nl', 'mac.com', 'mail.com', 'mail.de', 'mail.ru', 'mailbox.org', 'me.com', 'msn.com',
    'naver.com', 'ntlworld.com', 'o2.pl', 'onet.pl', 'online.de', 'optonline.net', 'orange.fr',
    'outlook.com', 'outlook.de', 'outlook.fr', 'outlook.jp', 'pm.me', 'posteo.de', 'proton.me',
    'protonmail.com', 'qq.com', 'rambler.ru', 'rediffmail.com', 'rocketmail.com', 'rogers.com',
    'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'shaw.ca', 'sina.com', 'sky.com', 'softbank.ne.jp',
    'sohu.com', 't-online.de', 'talktalk.net', 'telia.com', 'telenet.be', 'telus.net', 'terra.com',
    'tin.it', 'tiscali.it', 'tuta.com', 'tutanota.com', 'twitter.com', 'ukr.net', 'uol.com.br',
    'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de', 'wp.pl', 'x.com',
    'xtra.co.nz', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com',
    'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru',
    'ymail.com', 'youtube.com', 'ziggo.nl', 'zoho.com'
];

-- A name as people compare names: Müller & Söhne G.m.b.H. is muller sohne, 株式会社トヨタ is トヨタ.
create function private.bare_name(_name text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_name text := private.search_key(left(_name, 300));
    v_bare text;
begin
    -- Where words are not set apart by blanks, legal forms are not either.
    if octet_length(v_name) > length(v_name) then
        v_name := regexp_replace(
            v_name,
            '株式会社|有限会社|合同会社|合資会社|合名会社|股份有限公司|有限责任公司'
            || '|有限責任公司|有限公司|주식회사|유한회사|\((株|有|同|资|주|유)\)', ' ', 'g'
        );
    end if;
    v_name := btrim(regexp_replace(
        translate(v_name, '.''’`´', ''), '[^[:alnum:]]+', ' ', 'g'
    ));
    -- S. A. is S.A., which the dots left by now.
    if v_name ~ '\m[[:alnum:]] [[:alnum:]]\M' then
        v_name := regexp_replace(v_name, '\m([[:alnum:]]) (?=[[:alnum:]]\M)', '\1', 'g');
    end if;
    if v_name like '%sp z%' then
        v_name := regexp_replace(v_name, '\msp z ?oo\M', 'spzoo', 'g');
    end if;
    v_bare := array_to_string(array(
        select w.word
        from unnest(string_to_array(v_name, ' ')) with ordinality as w (word, position)
        where w.word <> all(private.legal_forms())
        order by w.position
    ), ' ');
    return coalesce(nullif(v_bare, ''), v_name);
end;
$$;

comment on function private.bare_name is
'A company''s name without case, accents, punctuation and legal forms, wherever they stand.';

create function private.tax_key(_tax_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _tax_id ~ '[1-9]' then
        return regexp_replace(upper(normalize(_tax_id, nfkc)), '[^[:alnum:]]', '', 'g');
    end if;
    return null;
end;
$$;

-- Country codes and leading zeros come and go, so the last nine digits count; fewer than seven are
-- an extension, and an extension at the end is none of the number.
create function private.phone_key(_phone text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_digits constant text := regexp_replace(
        regexp_replace(lower(_phone), '[^0-9](ext|x|#).*$', ''), '[^0-9]', '', 'g'
    );
begin
    if length(v_digits) >= 7 and v_digits ~ '[1-9]' then
        return right(v_digits, 9);
    end if;
    return null;
end;
$$;

-- The host of a website or an e-mail address.
create function private.host_key(_url_or_email text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_host text := lower(_url_or_email);
begin
    if strpos(v_host, '://') > 0 then
        v_host := split_part(v_host, '://', 2);
    end if;
    v_host := split_part(split_part(split_part(v_host, '/', 1), '?', 1), '#', 1);
    v_host := split_part(split_part(v_host, '@', -1), ':', 1);
    v_host := rtrim(regexp_replace(v_host, '^www[0-9]?\.', ''), '.');
    if v_host like '%.%' and v_host <> all(private.shared_hosts()) then
        return v_host;
    end if;
    return null;
end;
$$;

-- What similar names have in common. One mistyped letter leaves a half of a name as it was, whether
-- the name has become a letter longer or not: hence halves of two lengths. Halves of a short name
-- are shared by everybody, so it is compared by what is left of it without one letter. Two words at
-- the start are what longer versions of a name have in common.
create function private.name_parts(_bare_name text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_words constant text[] := string_to_array(_bare_name, ' ');
    v_name constant text := left(replace(_bare_name, ' ', ''), 100);
    v_length constant integer := length(v_name);
    v_parts text[] := '{}'::text[];
begin
    if v_length between 4 and 8 then
        v_parts := v_name || array(
            select left(v_name, i.at - 1) || substr(v_name, i.at + 1)
            from generate_series(1, v_length) as i (at)
        );
    elsif v_length > 8 then
        v_parts := array[
            '<' || left(v_name, v_length / 2), '<' || left(v_name, (v_length - 1) / 2),
            '>' || right(v_name, v_length / 2), '>' || right(v_name, (v_length - 1) / 2)
        ];
    end if;
    if v_words[2] is not null then
        v_parts := v_parts || ('=' || v_words[1] || ' ' || v_words[2]);
    end if;
    return v_parts;
end;
$$;

-- The words of a name in any order.
create function private.sorted_words(_bare_name text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    if strpos(_bare_name, ' ') = 0 then
        return _bare_name;
    end if;
    return (
        select string_agg(w.word, ' ' order by w.word)
        from unnest(string_to_array(_bare_name, ' ')) as w (word)
    );
end;
$$;

-- Hashed in one query: a call for each key would take as long as all else.
create function private.match_keys(
    _customer public.customers, _bare_name text, _contacts public.customer_contacts[]
)
returns bigint[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_parts constant text[] := private.name_parts(_bare_name);
    v_kinds integer[] := '{1,2,4}'::integer[] || array_fill(5, array[cardinality(v_parts)]);
    v_values text[] := array[
        private.tax_key(_customer.tax_id), private.host_key(_customer.website),
        private.sorted_words(_bare_name)
    ] || v_parts;
    v_contact public.customer_contacts;
begin
    if _customer.display_name <> _customer.company_name then
        v_kinds := v_kinds || 4;
        v_values := v_values || private.sorted_words(private.bare_name(_customer.display_name));
    end if;
    foreach v_contact in array _contacts loop
        v_kinds := v_kinds || '{2,3,3}'::integer[];
        v_values := v_values || array[
            private.host_key(v_contact.email), private.phone_key(v_contact.phone),
            private.phone_key(v_contact.mobile)
        ];
    end loop;
    return array(
        select distinct (hashtextextended(v.value, v.kind) & ~7::bigint) | v.kind as key
        from unnest(v_kinds, v_values) as v (kind, value)
        where v.value <> ''
        order by key
    );
end;
$$;

comment on function private.match_keys is
'What other customers are held against to find duplicates; see the head of this file.';

-- Trigrams are lenient with words that are missing or swapped, and harsh on a mistyped letter,
-- which the edit distance is lenient with. That works on at most 255 bytes.
create function private.name_similarity(_one text, _other text)
returns real
language sql
immutable
set search_path = ''
return case
    when _one = _other then 1
    when greatest(length(_one), length(_other)) < 5 then 0
    else greatest(
        extensions.similarity(_one, _other),
        1 - extensions.levenshtein(left(_one, 60), left(_other, 60))::real
        / least(greatest(length(_one), length(_other)), 60)
    )
end;

comment on function private.name_similarity is
'How alike two names of private.bare_name are, 0 to 1.';

revoke all on all functions in schema private from public;
