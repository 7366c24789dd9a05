//! The command line of DocStore's customers and operators.
//!
//! A customer's commands are calls of the web API, from any machine. An operator's (`admin`) work on the database and
//! the queue of a deployment, with the settings that `docstore serve` has. Results go to standard output, everything
//! else to standard error; each failure has an exit code and says what to do next.

mod account;
mod admin;
mod client;
mod document;
mod download;
mod extract;
mod failure;
mod http;
mod list;
pub(crate) mod output;
mod search;
mod session;
mod status;
mod upload;

use std::process::ExitCode;

use clap::Subcommand;

pub(crate) use document::state_name;
pub use failure::{EXIT_CODES, Failure};

/// What can be asked of a DocStore.
#[derive(Subcommand)]
pub enum Command {
    /// Sign up, log in, log out, see what is stored
    #[command(subcommand)]
    Account(account::Verb),
    /// Upload files; started again after an interruption, go on where it ended
    Upload(upload::Upload),
    /// List documents
    List(list::List),
    /// Find documents by name, date and tag, and with a premium account by their text
    Search(search::Search),
    /// Show how far the processing of documents is
    Status(status::Status),
    /// Download documents; what was begun is continued
    Download(download::Download),
    /// Read the text of a file on this machine, as DocStore would read it
    Extract(extract::Extract),
    /// Look after a deployment: what failed, what could not be handled, the full-text index
    #[command(subcommand)]
    Admin(admin::Verb),
}

/// Does what is asked, and says what went wrong.
pub async fn run(command: Command) -> ExitCode {
    let done = match command {
        Command::Account(verb) => account::run(verb).await,
        Command::Upload(upload) => upload.run().await,
        Command::List(list) => list.run().await,
        Command::Search(search) => search.run().await,
        Command::Status(status) => status.run().await,
        Command::Download(download) => download.run().await,
        Command::Extract(extract) => extract.run().await,
        Command::Admin(verb) => admin::run(verb).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
