-- What passes between regions. An account whose home is another region has a row here and nothing else: no sessions, no
-- usage, no documents.

-- Accounts of other regions that were removed there: whatever still arrives about them is late.
CREATE TABLE removed_accounts (
    id      uuid PRIMARY KEY,
    removed timestamptz NOT NULL DEFAULT now()
);

-- Requests of other regions that were accepted, for as long as their date would be: none is accepted twice.
CREATE TABLE region_nonces (
    region  text NOT NULL CHECK (length(region) BETWEEN 1 AND 32),
    nonce   text NOT NULL CHECK (length(nonce) BETWEEN 16 AND 64),
    expires timestamptz NOT NULL,
    PRIMARY KEY (region, nonce)
);

CREATE INDEX region_nonces_expires ON region_nonces (expires);

-- Regions that are told of this region's accounts. One that is new here is told of all of them.
CREATE TABLE known_regions (
    region text PRIMARY KEY CHECK (length(region) BETWEEN 1 AND 32),
    since  timestamptz NOT NULL DEFAULT now()
);
