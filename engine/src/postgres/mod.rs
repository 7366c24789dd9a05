//! A private Postgres, started from the installed binaries.
