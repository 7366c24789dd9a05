-- Who may call the endpoint. Secrets are sealed under a key that is not in the database, so a dump reveals none.
create table credentials (
    access_key text primary key check (length(access_key) between 16 and 128),
    -- Gone when the credential is revoked.
    secret bytea check ((secret is null) = (revoked_at is not null)),
    -- After a rotation the secret before it counts for a while, so that callers can be switched one by one.
    previous_secret bytea,
    previous_until timestamptz check ((previous_secret is null) = (previous_until is null)),
    role text not null check (role in ('admin', 'operator', 'worker', 'reader')),
    -- Names; null is all. They need not be registered yet.
    domains text[] check (cardinality(domains) > 0),
    description text,
    created_at timestamptz not null,
    rotated_at timestamptz,
    revoked_at timestamptz
);
