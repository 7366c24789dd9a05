//! Every connection of a client is a file descriptor.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Takes as many file descriptors as the system allows: shells and service managers usually begin with 1024, which is
/// fewer than the pollers of a busy node.
pub fn raise_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, allowed)| setrlimit(Resource::RLIMIT_NOFILE, allowed, allowed));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
}
