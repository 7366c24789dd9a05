-- A deleted type keeps its row: the runs of that type that were begun are listed by its name. When it is registered
-- again, it gets its row back.
alter table types add column deleted_at timestamptz;
-- What is in use can't be deleted.
alter table types add check (deleted_at is null or deprecated_at is not null);

create table domain_tags (
    domain_id integer not null references domains,
    key text not null check (char_length(key) between 1 and 128),
    value text not null check (char_length(value) <= 256),
    primary key (domain_id, key)
);
