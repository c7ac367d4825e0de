-- Trunkline's catalog: the tables the shard map is read from (`map { type = postgres }`).
--
-- Run this as the role that shall own the catalog, in a UTF-8 database of its own. Run it again to bring an older
-- catalog up to date: what is there stays, and its version moves on. Do so before the proxies are updated.
--   psql -v ON_ERROR_STOP=1 -1 -f catalog.sql postgresql://owner@catalog/trunkline
--
-- Readers (the proxies) need no more than:
--   grant usage on schema trunkline to proxy_role;
--   grant select on all tables in schema trunkline to proxy_role;
-- Writers (whoever creates or moves workspaces) need, on top of that:
--   grant insert, update, delete on trunkline.shard, trunkline.workspace to writer_role;
-- Operators (who repoint through the console; the proxies' role, where they do it) need, on top of reading:
--   grant execute on function trunkline.change_map to operator_role;
-- The journal grows with every change until somebody trims it; a job that does so needs no more than:
--   grant usage on schema trunkline to job_role; grant execute on function trunkline.trim_journal to job_role;
--   select trunkline.trim_journal('90 days');
--
-- Nobody writes map_version or map_journal by hand: triggers move it in the transaction that changes the map, and tell the
-- proxies on the channel trunkline_map when that transaction commits. A proxy that misses a message finds the
-- new version at its next poll.

create schema if not exists trunkline;

-- The one row that orders all changes. A writer holds it until its commit, so versions are committed in order and
-- without gaps; a proxy that sees 7 after 5 knows that it missed something.
create table if not exists trunkline.map_version (
  single boolean primary key default true check (single),
  version bigint not null,
  -- A new value with every version. Two maps of the same number but from different histories (a standby promoted
  -- without the last commits, a restored backup, a catalog created anew) differ here.
  stamp uuid not null default gen_random_uuid()
);
insert into trunkline.map_version (version) values (1) on conflict do nothing;

-- collecting: change_map puts several statements into one version; nobody else ever sees it true.
alter table trunkline.map_version add column if not exists collecting boolean not null default false;
-- The oldest version that can be shown or gone back to: the journal begins behind it.
alter table trunkline.map_version add column if not exists journal_from bigint;
update trunkline.map_version set journal_from = version where journal_from is null;

-- A logical shard is a schema; the host is a name from the proxies' configuration.
create table if not exists trunkline.shard (
  name text primary key check (octet_length(name) between 1 and 63),
  host text not null check (host <> '')
);

create table if not exists trunkline.workspace (
  id text primary key,
  shard text not null references trunkline.shard,
  -- The same rules as WorkspaceId.canonical: an id that breaks them could never be found.
  constraint id_length check (octet_length(id) between 1 and 128),
  constraint id_without_control_characters check (id !~ '[\u0001-\u001f\u007f-\u009f]'),
  constraint id_canonical_uuid check (
    case
      when id ~* '^([0-9a-f]{4}(-?[0-9a-f]{4}){7}|\{[0-9a-f]{4}(-?[0-9a-f]{4}){7}\})$' then id = id::uuid::text
      else true
    end
  )
);
create index if not exists workspace_shard_idx on trunkline.workspace (shard);

-- Where a host is now, if that is no longer what the proxies' configuration says: 'host=db7 port=5432 dbname=app'.
create table if not exists trunkline.host_home (
  host text primary key check (host <> ''),
  home text not null check (home <> '')
);

-- What every version changed, written in the transaction that made it. null: there was, or is, no such row.
create table if not exists trunkline.map_journal (
  version bigint not null,
  kind text not null check (kind in ('host', 'shard', 'workspace')),
  subject text not null,
  before text,
  after text,
  at timestamptz not null default clock_timestamp(),
  -- Who is said to have done it, and the role that was logged in.
  who text not null,
  login text not null default session_user,
  why text not null,
  primary key (version, kind, subject)
);

-- Writers queue here, before they touch a row: taken after the rows, the same lock would let two of them deadlock.
create or replace function trunkline.begin_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from trunkline.map_version for update;
  return null;
end $$;

-- One statement that changes anything is one version and one message of at most 7,999 bytes:
--   <version>              the tables of shards and of homes changed; workspaces did not
--   <version> <id>         this workspace changed; several ids are separated by tabs, which no id contains
--   <version> *            anything may have changed
create or replace function trunkline.publish(scope text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  next bigint;
begin
  update trunkline.map_version set version = version + 1, stamp = gen_random_uuid()
    where not collecting returning version into next;
  if found then
    perform pg_notify('trunkline_map', case scope when '' then next::text else next || ' ' || scope end);
  end if;
end $$;
revoke execute on function trunkline.publish(text) from public;

-- Up to 200 ids are named one by one. A larger batch says "anything": one message instead of a flood.
create or replace function trunkline.publish_workspaces(ids text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  named text := array_to_string(ids, E'\t');
begin
  if cardinality(ids) > 200 or octet_length(named) > 7900 then
    named := '*';
  end if;
  if cardinality(ids) > 0 then
    perform trunkline.publish(named);
  end if;
end $$;
revoke execute on function trunkline.publish_workspaces(text[]) from public;

-- Journals and publishes the rows that really differ. Arguments: the kind, the column of the key, that of the value.
create or replace function trunkline.rows_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed text := case tg_op
    when 'INSERT' then 'select %1$I::text as subject, null::text as before, %2$I::text as after from after'
    when 'DELETE' then 'select %1$I::text as subject, %2$I::text as before, null::text as after from before'
    else 'select coalesce(a.%1$I, b.%1$I) as subject, b.%2$I as before, a.%2$I as after
          from before b full join after a on a.%1$I = b.%1$I where a.%2$I is distinct from b.%2$I'
  end;
  subjects text[];
begin
  execute format('with changed as (' || changed || '), kept as (
      insert into trunkline.map_journal (version, kind, subject, before, after, who, why)
      select v.version + 1, %3$L, subject, before, after,
        coalesce(nullif(current_setting(''trunkline.who'', true), ''''), session_user),
        coalesce(current_setting(''trunkline.why'', true), '''')
      from changed cross join trunkline.map_version v
      returning subject)
    select array(select subject from kept limit 201)', tg_argv[1], tg_argv[2], tg_argv[0]) into subjects;
  if tg_argv[0] = 'workspace' then
    perform trunkline.publish_workspaces(subjects);
  elsif cardinality(subjects) > 0 then
    perform trunkline.publish('');
  end if;
  return null;
end $$;

-- Before the rows are gone; after() publishes.
create or replace function trunkline.before_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('insert into trunkline.map_journal (version, kind, subject, before, who, why)
    select v.version + 1, %1$L, %2$I, %3$I,
      coalesce(nullif(current_setting(''trunkline.who'', true), ''''), session_user),
      coalesce(current_setting(''trunkline.why'', true), '''')
    from %4$s cross join trunkline.map_version v', tg_argv[0], tg_argv[1], tg_argv[2], tg_relid::regclass);
  return null;
end $$;

create or replace function trunkline.truncated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform trunkline.publish('*');
  return null;
end $$;

do $$
declare
  t record;
begin
  for t in select * from (values
    ('workspace', 'workspace', 'id', 'shard'), ('shard', 'shard', 'name', 'host'), ('host_home', 'host', 'host', 'home')
  ) as v (relation, kind, key, value) loop
    execute format('
      create or replace trigger a_begin_change before insert or update or delete or truncate on trunkline.%1$I
        for each statement execute function trunkline.begin_change();
      create or replace trigger before_truncate before truncate on trunkline.%1$I
        for each statement execute function trunkline.before_truncate(%2$L, %3$L, %4$L);
      create or replace trigger inserted after insert on trunkline.%1$I referencing new table as after
        for each statement execute function trunkline.rows_changed(%2$L, %3$L, %4$L);
      create or replace trigger deleted after delete on trunkline.%1$I referencing old table as before
        for each statement execute function trunkline.rows_changed(%2$L, %3$L, %4$L);
      create or replace trigger updated after update on trunkline.%1$I
        referencing old table as before new table as after
        for each statement execute function trunkline.rows_changed(%2$L, %3$L, %4$L);
      create or replace trigger truncated after truncate on trunkline.%1$I
        for each statement execute function trunkline.truncated()', t.relation, t.kind, t.key, t.value);
  end loop;
end $$;
-- Those of the first catalog.
drop function if exists trunkline.workspaces_changed(), trunkline.workspaces_updated(), trunkline.workspaces_truncated(),
  trunkline.shards_changed(), trunkline.shards_updated();

-- Gives one subject its value; null takes it away.
create or replace function trunkline.put(kind text, subject text, value text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  step text := kind || case when value is null then ' gone' else '' end;
begin
  case step
    when 'host' then insert into trunkline.host_home as h values (subject, value)
      on conflict (host) do update set home = excluded.home;
    when 'host gone' then delete from trunkline.host_home h where h.host = subject;
    when 'shard' then insert into trunkline.shard values (subject, value)
      on conflict (name) do update set host = excluded.host;
    when 'shard gone' then delete from trunkline.shard s where s.name = subject;
    when 'workspace' then insert into trunkline.workspace values (subject, value)
      on conflict (id) do update set shard = excluded.shard;
    when 'workspace gone' then delete from trunkline.workspace w where w.id = subject;
  end case;
end $$;
revoke execute on function trunkline.put(text, text, text) from public;

create or replace function trunkline.require(holds boolean, complaint text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if not holds then
    raise exception using errcode = '22023', message = complaint;
  end if;
end $$;

-- Changes the map if it is still the expected one, as one version; else changes nothing and says what it is now.
--   kind 'host' | 'shard' | 'workspace': that subject gets that value
--   kind 'back': everything gets the value it had in the version that is the value; there is no subject
create or replace function trunkline.change_map(
  expected bigint, expected_stamp uuid, kind text, subject text, value text, by_whom text, reason text,
  out applied boolean, out version bigint, out stamp uuid, out who text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  now_is trunkline.map_version;
  step record;
  named text[];
  others boolean;
begin
  select * into now_is from trunkline.map_version for update;
  applied := now_is.version = expected and (expected_stamp is null or now_is.stamp = expected_stamp);
  if not applied then
    version := now_is.version;
    stamp := now_is.stamp;
    who := (select j.who from trunkline.map_journal j where j.version = now_is.version limit 1);
    return;
  end if;
  perform trunkline.require(kind in ('host', 'shard', 'workspace', 'back'), format('no such kind of change: %s', kind));
  perform trunkline.require(kind <> 'shard' or exists (select from trunkline.shard s where s.name = subject),
    format('logical shard "%s" is not in the map', subject));
  perform trunkline.require(kind <> 'workspace' or exists (select from trunkline.workspace w where w.id = subject),
    format('workspace "%s" is not in the map', subject));
  perform trunkline.require(kind <> 'workspace' or exists (select from trunkline.shard s where s.name = value),
    format('logical shard "%s" is not in the map', value));
  if kind = 'back' then
    perform trunkline.require(value::bigint between now_is.journal_from and expected,
      format('version %s is not one of those kept, %s to %s', value, now_is.journal_from, expected));
  end if;
  perform set_config('trunkline.who', by_whom, true), set_config('trunkline.why', reason, true);
  update trunkline.map_version set collecting = true;
  if kind = 'back' then
    for step in
      select * from (
        select distinct on (j.kind, j.subject) j.kind, j.subject, j.before as target from trunkline.map_journal j
        where j.version > value::bigint order by j.kind, j.subject, j.version) as wanted
      -- A workspace refers to its shard.
      order by case when wanted.kind <> 'shard' then 2 when wanted.target is null then 3 else 1 end
    loop
      perform trunkline.put(step.kind, step.subject, step.target);
    end loop;
  else
    perform trunkline.put(kind, subject, value);
  end if;
  update trunkline.map_version set collecting = false;
  perform set_config('trunkline.who', '', true), set_config('trunkline.why', '', true);
  select array(select j.subject from trunkline.map_journal j
    where j.version = expected + 1 and j.kind = 'workspace' limit 201) into named;
  others := exists (select from trunkline.map_journal j where j.version = expected + 1 and j.kind <> 'workspace');
  perform trunkline.require(others or cardinality(named) > 0, 'the map is like that already');
  if others then
    perform trunkline.publish(case when cardinality(named) > 0 then '*' else '' end);
  else
    perform trunkline.publish_workspaces(named);
  end if;
  select v.version, v.stamp, by_whom into version, stamp, who from trunkline.map_version v;
end $$;
revoke execute on function trunkline.change_map(bigint, uuid, text, text, text, text, text) from public;

-- Forgets what the journal says of versions older than that. The newest change always stays, so there is a way back from
-- it; nothing further back than journal_from can be shown or gone back to. One call forgets 10,000 versions at most, for
-- a change of the map waits meanwhile: call it again until it returns 0, the number of versions it has forgotten.
create or replace function trunkline.trim_journal(keep interval) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  oldest bigint;
  now_is trunkline.map_version;
begin
  select * into now_is from trunkline.map_version for update;
  select coalesce(max(j.version), now_is.journal_from) into oldest from trunkline.map_journal j
    where j.version <= least(now_is.journal_from + 10000, now_is.version - 1) and j.at < clock_timestamp() - keep;
  delete from trunkline.map_journal j where j.version <= oldest;
  update trunkline.map_version set journal_from = oldest;
  return oldest - now_is.journal_from;
end $$;
revoke execute on function trunkline.trim_journal(interval) from public;
