//! What can go wrong, the exit code of each, and what to do next.

use std::io;
use std::process::ExitCode;

use crate::problem::ProblemBody;

/// Shown by `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: DocStore, the object store or this machine could not do it
  2  the command line or a value is not right
  3  not logged in, or not with these credentials
  4  not there: no such document, account or file
  5  the account does not allow it now: its quota, its state, too many requests
  6  no answer in time
  7  DocStore can't be reached
  8  the processing of a document failed";

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is not right in a way that only shows later.
    #[error("{0}")]
    Usage(String),
    /// DocStore refused, and says why.
    #[error("{}", .0.detail)]
    Refused(Box<ProblemBody>),
    /// Nobody is logged in where the command is to be carried out.
    #[error("not logged in at {0}")]
    NotLoggedIn(String),
    /// Something that was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// A file was written to while it was uploaded.
    #[error("{0} has changed while it was uploaded")]
    Changed(String),
    /// Nothing came in time.
    #[error("{0} did not answer in time")]
    TimedOut(String),
    /// Nobody listens there.
    #[error("nobody answers at {server}: {cause}")]
    Unreachable {
        /// Where it was looked for.
        server: String,
        /// What the system said.
        cause: String,
    },
    /// Something answers that is no DocStore.
    #[error("{server} did not answer as DocStore does: {cause}")]
    NotDocStore {
        /// Where.
        server: String,
        /// What is wrong with its answer.
        cause: String,
    },
    /// The object store refused a file, or to give one.
    #[error("the object store refused ({status}): {reason}")]
    Store {
        /// Its status.
        status: u16,
        /// Its words.
        reason: String,
        /// Whether the same may be taken later.
        retryable: bool,
    },
    /// Processing ended badly.
    #[error("{0}")]
    Processing(String),
    /// The system refused.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// Several of several; each has been told already.
    #[error("{failed} of {all} could not be done")]
    Several {
        /// How many were not done.
        failed: usize,
        /// How many there were.
        all: usize,
        /// The exit code of the first.
        code: u8,
    },
    /// The deployment, or what it stands on, could not do it.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// What the program ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused(problem) => match problem.code.as_str() {
                "malformed_body" | "invalid_value" | "bad_query" => 2,
                "unauthenticated" | "wrong_credentials" | "csrf_token_missing" | "cross_origin" => 3,
                "not_found" => 4,
                "internal" | "unavailable" | "busy" => 1,
                // Quotas, conflicts, brakes: the account's own doing, which it can change.
                _ => 5,
            },
            Self::NotLoggedIn(_) => 3,
            Self::NotFound(_) => 4,
            Self::TimedOut(_) => 6,
            Self::Unreachable { .. } => 7,
            Self::Processing(_) => 8,
            Self::Several { code, .. } => *code,
            Self::NotDocStore { .. }
            | Self::Store { .. }
            | Self::Changed(_)
            | Self::Io(..)
            | Self::Failed(_) => 1,
        }
    }

    /// Whether the same may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Unreachable { .. } => true,
            Self::Store { retryable, .. } => *retryable,
            Self::Refused(problem) => matches!(problem.code.as_str(), "unavailable" | "busy"),
            _ => false,
        }
    }

    /// What to do next, if that can be said.
    fn next(&self) -> Option<&'static str> {
        match self {
            Self::Refused(problem) => match problem.code.as_str() {
                "unauthenticated" => Some("the session has ended: `docstore account log-in EMAIL`"),
                "wrong_credentials" => Some("`docstore account sign-up EMAIL` creates an account"),
                "not_found" => Some("`docstore list` shows your documents with their ids"),
                "email_taken" => Some("`docstore account log-in EMAIL`"),
                "unavailable" | "busy" | "internal" => Some("try again in a moment"),
                "bad_query" => Some("`docstore search --help` shows what can be asked"),
                _ => None,
            },
            Self::NotLoggedIn(_) => {
                Some("`docstore account log-in EMAIL --server URL`, or set DOCSTORE_TOKEN")
            }
            Self::Unreachable { .. } => {
                Some("start one with `docstore serve`, or name another with --server or DOCSTORE_SERVER")
            }
            Self::NotDocStore { .. } => Some("name DocStore's address with --server or DOCSTORE_SERVER"),
            Self::Changed(_) => Some("start the command again once nobody writes to it"),
            Self::TimedOut(_) | Self::Store { retryable: true, .. } => {
                Some("start the command again: it goes on where it ended")
            }
            _ => None,
        }
    }

    /// Tells it on standard error.
    pub fn report(&self) -> ExitCode {
        eprintln!("error: {self}");
        if let Some(next) = self.next() {
            eprintln!("  next: {next}");
        }
        ExitCode::from(self.exit_code())
    }
}

impl From<Box<ProblemBody>> for Failure {
    fn from(problem: Box<ProblemBody>) -> Self {
        Self::Refused(problem)
    }
}
