-- Lists of open runs show whether somebody asked for their end; the history says so, but is not read for a list.
alter table open_executions add column cancel_requested boolean not null default false;
