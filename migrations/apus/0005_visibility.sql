-- Each way to list runs has an index in the order of the list, so that a query ends with its page.

create index open_executions_by_start on open_executions (domain_id, started_at, type_id);

create index closed_executions_by_start on closed_executions (domain_id, started_at);
create index closed_executions_by_type on closed_executions (domain_id, type_id, closed_at);
create index closed_executions_by_type_and_start on closed_executions (domain_id, type_id, started_at);
drop index closed_executions_by_workflow;
create index closed_executions_by_workflow on closed_executions (domain_id, workflow_id, closed_at);
-- Most runs complete, and are found among all others; what else became of runs is rare.
create index closed_executions_by_status on closed_executions (domain_id, close_status, closed_at)
    where close_status <> 0;
create index closed_executions_by_status_and_start on closed_executions (domain_id, close_status, started_at)
    where close_status <> 0;

-- An index of arrays has no order: each tag of a run is a row. Runs without tags cost nothing here.
create table open_tags (
    domain_id integer not null,
    tag text not null,
    started_at timestamptz not null,
    run_id uuid not null,
    primary key (domain_id, tag, started_at, run_id)
);
create table closed_tags (
    domain_id integer not null,
    tag text not null,
    closed_at timestamptz not null,
    run_id uuid not null,
    started_at timestamptz not null,
    primary key (domain_id, tag, closed_at, run_id)
);
create index closed_tags_by_start on closed_tags (domain_id, tag, started_at);

-- Triggers, because rows come and go in many statements: begun, ended, continued as new, deleted.
create function index_open_tags() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        delete from apus.open_tags where domain_id = old.domain_id and tag = any(old.tags)
            and started_at = old.started_at and run_id = old.run_id;
    end if;
    if tg_op <> 'DELETE' then
        insert into apus.open_tags (domain_id, tag, started_at, run_id)
        select distinct new.domain_id, tag, new.started_at, new.run_id from unnest(new.tags) tag;
    end if;
    return null;
end $$;
create trigger begun after insert on open_executions for each row
    when (new.tags is not null) execute function index_open_tags();
create trigger ended after delete on open_executions for each row
    when (old.tags is not null) execute function index_open_tags();
create trigger continued after update of run_id, domain_id, started_at, tags on open_executions for each row
    when (old.tags is not null or new.tags is not null) execute function index_open_tags();

create function index_closed_tags() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from apus.closed_tags where domain_id = old.domain_id and tag = any(old.tags)
            and closed_at = old.closed_at and run_id = old.run_id;
    else
        insert into apus.closed_tags (domain_id, tag, closed_at, run_id, started_at)
        select distinct new.domain_id, tag, new.closed_at, new.run_id, new.started_at from unnest(new.tags) tag;
    end if;
    return null;
end $$;
create trigger closed after insert on closed_executions for each row
    when (new.tags is not null) execute function index_closed_tags();
create trigger deleted after delete on closed_executions for each row
    when (old.tags is not null) execute function index_closed_tags();

insert into open_tags (domain_id, tag, started_at, run_id)
select distinct domain_id, tag, started_at, run_id from open_executions, unnest(tags) tag;
insert into closed_tags (domain_id, tag, closed_at, run_id, started_at)
select distinct domain_id, tag, closed_at, run_id, started_at from closed_executions, unnest(tags) tag;
