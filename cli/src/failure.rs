//! What can go wrong, the exit code of each, and what to do next.

use std::io;
use std::process::ExitCode;

/// Shown by `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: the node refused or could not do it
  2  the command line is not right
  3  not allowed: the node does not know the credentials, or their role does not allow it
  4  not there: no such domain, type, run or credential, or no open run
  5  conflict: a run of that workflow id is open already
  6  the node did not answer in time
  7  the node can't be reached
  8  the run that was waited for did not complete";

/// For who calls with credentials that the node does not know.
const CREDENTIALS: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to what `apus credentials create` printed; \
     `apus dev` takes test and test";

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is not right in a way that only shows later.
    #[error("{0}")]
    Usage(String),
    /// The node refused: SWF's code and message.
    #[error("{message} ({code})")]
    Refused {
        /// The fault's code.
        code: String,
        /// Its message.
        message: String,
    },
    /// No run fits.
    #[error("{0}")]
    NotFound(String),
    /// No credential has that access key id.
    #[error("{0}")]
    NoCredential(String),
    /// Nothing came in time.
    #[error("{0}")]
    TimedOut(String),
    /// Nobody listens there.
    #[error("no node answers at {endpoint}: {cause}")]
    Unreachable {
        /// Where it was looked for.
        endpoint: String,
        /// What the system said.
        cause: String,
    },
    /// Something answers that is no node.
    #[error("{endpoint} did not answer as an engine does: {cause}")]
    NotAnEngine {
        /// Where.
        endpoint: String,
        /// What it answered.
        cause: String,
    },
    /// The run ended otherwise than by completing.
    #[error("the run ended as {status}{why}")]
    RunFailed {
        /// SWF's close status.
        status: String,
        /// Reason and details, if there are any.
        why: String,
    },
    /// The system refused.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// The node could not start or failed.
    #[error("{0}")]
    Node(String),
}

/// The node, or what it stands on, could not do it.
pub fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Node(error.to_string())
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Refused { code, .. } => match code.as_str() {
                "ValidationException" => 2,
                "UnrecognizedClientException"
                | "InvalidSignatureException"
                | "OperationNotPermittedFault" => 3,
                "UnknownResourceFault" => 4,
                "WorkflowExecutionAlreadyStartedFault" => 5,
                _ => 1,
            },
            Failure::NotFound(_) | Failure::NoCredential(_) => 4,
            Failure::TimedOut(_) => 6,
            Failure::Unreachable { .. } => 7,
            Failure::RunFailed { .. } => 8,
            Failure::NotAnEngine { .. } | Failure::Io(..) | Failure::Node(_) => 1,
        }
    }

    /// What to do next, if that can be said.
    fn next(&self) -> Option<&'static str> {
        match self {
            Failure::Refused { code, message } => match code.as_str() {
                "UnknownResourceFault" if message.starts_with("Unknown domain") => {
                    Some("`apus domain list` shows the domains; `--deprecated` those that take nothing new")
                }
                "DomainDeprecatedFault" => Some("`apus domain undeprecate` lets the domain be used again"),
                "DomainAlreadyExistsFault" => {
                    Some("`apus domain describe` shows it; names of domains never come free")
                }
                "UnrecognizedClientException" | "InvalidSignatureException" => Some(CREDENTIALS),
                "OperationNotPermittedFault" => {
                    Some("take a credential with another role: `apus credentials create` makes one")
                }
                "UnknownResourceFault" => {
                    Some("`apus workflow list` shows the runs of the domain, open and closed")
                }
                "WorkflowExecutionAlreadyStartedFault" => {
                    Some("take another workflow id, or end the open run with `apus workflow terminate`")
                }
                "DefaultUndefinedFault" => {
                    Some("the type has no default for this value: give it on the command line")
                }
                "ThrottlingException" | "ServiceUnavailableException" => Some("try again in a moment"),
                _ => None,
            },
            Failure::NotFound(_) => {
                Some("`apus workflow list` shows the runs of the domain, open and closed")
            }
            Failure::TimedOut(_) => Some("look at the node's log, or allow more with --timeout"),
            Failure::Unreachable { .. } => {
                Some("start a node with `apus dev`, or name another with --endpoint or APUS_ENDPOINT")
            }
            Failure::NotAnEngine { .. } => Some("name the engine's address with --endpoint or APUS_ENDPOINT"),
            Failure::NoCredential(_) => {
                Some("`apus credentials list --all` shows the access key ids, also of those that are revoked")
            }
            Failure::Usage(_) | Failure::RunFailed { .. } | Failure::Io(..) | Failure::Node(_) => None,
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
