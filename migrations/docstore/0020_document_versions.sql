-- Versions of documents, the trash, what happened to a document, and how it is told that something has changed.

-- Each row is one version of a document, with an object of its own. What people call the document is the lineage: the
-- id of its first version, which outlives that version.
ALTER TABLE documents
    ADD COLUMN lineage   uuid,
    ADD COLUMN version   integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- The version that is listed and found: the newest that has arrived, the first until one has.
    ADD COLUMN current   boolean NOT NULL DEFAULT true,
    -- Since when the document lies in the trash; only of the current version.
    ADD COLUMN trashed   timestamptz,
    -- When the owner last changed title or tags.
    ADD COLUMN edited    timestamptz,
    -- How often its processing was asked for again.
    ADD COLUMN attempt   integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    -- Grows with every change that its owner can see.
    ADD COLUMN revision  bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
    -- The index does not know of the last change: when to look whether that has been forgotten.
    ADD COLUMN index_due timestamptz;

UPDATE documents SET lineage = id;

ALTER TABLE documents
    ALTER COLUMN lineage SET NOT NULL,
    ADD CHECK (current OR trashed IS NULL);

CREATE UNIQUE INDEX documents_versions ON documents (lineage, version);
CREATE UNIQUE INDEX documents_current ON documents (lineage) WHERE current;
CREATE INDEX documents_trash ON documents (owner, trashed, id) WHERE trashed IS NOT NULL;
CREATE INDEX documents_trash_age ON documents (trashed) WHERE trashed IS NOT NULL AND state <> 'deleting';
CREATE INDEX documents_index_due ON documents (index_due) WHERE index_due IS NOT NULL;

-- Versions count for their bytes, documents are counted once.
ALTER TABLE document_counts ADD COLUMN lineage uuid;
UPDATE document_counts SET lineage = document_id;
ALTER TABLE document_counts ALTER COLUMN lineage SET NOT NULL;
CREATE INDEX document_counts_lineage ON document_counts (lineage);

-- How often something has changed that the account's lists show. Whoever has read it knows whether a list that was read
-- before is still right.
ALTER TABLE account_usage ADD COLUMN changes bigint NOT NULL DEFAULT 0 CHECK (changes >= 0);

-- What happened to each version, in the order in which it happened.
CREATE TABLE document_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A state that was reached, or `edited`, `trashed`, `restored`.
    event       text NOT NULL CHECK (event ~ '^[a-z_]{1,32}$'),
    reason_code text,
    reason      text
);

CREATE INDEX document_history_document ON document_history (document_id, id);

INSERT INTO document_history (document_id, at, event, reason_code, reason)
SELECT id, modified, state, reason_code, reason FROM documents ORDER BY created;

-- Written down here and not by each statement, so that no change of state can be forgotten.

CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.title, NEW.tags, NEW.state, NEW.reason_code, NEW.reason, NEW.pages_done, NEW.pages_total, NEW.size,
        NEW.sniffed_type, NEW.kind, NEW.digest, NEW.thumbnail_key, NEW.modified, NEW.uploaded, NEW.processed,
        NEW.current, NEW.trashed)
        IS DISTINCT FROM
       (OLD.title, OLD.tags, OLD.state, OLD.reason_code, OLD.reason, OLD.pages_done, OLD.pages_total, OLD.size,
        OLD.sniffed_type, OLD.kind, OLD.digest, OLD.thumbnail_key, OLD.modified, OLD.uploaded, OLD.processed,
        OLD.current, OLD.trashed)
    THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER documents_revision BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION count_revision();

CREATE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    happened text[] := '{}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        happened := ARRAY[NEW.state];
    ELSE
        IF NEW.state <> OLD.state THEN
            happened := happened || NEW.state;
        END IF;
        -- A version that becomes the current one takes over what holds for the document; that is no event.
        IF NEW.current = OLD.current THEN
            IF NEW.edited IS DISTINCT FROM OLD.edited THEN
                happened := happened || 'edited'::text;
            END IF;
            IF (NEW.trashed IS NULL) <> (OLD.trashed IS NULL) THEN
                happened := happened || CASE WHEN NEW.trashed IS NULL THEN 'restored' ELSE 'trashed' END;
            END IF;
        END IF;
    END IF;
    INSERT INTO document_history (document_id, event, reason_code, reason)
    SELECT NEW.id, event, CASE WHEN event = NEW.state THEN NEW.reason_code END,
        CASE WHEN event = NEW.state THEN NEW.reason END
    FROM unnest(happened) AS event;
    RETURN NULL;
END $$;

CREATE TRIGGER documents_history AFTER INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION write_history();

-- Once a statement and after its rows, so that rows of documents are locked before the row of their account, as
-- everywhere.
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account_usage AS u SET changes = u.changes + 1
    FROM (SELECT account_id FROM account_usage
          WHERE account_id IN (SELECT owner FROM changed)
          ORDER BY account_id FOR NO KEY UPDATE) AS locked
    WHERE u.account_id = locked.account_id;
    RETURN NULL;
END $$;

CREATE FUNCTION count_visible_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account_usage AS u SET changes = u.changes + 1
    FROM (SELECT account_id FROM account_usage
          WHERE account_id IN (SELECT n.owner FROM changed n JOIN before o ON o.id = n.id
                               WHERE n.revision <> o.revision)
          ORDER BY account_id FOR NO KEY UPDATE) AS locked
    WHERE u.account_id = locked.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER documents_inserted AFTER INSERT ON documents REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_changes();
CREATE TRIGGER documents_deleted AFTER DELETE ON documents REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_changes();
CREATE TRIGGER documents_updated AFTER UPDATE ON documents REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_visible_changes();
