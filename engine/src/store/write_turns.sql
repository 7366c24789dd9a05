-- Writes what nearly every turn writes: that its run begins, its row of history, that its run ends. One statement on the
-- wire, which is a transaction by itself where nothing else has to be written: to ask and be answered once for each of
-- them, and for BEGIN and COMMIT, would cost more than the rows do.
--
-- It belongs to the connection, so that it is always as old as the program that calls it.
--
-- Each row is looked up in an index, whatever Postgres believes of the tables: an analysis that finds no open run makes
-- it plan as if there never were one, and go through all of an index, with every dead entry, for each call. So tables
-- are read in subqueries that `offset 0` keeps by themselves, or by `= any` of an array, and never joined.
--
-- Turns that lose are in `already_started` or in `conflicts`, and leave nothing; usually both are null. All arrays are
-- sorted by key, so that two nodes never deadlock.
create function pg_temp.write_turns(
    turn_runs uuid[], turn_firsts int4[], turn_events bytea[], turn_before timestamptz,
    open_runs uuid[], open_domains int4[], open_workflow_ids text[], open_types int4[], open_starts timestamptz[],
    open_deadlines timestamptz[], open_tags text[], open_parents uuid[],
    close_runs uuid[], close_times timestamptz[], close_statuses int2[],
    task_runs uuid[],
    out already_started uuid[], out conflicts uuid[]
) language plpgsql as $$
declare
    written int8;
    lost uuid[] = '{}';
begin
    -- One open run a workflow id: the unique index decides.
    if cardinality(open_runs) > 0 then
        insert into open_executions
            (run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags, parent_run_id)
        select o.run, o.domain, o.workflow, o.type, o.start, o.deadline, o.tags::text[], o.parent
        from unnest(open_runs, open_domains, open_workflow_ids, open_types, open_starts, open_deadlines, open_tags,
                    open_parents) o (run, domain, workflow, type, start, deadline, tags, parent)
        on conflict (domain_id, workflow_id) do nothing;
        get diagnostics written = row_count;
        -- Who has lost is asked only when somebody has.
        if written < cardinality(open_runs) then
            already_started = array(
                select o.run from unnest(open_runs) o (run)
                where not exists (select from open_executions e
                                  where e.run_id = o.run and e.xmin = pg_current_xact_id()::xid offset 0));
            lost = already_started;
        end if;
    end if;

    -- The fence: whoever inserts the row has moved the run.
    insert into history (run_id, first_event_id, events)
    select t.run, t.first, t.body from unnest(turn_runs, turn_firsts, turn_events) t (run, first, body)
    where now() < turn_before and t.run <> all (lost)
    on conflict (run_id, first_event_id) do nothing;
    get diagnostics written = row_count;
    if written < cardinality(turn_runs) - cardinality(lost) then
        conflicts = array(
            select t.run from unnest(turn_runs, turn_firsts) t (run, first)
            where t.run <> all (lost)
              and not exists (select from history h
                              where h.run_id = t.run and h.first_event_id = t.first
                                and h.xmin = pg_current_xact_id()::xid offset 0));
        lost = lost || conflicts;
        -- What is not to happen has no row either.
        delete from open_executions where run_id = any (conflicts) and xmin = pg_current_xact_id()::xid;
    end if;

    if cardinality(close_runs) > 0 then
        insert into closed_executions
        select e.run_id, e.domain_id, e.workflow_id, e.type_id, e.started_at, c.closed_at, c.status, e.tags,
               e.parent_run_id
        from unnest(close_runs, close_times, close_statuses) c (run, closed_at, status)
        cross join lateral (select * from open_executions o where o.run_id = c.run offset 0) e
        where c.run <> all (lost);
        delete from open_executions where run_id = any (close_runs) and run_id <> all (lost);
        -- Also what was saved just after its activity had ended.
        delete from heartbeats where run_id = any (close_runs) and run_id <> all (lost);
    end if;
    if cardinality(task_runs) > 0 then
        delete from tasks where run_id = any (task_runs) and run_id <> all (lost);
    end if;
end $$
