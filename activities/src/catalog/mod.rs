//! DocStore's tables in Postgres: accounts, sessions, documents, usage.
