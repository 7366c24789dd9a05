-- What operators see and do: processing again, uploads by hour, access logs and what they add up to.

-- When processing began again; without it, it began when the object arrived.
ALTER TABLE documents ADD COLUMN processing_begun timestamptz;

-- How long the last documents took.
CREATE INDEX documents_processed ON documents (processed DESC) WHERE processed IS NOT NULL;

-- What failed or lacks something, by reason.
CREATE INDEX documents_not_well ON documents (state, reason_code) WHERE state IN ('failed', 'ready_degraded');

-- What arrived in each hour; deleting a document later does not change it. `slot` spreads an hour over several rows,
-- so that commits do not queue behind one row's lock.
CREATE TABLE upload_hours (
    hour      timestamptz NOT NULL,
    plan      text NOT NULL CHECK (plan IN ('free', 'premium')),
    slot      smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
    documents bigint NOT NULL CHECK (documents >= 0),
    bytes     bigint NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (hour, plan, slot)
) WITH (fillfactor = 70);

-- The files of access logs in the object store. A row is here before its file is.
CREATE TABLE access_logs (
    object_key text PRIMARY KEY CHECK (length(object_key) BETWEEN 1 AND 200),
    begun      timestamptz NOT NULL DEFAULT now(),
    -- When it was added to the figures below: once, in the transaction that adds it.
    rolled_up  timestamptz,
    -- Lines of it; none when its file never came.
    requests   bigint CHECK (requests >= 0)
);

CREATE INDEX access_logs_open ON access_logs (begun) WHERE rolled_up IS NULL;
CREATE INDEX access_logs_rolled_up ON access_logs (rolled_up) WHERE rolled_up IS NOT NULL;

-- Requests of each hour, by route and by how they ended.
CREATE TABLE request_hours (
    hour     timestamptz NOT NULL,
    method   text NOT NULL CHECK (length(method) BETWEEN 1 AND 20),
    route    text NOT NULL CHECK (length(route) BETWEEN 1 AND 200),
    status   smallint NOT NULL CHECK (status BETWEEN 100 AND 999),
    requests bigint NOT NULL CHECK (requests >= 0),
    -- Time that they took, together.
    micros   bigint NOT NULL CHECK (micros >= 0),
    PRIMARY KEY (hour, method, route, status)
);

-- Who made requests in each hour. No reference to the account: what was used stays when an account goes.
CREATE TABLE account_hours (
    hour       timestamptz NOT NULL,
    account_id uuid NOT NULL,
    requests   bigint NOT NULL CHECK (requests >= 0),
    PRIMARY KEY (hour, account_id)
);
