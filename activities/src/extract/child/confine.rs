//! What a child takes away from itself before it opens the input. The programs it starts inherit the limits.

use nix::{
    sys::{
        resource::{Resource, setrlimit},
        signal::{SigSet, Signal},
    },
    unistd::alarm,
};

use super::Limits;

/// Above the processor limit the kernel first sends SIGXCPU and, this many seconds later, SIGKILL.
const CPU_GRACE_SECONDS: u64 = 2;
/// The parent kills a child that is late; this alarm ends a child whose parent has died.
const ORPHAN_GRACE_SECONDS: u64 = 5;

pub(super) fn confine(limits: &Limits) -> nix::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    // Writing to pipes is not writing to files.
    setrlimit(Resource::RLIMIT_FSIZE, 0, 0)?;
    // Who tries is told so and not killed: whoever draws text would like to keep a list of the fonts for the next time.
    SigSet::from(Signal::SIGXFSZ).thread_block()?;
    setrlimit(Resource::RLIMIT_NOFILE, limits.open_files, limits.open_files)?;
    setrlimit(
        Resource::RLIMIT_CPU,
        limits.cpu_seconds,
        limits.cpu_seconds + CPU_GRACE_SECONDS,
    )?;
    setrlimit(Resource::RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)?;
    let longest = limits.document_seconds.max(limits.attempt_seconds) + ORPHAN_GRACE_SECONDS;
    alarm::set(u32::try_from(longest).unwrap_or(u32::MAX));
    Ok(())
}
