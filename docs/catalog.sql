-- Trunkline's catalog: the tables the shard map is read from (`map { type = postgres }`).
--
-- Run this once, as the role that shall own the catalog, in a UTF-8 database of its own:
--   psql -v ON_ERROR_STOP=1 -1 -f catalog.sql postgresql://owner@catalog/trunkline
--
-- Readers (the proxies) need no more than:
--   grant usage on schema trunkline to proxy_role;
--   grant select on all tables in schema trunkline to proxy_role;
-- Writers (whoever creates or moves workspaces) need, on top of that:
--   grant insert, update, delete on trunkline.shard, trunkline.workspace to writer_role;
--
-- Nobody writes map_version by hand: triggers move it in the transaction that changes the map, and tell the
-- proxies on the channel trunkline_map when that transaction commits. A proxy that misses a message finds the
-- new version at its next poll.

create schema trunkline;

-- The one row that orders all changes. A writer holds it until its commit, so versions are committed in order and
-- without gaps; a proxy that sees 7 after 5 knows that it missed something.
create table trunkline.map_version (
  single boolean primary key default true check (single),
  version bigint not null,
  -- A new value with every version. Two maps of the same number but from different histories (a standby promoted
  -- without the last commits, a restored backup, a catalog created anew) differ here.
  stamp uuid not null default gen_random_uuid()
);
insert into trunkline.map_version (version) values (1);

-- A logical shard is a schema; the host is a name from the proxies' configuration.
create table trunkline.shard (
  name text primary key check (octet_length(name) between 1 and 63),
  host text not null check (host <> '')
);

create table trunkline.workspace (
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
create index on trunkline.workspace (shard);

-- Writers queue here, before they touch a row: taken after the rows, the same lock would let two of them deadlock.
create function trunkline.begin_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from trunkline.map_version for update;
  return null;
end $$;

-- One statement that changes anything is one version and one message of at most 7,999 bytes:
--   <version>              the table of shards changed; workspaces did not
--   <version> <id>         this workspace changed; several ids are separated by tabs, which no id contains
--   <version> *            anything may have changed
create function trunkline.publish(scope text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  next bigint;
begin
  update trunkline.map_version set version = version + 1, stamp = gen_random_uuid() returning version into next;
  perform pg_notify('trunkline_map', case scope when '' then next::text else next || ' ' || scope end);
end $$;
revoke execute on function trunkline.publish(text) from public;

-- Up to 200 ids are named one by one. A larger batch says "anything": one message instead of a flood.
create function trunkline.publish_workspaces(ids text[]) returns void
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

-- Insert and delete: every row of the transition table.
create function trunkline.workspaces_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform trunkline.publish_workspaces(array(select id from changed limit 201));
  return null;
end $$;

-- Update: the rows that really differ, under their old and their new id.
create function trunkline.workspaces_updated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform trunkline.publish_workspaces(array(
    select id
    from ((table before except table after) union all (table after except table before)) as different
    group by id
    limit 201));
  return null;
end $$;

create function trunkline.workspaces_truncated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform trunkline.publish('*');
  return null;
end $$;

-- Insert and delete of shards.
create function trunkline.shards_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from changed) then
    perform trunkline.publish('');
  end if;
  return null;
end $$;

create function trunkline.shards_updated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (table after except table before) then
    perform trunkline.publish('');
  end if;
  return null;
end $$;

create trigger a_begin_change before insert or update or delete or truncate on trunkline.workspace
  for each statement execute function trunkline.begin_change();
create trigger inserted after insert on trunkline.workspace referencing new table as changed
  for each statement execute function trunkline.workspaces_changed();
create trigger deleted after delete on trunkline.workspace referencing old table as changed
  for each statement execute function trunkline.workspaces_changed();
create trigger updated after update on trunkline.workspace referencing old table as before new table as after
  for each statement execute function trunkline.workspaces_updated();
create trigger truncated after truncate on trunkline.workspace
  for each statement execute function trunkline.workspaces_truncated();

create trigger a_begin_change before insert or update or delete or truncate on trunkline.shard
  for each statement execute function trunkline.begin_change();
create trigger inserted after insert on trunkline.shard referencing new table as changed
  for each statement execute function trunkline.shards_changed();
create trigger deleted after delete on trunkline.shard referencing old table as changed
  for each statement execute function trunkline.shards_changed();
create trigger updated after update on trunkline.shard referencing old table as before new table as after
  for each statement execute function trunkline.shards_updated();
create trigger truncated after truncate on trunkline.shard
  for each statement execute function trunkline.workspaces_truncated();
