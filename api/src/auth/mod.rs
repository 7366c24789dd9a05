//! Who is asking: passwords, sessions, CSRF tokens and the brake on guessing.
//!
//! A handler asks for [`Login`] when it needs an account and for [`Owned`] when it needs a document of that account.
//! Both refuse a change that a browser was tricked into: a cookie alone does not do, the session's CSRF token has to
//! come with it.

mod address;
mod confirm;
mod cookie;
mod cross_site;
mod log_in;
mod owned;
pub mod password;
mod session;
mod token;
mod user_agent;

pub use address::ClientAddress;
pub use confirm::confirm_password;
pub use cookie::{clear_session_cookie, session_cookie};
pub use cross_site::refuse_cross_site_changes;
pub(crate) use log_in::ATTEMPTS_FORGOTTEN_AFTER;
pub use log_in::{Credentials, OpenSession, SESSION_LIFETIME, log_in, log_out};
pub use owned::{Owned, OwnedVersion};
pub use session::{CSRF_HEADER, Login};
pub use token::Token;
pub use user_agent::UserAgent;
