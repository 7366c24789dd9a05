//! One attempt: a child process from its start to its end, whatever that end is.

use std::{
    ffi::OsStr,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{
    ExtractError,
    protocol::{CHILD_ARGUMENT, Message, Request},
};

/// How much of the end of a child's standard error is kept to tell why it died.
const STDERR_TAIL_BYTES: usize = 4096;
/// What a child may know of the parent's environment: where programs and tesseract's languages are.
const ENVIRONMENT: [&str; 2] = ["PATH", "TESSDATA_PREFIX"];

/// Runs a child on `file` and hands on what it reports, but for `Done` and `Failed`, which become the result.
/// Returns whether text was cut off. When this is dropped, the child and all that it started are killed.
pub(super) async fn attempt(
    program: &Path,
    request: &Request,
    file: &Path,
    wall: Duration,
    mut on_message: impl FnMut(Message),
) -> Result<bool, ExtractError> {
    let mut child = spawn(program, request, file)?;
    let group = ProcessGroup::led_by(&child)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(ExtractError::unavailable("the child has no pipes"));
    };
    let reading = async {
        tokio::join!(
            read_messages(stdout, request.limits.output_bytes(), &mut on_message),
            read_tail(stderr)
        )
    };
    let read = timeout(wall, reading).await;
    // The leader is not reaped yet, so its number cannot belong to another group.
    drop(group);
    let status = child.wait().await.map_err(ExtractError::unavailable)?;
    match read {
        Err(_elapsed) => Err(ExtractError::TimedOut),
        Ok((Ok(Some(end)), _)) => end,
        Ok((Ok(None), tail)) => Err(cause_of_death(status, &tail)),
        Ok((Err(error), _)) => Err(error),
    }
}

fn spawn(program: &Path, request: &Request, file: &Path) -> Result<Child, ExtractError> {
    let request = serde_json::to_string(request).map_err(ExtractError::unavailable)?;
    Command::new(program)
        .args([OsStr::new(CHILD_ARGUMENT), OsStr::new(&request), file.as_os_str()])
        .env_clear()
        .envs(
            ENVIRONMENT
                .into_iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        // Without it tesseract's threads fight for the processors and take four times as long.
        .env("OMP_THREAD_LIMIT", "1")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| ExtractError::Unavailable(format!("cannot start {}: {error}", program.display())))
}

/// The child and the programs that it started; killed when dropped.
struct ProcessGroup(Pid);

impl ProcessGroup {
    fn led_by(child: &Child) -> Result<Self, ExtractError> {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        id.map(|id| Self(Pid::from_raw(id)))
            .ok_or_else(|| ExtractError::unavailable("the child has no process id"))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        // An error means that all of them have ended already.
        let _ = killpg(self.0, Signal::SIGKILL);
    }
}

/// Reads messages until the pipe closes. `None` when the last one is missing, so that the child must have died.
async fn read_messages(
    stdout: impl AsyncRead + Unpin,
    max_bytes: u64,
    on_message: &mut impl FnMut(Message),
) -> Result<Option<Result<bool, ExtractError>>, ExtractError> {
    let mut lines = BufReader::new(stdout.take(max_bytes));
    let mut line = Vec::new();
    loop {
        line.clear();
        lines
            .read_until(b'\n', &mut line)
            .await
            .map_err(ExtractError::unavailable)?;
        if lines.get_ref().limit() == 0 && line.last() != Some(&b'\n') {
            return Err(ExtractError::too_large("bytes of text", max_bytes));
        }
        if line.last() != Some(&b'\n') {
            return Ok(None);
        }
        match serde_json::from_slice(&line) {
            Ok(Message::Done { truncated }) => return Ok(Some(Ok(truncated))),
            Ok(Message::Failed(error)) => return Ok(Some(Err(error))),
            Ok(message) => on_message(message),
            Err(_) => {
                return Err(ExtractError::Crashed(
                    "it wrote something that is no message".into(),
                ));
            }
        }
    }
}

async fn read_tail(mut stderr: impl AsyncRead + Unpin) -> String {
    let mut tail = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        tail.extend_from_slice(&buffer[..length]);
        tail.drain(..tail.len().saturating_sub(STDERR_TAIL_BYTES));
    }
    String::from_utf8_lossy(&tail).into_owned()
}

/// Why a child ended without saying so itself.
fn cause_of_death(status: ExitStatus, stderr: &str) -> ExtractError {
    let says = |words: &str| stderr.contains(words);
    match status.signal().and_then(|number| Signal::try_from(number).ok()) {
        Some(Signal::SIGXCPU | Signal::SIGALRM) => ExtractError::TimedOut,
        // The parent did not send it here: it comes from the kernel, which is out of memory.
        Some(Signal::SIGKILL) => ExtractError::OutOfMemory,
        _ if says("memory allocation of") || says("bad_alloc") || says("out of memory") => {
            ExtractError::OutOfMemory
        }
        // The only C++ exception that tesseract lets escape is that for a failed allocation.
        _ if says("Rust cannot catch foreign exceptions") => ExtractError::OutOfMemory,
        _ if says("overflowed its stack") => ExtractError::Crashed("nesting too deep: stack overflow".into()),
        Some(signal) => ExtractError::Crashed(format!("killed by {signal}")),
        None => ExtractError::Crashed(format!("ended with {status} and no result")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_have_causes() {
        let signalled = ExitStatus::from_raw;
        assert_eq!(
            cause_of_death(signalled(Signal::SIGXCPU as i32), ""),
            ExtractError::TimedOut
        );
        assert_eq!(
            cause_of_death(signalled(Signal::SIGKILL as i32), ""),
            ExtractError::OutOfMemory
        );
        assert_eq!(
            cause_of_death(
                signalled(Signal::SIGABRT as i32),
                "memory allocation of 9 bytes failed"
            ),
            ExtractError::OutOfMemory
        );
        assert_eq!(
            cause_of_death(
                signalled(Signal::SIGABRT as i32),
                "thread 'x' has overflowed its stack"
            )
            .code(),
            "crashed"
        );
        assert_eq!(
            cause_of_death(signalled(Signal::SIGSEGV as i32), ""),
            ExtractError::Crashed("killed by SIGSEGV".into())
        );
        assert_eq!(cause_of_death(signalled(3 << 8), "").code(), "crashed");
    }
}
