-- The engine's tables. The history is the truth; everything else here is derived from it and written in the same
-- transaction, except `domains`, `types` (the registry) and `heartbeats` (which write no event).
-- Hot tables lead their keys with run_id, so that they can be distributed by it.

create table domains (
    id integer generated always as identity primary key,
    name text not null unique,
    description text,
    deprecated_at timestamptz,
    -- Null: closed runs are deleted at once (SWF's NONE).
    retention_days integer check (retention_days between 0 and 36500),
    created_at timestamptz not null
);

create table types (
    id integer generated always as identity primary key,
    domain_id integer not null references domains,
    kind text not null check (kind in ('workflow', 'activity')),
    name text not null,
    version text not null,
    description text,
    created_at timestamptz not null,
    deprecated_at timestamptz,
    defaults jsonb not null,
    unique (domain_id, kind, name, version)
);

-- One row a commit and run, holding that commit's events (store::codec). The primary key is the fence: who inserts
-- (run_id, first_event_id) has moved the run, everybody else folds again.
create table history (
    run_id uuid not null,
    first_event_id integer not null check (first_event_id > 0),
    events bytea not null,
    primary key (run_id, first_event_id)
);
-- Rows that are worth compressing are compressed before they come here.
alter table history alter column events set storage external;

-- Written when a run opens and closes, and when its deadline must become earlier.
create table open_executions (
    run_id uuid primary key,
    domain_id integer not null,
    workflow_id text not null,
    type_id integer not null,
    started_at timestamptz not null,
    -- No clock of the run rings before this; a sweep that comes too early folds the run and looks again.
    next_deadline timestamptz not null,
    tags text[],
    parent_run_id uuid,
    -- One open run a workflow id.
    unique (domain_id, workflow_id)
);
create index open_executions_due on open_executions (next_deadline);

create table closed_executions (
    run_id uuid primary key,
    domain_id integer not null,
    workflow_id text not null,
    type_id integer not null,
    started_at timestamptz not null,
    closed_at timestamptz not null,
    close_status smallint not null check (close_status between 0 and 5),
    tags text[],
    parent_run_id uuid
);
create index closed_executions_by_close on closed_executions (domain_id, closed_at);
create index closed_executions_by_workflow on closed_executions (domain_id, workflow_id);

-- Tasks that no poller was waiting for when they were committed.
create table tasks (
    run_id uuid not null,
    scheduled_event_id integer not null,
    domain_id integer not null,
    kind smallint not null check (kind in (0, 1)),
    task_list text not null,
    priority integer not null,
    scheduled_at timestamptz not null,
    -- A node that takes the row to its pollers holds it until then.
    claimed_until timestamptz not null default '-infinity',
    primary key (run_id, scheduled_event_id)
);
create index tasks_waiting on tasks (domain_id, kind, task_list, priority desc, scheduled_at);

-- Messages between runs: written with the source's commit, deleted with the target's.
create table outbox (
    source_run_id uuid not null,
    source_event_id integer not null,
    number integer not null,
    domain_id integer not null,
    body bytea not null,
    -- The node that delivers it holds it until then.
    claimed_until timestamptz not null,
    primary key (source_run_id, source_event_id, number)
);
create index outbox_due on outbox (claimed_until);

-- The last heartbeat of activities that run for long; coalesced.
create table heartbeats (
    run_id uuid not null,
    scheduled_event_id integer not null,
    started_event_id integer not null,
    beat_at timestamptz not null,
    details text,
    primary key (run_id, scheduled_event_id)
);
