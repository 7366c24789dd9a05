//! moto server: a stand-in for S3, SQS and SES that speaks their protocols.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Runs the server on a free port until its standard input ends, which it does when the tests' process ends,
/// however that comes about.
const PROGRAM: &str = "
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
";

/// The interpreter of the environment that `make deps-test` installs.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.cache/venv/bin/python");

/// A running moto server.
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    // Its end is the server's end.
    _lifeline: ChildStdin,
    _process: Child,
}

/// The server that all tests of the process share. Tests keep apart by naming their buckets and queues.
///
/// # Panics
/// When the server cannot be started, with what to do.
pub fn moto() -> &'static Moto {
    static SHARED: OnceLock<Moto> = OnceLock::new();
    SHARED.get_or_init(Moto::start)
}

impl Moto {
    /// The address of every service, such as `http://127.0.0.1:40321`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn start() -> Self {
        assert!(
            Path::new(PYTHON).exists(),
            "{PYTHON} is missing; run `make deps-test`, which installs moto server"
        );
        let mut process = Command::new(PYTHON)
            .args(["-c", PROGRAM])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the interpreter can be started");
        let lifeline = process.stdin.take().expect("standard input is piped");
        let output = process.stdout.take().expect("standard output is piped");
        let mut port = String::new();
        BufReader::new(output)
            .read_line(&mut port)
            .expect("standard output can be read");
        let port: u16 = port
            .trim()
            .parse()
            .expect("moto server prints its port; run `make deps-test` if it does not start");
        Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            _lifeline: lifeline,
            _process: process,
        }
    }
}
