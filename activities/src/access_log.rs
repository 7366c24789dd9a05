//! Access logs as files of lines: one JSON object a request, in the order in which requests ended.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{AccountHour, LoggedUsage, RequestHour};
use crate::ports::objects::{KeyError, ObjectKey};

/// The most bytes of a file that is read back; far more than a writer puts into one.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The media type of a file.
pub const MEDIA_TYPE: &str = "application/x-ndjson";

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLogLine {
    /// When the answer began.
    pub at: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The route, as the table of routes has it; `-` where there is none.
    pub route: String,
    /// The path that was asked for, without its query.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// Microseconds until the answer began.
    pub micros: u64,
    /// The account that asked, where one was logged in.
    pub account: Option<Uuid>,
    /// The network address that asked.
    pub address: Option<IpAddr>,
}

/// A new file's place in the object store, by the hour in which it is written.
///
/// # Errors
/// Never for times of this era; the signature is the key's.
pub fn new_key(at: DateTime<Utc>) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!(
        "access-logs/{}/{}",
        at.format("%Y-%m-%d/%H"),
        Uuid::now_v7()
    ))
}

/// Lines as a file.
///
/// # Errors
/// Never for these lines; the signature is the format's.
pub fn write(lines: &[AccessLogLine]) -> serde_json::Result<Vec<u8>> {
    let mut file = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut file, line)?;
        file.push(b'\n');
    }
    Ok(file)
}

/// Requests of one hour to one route that ended alike: the hour, the method, the route, the status.
type Ended = (DateTime<Utc>, String, String, i16);

/// What a file adds up to, and how many of its lines are damaged.
pub fn add_up(file: &[u8]) -> (LoggedUsage, usize) {
    let mut damaged = 0;
    let mut requests: BTreeMap<Ended, (u64, u64)> = BTreeMap::new();
    let mut accounts: BTreeMap<(DateTime<Utc>, Uuid), u64> = BTreeMap::new();
    for line in file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Some((line, hour, status)) = parse(line) else {
            damaged += 1;
            continue;
        };
        let total = requests
            .entry((hour, line.method, line.route, status))
            .or_default();
        total.0 += 1;
        total.1 = total.1.saturating_add(line.micros);
        if let Some(account) = line.account {
            *accounts.entry((hour, account)).or_default() += 1;
        }
    }
    let requests =
        requests.into_iter().map(
            |((hour, method, route, status), (requests, micros))| RequestHour {
                hour,
                method,
                route,
                status,
                requests,
                micros,
            },
        );
    let accounts = accounts
        .into_iter()
        .map(|((hour, account_id), requests)| AccountHour {
            hour,
            account_id,
            requests,
        });
    let usage = LoggedUsage {
        requests: requests.collect(),
        accounts: accounts.collect(),
    };
    (usage, damaged)
}

fn parse(line: &[u8]) -> Option<(AccessLogLine, DateTime<Utc>, i16)> {
    let line: AccessLogLine = serde_json::from_slice(line).ok()?;
    let hour = line.at.duration_trunc(TimeDelta::hours(1)).ok()?;
    let status = i16::try_from(line.status).ok()?;
    Some((line, hour, status))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn line(at: &str, route: &str, status: u16, account: Option<u128>) -> AccessLogLine {
        AccessLogLine {
            at: at.parse().unwrap(),
            method: "GET".to_owned(),
            route: route.to_owned(),
            path: route.to_owned(),
            status,
            micros: 100,
            account: account.map(Uuid::from_u128),
            address: None,
        }
    }

    #[test]
    fn lines_add_up_by_hour_route_and_status() {
        let lines = [
            line("2026-01-01T10:59:59.9Z", "/v1/documents", 200, Some(1)),
            line("2026-01-01T11:00:00Z", "/v1/documents", 200, Some(1)),
            line("2026-01-01T11:30:00Z", "/v1/documents", 200, Some(2)),
            line("2026-01-01T11:31:00Z", "/v1/documents", 503, None),
        ];
        let mut file = write(&lines).unwrap();
        file.extend(b"{\"at\":\nnot a line\n");
        let (usage, damaged) = add_up(&file);
        assert_eq!(damaged, 2);
        let of = |request: &RequestHour| {
            (
                request.hour.to_rfc3339(),
                request.status,
                request.requests,
                request.micros,
            )
        };
        let hours = ["2026-01-01T10:00:00+00:00", "2026-01-01T11:00:00+00:00"];
        assert_eq!(
            usage.requests.iter().map(of).collect::<Vec<_>>(),
            [
                (hours[0].to_owned(), 200, 1, 100),
                (hours[1].to_owned(), 200, 2, 200),
                (hours[1].to_owned(), 503, 1, 100)
            ]
        );
        let accounts: Vec<_> = usage
            .accounts
            .iter()
            .map(|of| (of.account_id.as_u128(), of.requests))
            .collect();
        assert_eq!(accounts, [(1, 1), (1, 1), (2, 1)]);
    }

    #[test]
    fn keys_name_the_hour() {
        let key = new_key("2026-01-02T03:04:05Z".parse().unwrap()).unwrap();
        assert!(key.as_str().starts_with("access-logs/2026-01-02/03/"), "{key}");
    }
}
