//! kill -9 at random moments, with and without the database: started again, the demo ends as if nothing had happened.
//!
//! `DEMO_KILLS` sets how often, `DEMO_SEED` repeats the choices of an earlier run.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use apus_tests::durable_cluster;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;

use super::state::State;
use super::{Samples, demo, samples_dir};

/// Kills when nobody says how many.
const KILLS: usize = 12;
/// Kills of one demo. A step that dies with its worker is tried only so often.
const KILLS_EACH: usize = 4;
/// The last line after which a demo is killed: some of the mail is on the screen by then.
const LINES_MAX: usize = 110;
/// How many of the kills come while the program starts.
const EARLY: f64 = 0.2;
/// How long after a line, at most.
const LATER_MAX: Duration = Duration::from_millis(1_500);
/// A demo that is not killed has ended by then.
const ENDS_WITHIN: Duration = Duration::from_secs(400);

/// Few documents, and of each way to end one.
const CHOSEN: [&str; 7] = [
    "lease-agreement.pdf",
    "insurer-blank-reverse.pdf",
    "payroll-encrypted.pdf",
    "delivery-note.png",
    "plum-cake.txt",
    "seabird-count-utf16.txt",
    "zip-bomb.docx",
];

#[tokio::test]
async fn killed_at_any_moment_the_demo_goes_on() -> Result<()> {
    let seed = setting("DEMO_SEED")?.unwrap_or_else(|| rand::rng().random());
    let kills = setting("DEMO_KILLS")?.unwrap_or(KILLS as u64) as usize;
    println!("DEMO_SEED={seed} DEMO_KILLS={kills}");
    let mut random = StdRng::seed_from_u64(seed);
    let chosen = chosen_samples()?;
    let samples = Samples::read(chosen.path())?;
    let mut left = kills;
    while left > 0 {
        let dir = durable_cluster();
        for _ in 0..left.min(KILLS_EACH) {
            let killed = kill_one(dir.data_dir(), chosen.path(), &mut random);
            if !killed.await.with_context(|| format!("{left} kills are left"))? {
                break;
            }
            left -= 1;
        }
        let (last_line, output) = finish(dir.data_dir(), chosen.path()).await?;
        assert_eq!(last_line, samples.last_line(), "{output}");
        State::read(dir.data_dir()).await?.check(&samples.expected())?;
    }
    Ok(())
}

fn setting(name: &str) -> Result<Option<u64>> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text.parse().with_context(|| format!("{name} is a number"))?)),
        Err(_) => Ok(None),
    }
}

/// A directory with some of the samples.
fn chosen_samples() -> Result<TempDir> {
    let (from, to) = (samples_dir(), TempDir::new()?);
    let mut list: toml::Table = toml::from_str(&std::fs::read_to_string(from.join("samples.toml"))?)?;
    let samples = list["sample"].as_array_mut().context("a list of samples")?;
    samples.retain(|sample| sample["file"].as_str().is_some_and(|file| CHOSEN.contains(&file)));
    ensure!(samples.len() == CHOSEN.len(), "a chosen sample is gone");
    for file in CHOSEN {
        std::fs::copy(from.join(file), to.path().join(file))?;
    }
    std::fs::write(to.path().join("samples.toml"), toml::to_string(&list)?)?;
    Ok(to)
}

/// Starts the demo and kills it after some line, or a moment later. False if it had ended by then, as it should.
async fn kill_one(data_dir: &Path, samples: &Path, random: &mut StdRng) -> Result<bool> {
    let lines = match random.random_bool(EARLY) {
        true => 0,
        false => random.random_range(1..=LINES_MAX),
    };
    let later = random.random_range(Duration::ZERO..=LATER_MAX);
    let with_database = random.random_bool(0.5);
    let mut child = demo(data_dir, samples)?.spawn()?;
    let mut said = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let waiting = async {
        for _ in 0..lines {
            if said.next_line().await?.is_none() {
                break;
            }
        }
        anyhow::Ok(tokio::time::timeout(later, child.wait()).await.ok())
    };
    let waited = tokio::time::timeout(ENDS_WITHIN, waiting)
        .await
        .context("the demo hangs")??;
    let Some(status) = waited else {
        let pid = child.id().context("it runs")?;
        killpg(Pid::from_raw(pid as i32), Signal::SIGKILL)?;
        let database = if with_database && kill_database(data_dir)? {
            " with its database"
        } else {
            ""
        };
        println!("killed{database} after {lines} lines and {later:?}");
        child.wait().await?;
        return Ok(true);
    };
    println!("had ended after {lines} lines and {later:?}");
    ensure!(
        status?.success(),
        "the demo failed: {}",
        complaints(&mut child).await?
    );
    Ok(false)
}

/// Kills the database server, if there is one: what a machine that loses power does.
fn kill_database(data_dir: &Path) -> Result<bool> {
    let Ok(cluster) = data_dir.join("postgres/cluster").canonicalize() else {
        return Ok(false);
    };
    let file = std::fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
    let Some(pid) = file.lines().next().and_then(|pid| pid.trim().parse::<i32>().ok()) else {
        return Ok(false);
    };
    // The file may be old, and the process somebody else's.
    if std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == cluster) {
        return Ok(kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok());
    }
    Ok(false)
}

/// Runs the demo to its end; returns its last line and all that it wrote.
async fn finish(data_dir: &Path, samples: &Path) -> Result<(String, String)> {
    let running = demo(data_dir, samples)?.output();
    let output = tokio::time::timeout(ENDS_WITHIN, running)
        .await
        .context("the last demo does not end")??;
    let said = String::from_utf8(output.stdout)?;
    let all = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "the last demo failed: {all}");
    Ok((said.lines().last().context("a last line")?.to_owned(), all))
}

async fn complaints(child: &mut Child) -> Result<String> {
    let mut complaints = String::new();
    let mut pipe = child.stderr.take().context("a pipe")?;
    pipe.read_to_string(&mut complaints).await?;
    Ok(complaints)
}
