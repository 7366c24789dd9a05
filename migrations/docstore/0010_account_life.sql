-- What happens to accounts after their sign-up: changes, their sessions by name, their documents in the index, their end.

ALTER TABLE accounts
    -- Grows with every change that other regions have to know.
    ADD COLUMN revision       bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    -- The revision that all other regions are known to have.
    ADD COLUMN replicated     bigint NOT NULL DEFAULT 0 CHECK (replicated BETWEEN 0 AND revision),
    -- Grows when the account's documents have to be indexed anew: with another plan, or in another index.
    ADD COLUMN index_wanted   bigint NOT NULL DEFAULT 0 CHECK (index_wanted >= 0),
    -- The last wish that all of them are indexed by.
    ADD COLUMN index_settled  bigint NOT NULL DEFAULT 0 CHECK (index_settled BETWEEN 0 AND index_wanted),
    -- The account is being removed everywhere: nobody can use it any more.
    ADD COLUMN deletion_begun timestamptz,
    -- When to look whether something that is to follow a change has been forgotten.
    ADD COLUMN next_check     timestamptz;

-- The reconciler reads nothing else.
CREATE INDEX accounts_next_check ON accounts (next_check) WHERE next_check IS NOT NULL;

ALTER TABLE sessions
    -- What its owner calls it by; knowing it opens nothing.
    ADD COLUMN id         uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    -- Where it was opened, for its owner to recognise.
    ADD COLUMN address    text CHECK (length(address) <= 64),
    ADD COLUMN user_agent text CHECK (length(user_agent) <= 300);

ALTER TABLE documents
    -- Which of its account's wishes the document is indexed by.
    ADD COLUMN indexed_as bigint NOT NULL DEFAULT 0;
