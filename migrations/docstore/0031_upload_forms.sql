-- Forms that can still be posted, or were not looked at since they ended: a form can be posted again after its file was
-- counted. No reference to the document, which its form may outlive.

CREATE TABLE upload_forms (
    version_id uuid PRIMARY KEY,
    object_key text NOT NULL CHECK (length(object_key) BETWEEN 1 AND 200),
    -- When to look what lies in the object store.
    due        timestamptz NOT NULL
);

CREATE INDEX upload_forms_due ON upload_forms (due);

INSERT INTO upload_forms (version_id, object_key, due)
SELECT id, object_key, form_expires + interval '15 minutes' FROM documents
WHERE upload_name IS NULL AND form_expires + interval '15 minutes' > now();
