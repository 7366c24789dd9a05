//! What can go wrong, the exit code of each, and what to do next.

use std::borrow::Cow;
use std::io;
use std::process::ExitCode;

use uuid::Uuid;

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
    #[error("not logged in at {server}")]
    NotLoggedIn {
        /// Where.
        server: String,
        /// Where somebody is.
        elsewhere: Option<String>,
    },
    /// The account is at home in another region, which has to be asked.
    #[error("{}", .problem.detail)]
    AtHomeElsewhere {
        /// What DocStore says.
        problem: Box<ProblemBody>,
        /// Where that is: scheme and authority.
        home: String,
    },
    /// The account has no such document.
    #[error("you have no document {0}")]
    NoDocument(Uuid),
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
    #[error("{}", causes(.0))]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// What the program ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused(problem) => match problem.code.as_str() {
                "malformed_body" | "invalid_value" | "bad_query" => 2,
                "unauthenticated" | "wrong_credentials" | "wrong_password" | "csrf_token_missing"
                | "cross_origin" => 3,
                "not_found" => 4,
                "request_timeout" => 6,
                "internal" | "unavailable" | "busy" => 1,
                // Quotas, conflicts, brakes: the account's own doing, which it can change.
                _ => 5,
            },
            Self::NotLoggedIn { .. } => 3,
            Self::NotFound(_) | Self::NoDocument(_) => 4,
            Self::AtHomeElsewhere { .. } => 5,
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
            Self::Refused(problem) => {
                matches!(problem.code.as_str(), "unavailable" | "busy" | "request_timeout")
            }
            _ => false,
        }
    }

    /// What to do next, if that can be said.
    fn next(&self) -> Option<Cow<'static, str>> {
        let next = match self {
            Self::Refused(problem) => match problem.code.as_str() {
                "unauthenticated" => Some("the session has ended: `docstore account log-in EMAIL`"),
                "wrong_credentials" => Some("`docstore account sign-up EMAIL` creates an account"),
                "not_found" => Some("`docstore list` shows your documents with their ids"),
                "email_taken" => Some("`docstore account log-in EMAIL`"),
                "unavailable" | "busy" | "internal" | "request_timeout" => Some("try again in a moment"),
                "bad_query" => Some("`docstore search --help` shows what can be asked"),
                _ => None,
            },
            Self::NotLoggedIn {
                elsewhere: Some(elsewhere),
                ..
            } => {
                let next =
                    format!("you are logged in at {elsewhere}: leave out --server and DOCSTORE_SERVER");
                return Some(next.into());
            }
            Self::NotLoggedIn { server, .. } => {
                let next =
                    format!("`docstore account log-in EMAIL --server {server}`, or set DOCSTORE_TOKEN");
                return Some(next.into());
            }
            Self::AtHomeElsewhere { home, .. } => {
                return Some(format!("`docstore account log-in EMAIL --server {home}`").into());
            }
            Self::NoDocument(_) => Some("`docstore list` shows your documents with their ids"),
            Self::Io(_, error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("make room, and start the command again")
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
        };
        next.map(Cow::Borrowed)
    }

    /// It in words, without the system's numbers of errors.
    pub fn told(&self) -> String {
        const NUMBER: &str = " (os error ";
        let mut told = self.to_string();
        while let Some(begin) = told.find(NUMBER)
            && let Some(length) = told[begin..].find(')')
        {
            told.replace_range(begin..=begin + length, "");
        }
        told
    }

    /// Tells it on standard error.
    pub fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.told());
        if let Some(next) = self.next() {
            eprintln!("  next: {next}");
        }
        ExitCode::from(self.exit_code())
    }
}

/// An error and its causes, each once: some tell their cause themselves.
fn causes(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

impl From<Box<ProblemBody>> for Failure {
    fn from(problem: Box<ProblemBody>) -> Self {
        Self::Refused(problem)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn what_people_read_has_no_numbers_and_says_nothing_twice() {
        let full = || io::Error::from_raw_os_error(28);
        let failure = Failure::Io("cannot write a.pdf".to_owned(), full());
        assert_eq!(failure.told(), "cannot write a.pdf: No space left on device");
        assert_eq!(
            failure.next().as_deref(),
            Some("make room, and start the command again")
        );
        let known: anyhow::Result<()> = Err(full()).context(format!("no room: {}", full()));
        let failure = Failure::Failed(known.context("it stops").expect_err("it failed"));
        assert_eq!(failure.told(), "it stops: no room: No space left on device");
    }
}
