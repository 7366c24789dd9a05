//! Clients that are broken, slow or malicious take nothing from a node but their own answers.

use std::time::Duration;

use apus_tests::Signer;
use futures::StreamExt;
use nix::sys::signal::Signal;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::node::Program;

/// What they ask for.
const TARGET: &str = "SimpleWorkflowService.StartWorkflowExecution";
/// Requests in one run.
const REQUESTS: u64 = 10_000;
/// Of them, so many at once.
const AT_ONCE: usize = 64;
/// Memory may grow by this: allocators keep what they were given once. 10,000 requests at a few KiB each are far more.
const GROWTH_MAX_KIB: u64 = 16 * 1_024;
/// A client that is answered nothing gives up.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn memory_stays_flat_under_ten_thousand_garbage_requests() {
    let program = Program::dev(&[]).await;
    send_all(&program, 0..REQUESTS / 10).await;
    let before = resident_kib(program.pid());
    send_all(&program, REQUESTS / 10..REQUESTS + REQUESTS / 10).await;
    let after = resident_kib(program.pid());
    assert!(
        after < before + GROWTH_MAX_KIB,
        "{before} KiB grew to {after} KiB"
    );
    program
        .call("ListDomains", r#"{ "registrationStatus": "REGISTERED" }"#)
        .await;
    program.stop(Signal::SIGTERM).await;
}

async fn send_all(program: &Program, seeds: std::ops::Range<u64>) {
    let address = program.url.strip_prefix("http://").unwrap();
    futures::stream::iter(seeds)
        .for_each_concurrent(AT_ONCE, |seed| async move {
            let bytes = garbage(seed, address);
            send(address, &bytes).await;
        })
        .await;
}

/// Sends it in two parts and reads what comes, which may be nothing.
async fn send(address: &str, bytes: &[u8]) {
    let sent = async {
        let mut stream = TcpStream::connect(address).await?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        stream.write_all(first).await?;
        tokio::task::yield_now().await;
        stream.write_all(second).await?;
        stream.shutdown().await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await
    };
    // The node may well cut a client off while it is still sending.
    let _cut_off = tokio::time::timeout(PATIENCE, sent)
        .await
        .expect("an answer or an end");
}

/// One of several kinds of broken requests.
fn garbage(seed: u64, address: &str) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let head = |length: usize| {
        format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: {TARGET}\r\n\
             connection: close\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    // The signature is right, so that the body is looked at.
    let request = |body: Vec<u8>| {
        let head = Signer::default().head(&format!("http://{address}"), TARGET, &body);
        [head.into_bytes(), body].concat()
    };
    match seed % 8 {
        0 => bytes(&mut random, 4_096),
        1 => [head(1 << 19).into_bytes(), bytes(&mut random, 1_000)].concat(),
        2 => format!("POST / HTTP/1.1\r\nx: {}", "y".repeat(100_000)).into_bytes(),
        3 => {
            let headers: String = (0..100).map(|number| format!("x{number}: y\r\n")).collect();
            format!("POST / HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n").into_bytes()
        }
        4 => request("[".repeat(50_000).into_bytes()),
        5 => request(format!(r#"{{"domain":{}"#, r#"{"a":"#.repeat(20_000)).into_bytes()),
        6 => request(bytes(&mut random, 2_000)),
        _ => head(1 << 30).into_bytes(),
    }
}

fn bytes(random: &mut StdRng, length_max: usize) -> Vec<u8> {
    let mut bytes = vec![0; random.random_range(1..=length_max)];
    random.fill_bytes(&mut bytes);
    bytes
}

/// The memory that the process has, in KiB.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
