//! The running engine: committer, cache of executions, matcher, timekeeper, outbox.
