//! DocStore: the web API, the initializer and the program.
//!
//! # Layout
//! - [`node`]: what `docstore serve` starts and stops
//! - [`config`]: every setting, from flags, environment and file, in one struct
//! - [`database`]: somebody else's Postgres or a private one
//! - [`app`]: what requests and background services share
//! - [`router`]: the whole route table, `description`: what its description says of all; [`routes`]: its handlers, one file a noun
//! - [`auth`]: passwords, sessions, CSRF, the brake on guessing; [`auth::Owned`] is the owner check of every document
//! - [`pages`]: the pages for people, made on the server
//! - [`problem`]: errors as RFC 9457 has them, and the only place that knows status codes of errors
//! - [`access_log`]: every request as a line, in files in the object store
//! - [`figures`]: what the whole deployment stores and does, as metrics and on the operator's [`dashboard`]
//! - [`input`]: what is read from requests, with its limits
//! - [`cli`]: the other commands of the program: a customer's over the API, an operator's on the database
//! - [`demo`]: what `docstore demo` shows; [`bench`]: what `docstore bench` measures; both in [`throwaway`] directories
//! - [`events`]: what the API tells the rest of DocStore through the queue
//! - [`accounts`]: the life of an account; [`audit`]: the log of what was done to it
//! - [`regions`]: what other regions tell this one of their accounts
//! - [`uploads`]: the life of an upload up to its event; [`documents`]: what its owner does to a document then
//! - [`texts`]: what was read from documents, for their owners; [`lists`]: lists from memory or a replica
//! - [`etag`]: entity tags; [`idempotency`]: calls that are done once; [`rate_limit`]: how many are taken
//! - [`services`]: what runs beside the requests; [`logs`]

pub mod access_log;
pub mod accounts;
pub mod app;
pub mod audit;
pub mod auth;
pub mod bench;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod database;
pub mod demo;
mod description;
pub mod documents;
pub mod engine;
pub mod etag;
pub mod events;
pub mod figures;
pub mod idempotency;
pub mod input;
pub mod lists;
pub mod logs;
pub mod node;
pub mod pages;
pub mod problem;
pub mod rate_limit;
pub mod regions;
pub mod router;
pub mod routes;
pub mod services;
pub mod texts;
pub mod throwaway;
pub mod uploads;
