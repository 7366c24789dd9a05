-- Queues as SQS has them, for a machine without an account.

CREATE TABLE queue_messages (
    -- Time-ordered, made by the sender.
    id            uuid PRIMARY KEY,
    queue         text NOT NULL CHECK (length(queue) BETWEEN 1 AND 80),
    body          text NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 262144),
    sent_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A received message is hidden until then.
    visible_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    receive_count integer NOT NULL DEFAULT 0 CHECK (receive_count >= 0),
    -- The latest delivery, which is the only one that may delete, extend or bury the message.
    claim         uuid UNIQUE,
    CHECK ((claim IS NULL) = (receive_count = 0))
);

CREATE INDEX queue_messages_visible ON queue_messages (queue, visible_at, id);

-- Messages that could not be handled, until somebody redrives them.
CREATE TABLE dead_letters (
    id            uuid PRIMARY KEY,
    queue         text NOT NULL,
    body          text NOT NULL,
    reason        text NOT NULL CHECK (octet_length(reason) <= 1024),
    receive_count integer NOT NULL,
    sent_at       timestamptz NOT NULL,
    died_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX dead_letters_queue ON dead_letters (queue, died_at, id);
