//! The vocabulary: events, decisions, faults, ids, limits. Plain data; names are for ever.
