-- Which index this database's documents were put into. Another one, because the old was lost or had another format, is
-- empty, and every account's documents have to be indexed anew.
CREATE TABLE search_index (
    -- One row at most.
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    id      uuid NOT NULL,
    adopted timestamptz NOT NULL DEFAULT now()
);
