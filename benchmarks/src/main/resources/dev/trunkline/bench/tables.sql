-- The tables of one logical shard: a block / comment / collection design. search_path says which shard.

create table workspace (
  id uuid primary key,
  name text not null,
  plan text not null,
  created_at timestamptz not null
);

create table block (
  id uuid primary key,
  workspace_id uuid not null references workspace,
  parent_id uuid,
  type text not null,
  properties jsonb not null default '{}',
  content uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_edited_by uuid
);
create index on block (workspace_id);
create index on block (parent_id);

create table collection (
  id uuid primary key,
  workspace_id uuid not null references workspace,
  parent_id uuid not null references block,
  schema jsonb not null,
  name text not null
);
create index on collection (workspace_id);
create index on collection (parent_id);

create table discussion (
  id uuid primary key,
  workspace_id uuid not null references workspace,
  parent_id uuid not null references block,
  resolved boolean not null default false,
  created_at timestamptz not null default now()
);
create index on discussion (workspace_id);
create index on discussion (parent_id);

create table comment (
  id uuid primary key,
  workspace_id uuid not null references workspace,
  discussion_id uuid not null references discussion,
  parent_id uuid not null references block,
  body text not null,
  created_by uuid not null,
  created_at timestamptz not null default now()
);
create index on comment (workspace_id);
create index on comment (discussion_id);
create index on comment (parent_id);
