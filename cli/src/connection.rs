//! Which node to call, and how to write what it answers: the options of every command that calls one.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use crate::client::Client;
use crate::duration;
use crate::failure::Failure;
use crate::output::{Format, Output, Times};

/// The options.
#[derive(Args)]
pub struct Connection {
    /// Where the node listens
    #[arg(
        long,
        env = "APUS_ENDPOINT",
        value_name = "URL",
        global = true,
        default_value = "http://127.0.0.1:7070"
    )]
    endpoint: String,
    /// How to write the result
    #[arg(long, short, value_enum, global = true, default_value = "table")]
    output: Format,
    /// How to write times in tables
    #[arg(long, value_enum, global = true, default_value = "relative")]
    times: Times,
    /// How long the node may take to answer a call
    #[arg(long, value_parser = duration::parse, value_name = "DURATION", global = true, default_value = "30s")]
    timeout: Duration,
}

impl Connection {
    /// A client for the node, and where results go.
    pub fn open(&self) -> Result<(Client, Output), Failure> {
        let client = Client::new(&self.endpoint, self.timeout)?;
        Ok((client, Output::new(self.output, self.times)))
    }
}

/// What is not given is left out.
pub fn without_nulls(mut request: Value) -> Value {
    if let Value::Object(members) = &mut request {
        members.retain(|_, value| !value.is_null());
    }
    request
}
