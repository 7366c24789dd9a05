-- Uploads of large files in parts.

ALTER TABLE documents
    -- The object store's name of the upload, and the size that was declared for it; both or neither.
    ADD COLUMN upload_name    text CHECK (length(upload_name) BETWEEN 1 AND 1024),
    ADD COLUMN declared_bytes bigint CHECK (declared_bytes > 0),
    ADD CHECK ((upload_name IS NULL) = (declared_bytes IS NULL));
