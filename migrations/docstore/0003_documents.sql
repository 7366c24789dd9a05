-- Documents, what they count for, and the mails that their size causes.

CREATE TABLE documents (
    id             uuid PRIMARY KEY,
    owner          uuid NOT NULL REFERENCES accounts,
    -- Chosen by the server; nothing the user typed is in it.
    object_key     text NOT NULL UNIQUE CHECK (length(object_key) BETWEEN 1 AND 200),
    thumbnail_key  text CHECK (length(thumbnail_key) BETWEEN 1 AND 200),
    -- As the user gave them: only ever shown, never part of a path.
    file_name      text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    tags           text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
    declared_type  text NOT NULL CHECK (length(declared_type) BETWEEN 1 AND 255),
    -- What the content says that it is, whatever its name.
    sniffed_type   text CHECK (length(sniffed_type) BETWEEN 1 AND 255),
    kind           text CHECK (kind ~ '^[a-z0-9_]{1,32}$'),
    -- The real size in bytes, once the object is there.
    size           bigint CHECK (size >= 0),
    etag           text CHECK (length(etag) <= 200),
    digest         bytea CHECK (length(digest) = 32),
    state          text NOT NULL CHECK (state IN ('awaiting_upload', 'uploading', 'processing', 'ready',
                                                  'ready_degraded', 'failed', 'abandoned', 'deleting')),
    reason_code    text CHECK (reason_code ~ '^[a-z0-9_]{1,64}$'),
    reason         text CHECK (length(reason) <= 1000),
    pages_done     integer NOT NULL DEFAULT 0 CHECK (pages_done >= 0),
    pages_total    integer CHECK (pages_total >= pages_done),
    -- Bytes of the quota that this document holds until its real size is counted.
    reserved_bytes bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
    form_expires   timestamptz NOT NULL,
    -- When to look whether an unsettled document has been forgotten, and to send its event again.
    next_check     timestamptz NOT NULL,
    created        timestamptz NOT NULL DEFAULT now(),
    modified       timestamptz NOT NULL DEFAULT now(),
    upload_begun   timestamptz,
    uploaded       timestamptz,
    processed      timestamptz,
    CHECK ((state IN ('ready_degraded', 'failed')) <= (reason_code IS NOT NULL AND reason IS NOT NULL)),
    CHECK ((state IN ('processing', 'ready', 'ready_degraded', 'failed')) <= (size IS NOT NULL AND uploaded IS NOT NULL)),
    CHECK ((state IN ('ready', 'ready_degraded', 'failed')) <= (processed IS NOT NULL)),
    CHECK ((state = 'abandoned') <= (reserved_bytes = 0))
) WITH (fillfactor = 85);

-- The four orders in which an owner lists his documents; `id` breaks ties, so that a page can be continued.
CREATE INDEX documents_by_created ON documents (owner, created, id);
CREATE INDEX documents_by_modified ON documents (owner, modified, id);
CREATE INDEX documents_by_title ON documents (owner, lower(title), id);
CREATE INDEX documents_by_size ON documents (owner, coalesce(size, 0), id);
CREATE INDEX documents_by_digest ON documents (owner, digest) WHERE digest IS NOT NULL;

-- Forms whose file has not arrived: an account may have only so many.
CREATE INDEX documents_open_forms ON documents (owner) WHERE state IN ('awaiting_upload', 'uploading');

-- Documents that something still has to happen to: the reconciler reads nothing else.
CREATE INDEX documents_unsettled ON documents (next_check)
    WHERE state IN ('awaiting_upload', 'uploading', 'processing', 'deleting');

-- A document that has been counted, and as what: a row is here once or not at all, which is what makes counting exact.
CREATE TABLE document_counts (
    document_id uuid PRIMARY KEY,
    account_id  uuid NOT NULL,
    plan        text NOT NULL CHECK (plan IN ('free', 'premium')),
    kind        text NOT NULL CHECK (kind ~ '^[a-z0-9_]{1,32}$'),
    size        bigint NOT NULL CHECK (size >= 0),
    counted     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX document_counts_account ON document_counts (account_id);

CREATE TABLE account_usage (
    account_id     uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    quota_bytes    bigint NOT NULL CHECK (quota_bytes >= 0),
    bytes_used     bigint NOT NULL DEFAULT 0 CHECK (bytes_used >= 0),
    bytes_reserved bigint NOT NULL DEFAULT 0 CHECK (bytes_reserved >= 0),
    documents      bigint NOT NULL DEFAULT 0 CHECK (documents >= 0),
    -- The flag that blocks uploads. It follows from the bytes, so it cannot disagree with them.
    over_quota     boolean NOT NULL GENERATED ALWAYS AS (bytes_used > quota_bytes) STORED,
    -- How often the account has gone over its quota: one mail each.
    excursion      bigint NOT NULL DEFAULT 0 CHECK (excursion >= 0)
) WITH (fillfactor = 70);

-- System totals. `slot` spreads each total over several rows, so that commits do not queue behind one row's lock;
-- a total is the sum over its slots.
CREATE TABLE usage_totals (
    plan      text NOT NULL CHECK (plan IN ('free', 'premium')),
    kind      text NOT NULL CHECK (kind ~ '^[a-z0-9_]{1,32}$'),
    slot      smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
    documents bigint NOT NULL CHECK (documents >= 0),
    bytes     bigint NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (plan, kind, slot)
) WITH (fillfactor = 70);

-- planned: nothing has been sent. unknown: a send was begun and its answer has not been seen, so sending again
-- could send twice. sent: the mail service has accepted it.
CREATE TABLE mail_ledger (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    reason     text NOT NULL CHECK (reason IN ('over_quota')),
    excursion  bigint NOT NULL CHECK (excursion > 0),
    state      text NOT NULL CHECK (state IN ('planned', 'unknown', 'sent')),
    message_id text CHECK (length(message_id) <= 300),
    created    timestamptz NOT NULL DEFAULT now(),
    modified   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, reason, excursion),
    CHECK ((state = 'sent') = (message_id IS NOT NULL))
);
