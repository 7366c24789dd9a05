//! The signals that end the program: the first asks it to, the second makes it.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// What a shell reports for a program that a signal ended, less the signal's number.
const SIGNALLED: i32 = 128;

/// Cancelled by the first SIGINT or SIGTERM from now on. The second ends the process where it stands: what is
/// committed stays, and what is open goes on at the next start.
pub fn stop() -> Result<CancellationToken, Failure> {
    let mut signals = Signals {
        interrupt: listen(SignalKind::interrupt())?,
        terminate: listen(SignalKind::terminate())?,
    };
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        asked.cancel();
        let kind = signals.next().await;
        std::process::exit(SIGNALLED + kind.as_raw_value());
    });
    Ok(stop)
}

/// SIGHUP, which does not end the program any more.
pub fn hangups() -> Result<Signal, Failure> {
    listen(SignalKind::hangup())
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Io("cannot listen for signals".to_owned(), error))
}
