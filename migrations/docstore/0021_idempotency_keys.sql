-- Calls that clients may repeat: which were done, and what was answered.

CREATE TABLE idempotency_keys (
    -- SHA-256 of who asks, of what he asks for and of his key.
    id      bytea PRIMARY KEY CHECK (length(id) = 32),
    -- SHA-256 of what exactly was asked for.
    content bytea NOT NULL CHECK (length(content) = 32),
    claimed timestamptz NOT NULL DEFAULT now(),
    -- None while the call is being done. Sealed by the caller.
    answer  bytea
);

CREATE INDEX idempotency_keys_claimed ON idempotency_keys (claimed);
