//! The operator's command line for Apus.
