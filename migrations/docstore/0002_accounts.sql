-- Accounts, their sessions, and what guards the log-in.

CREATE TABLE accounts (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254 AND position('@' IN email) > 1),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    plan          text NOT NULL CHECK (plan IN ('free', 'premium')),
    home_region   text NOT NULL CHECK (length(home_region) BETWEEN 1 AND 32),
    created       timestamptz NOT NULL DEFAULT now(),
    modified      timestamptz NOT NULL DEFAULT now()
);

-- One account an address, however it is capitalised.
CREATE UNIQUE INDEX accounts_email ON accounts (lower(email));

-- A session is found by the SHA-256 of its token: a copy of this table logs nobody in.
CREATE TABLE sessions (
    token_digest bytea PRIMARY KEY CHECK (length(token_digest) = 32),
    account_id   uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
    created      timestamptz NOT NULL DEFAULT now(),
    last_seen    timestamptz NOT NULL DEFAULT now(),
    expires      timestamptz NOT NULL,
    CHECK (expires > created)
);

CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires);

-- Attempts to log in since the last success, by subject: an account's address or a network address.
CREATE TABLE login_attempts (
    subject      text PRIMARY KEY CHECK (length(subject) BETWEEN 1 AND 300),
    attempts     integer NOT NULL CHECK (attempts >= 0),
    last_attempt timestamptz NOT NULL,
    locked_until timestamptz NOT NULL
);

CREATE INDEX login_attempts_last_attempt ON login_attempts (last_attempt);

-- What happened to accounts, kept when the account itself is gone.
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    account_id uuid,
    event      text NOT NULL CHECK (event ~ '^[a-z_]{1,40}$'),
    address    text,
    detail     jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_log_account ON audit_log (account_id, id DESC);
