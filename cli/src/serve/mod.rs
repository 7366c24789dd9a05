//! Running a node: `apus dev` with a database of its own, `apus serve` on one that others may share.
//!
//! ```text
//! settings.rs   what somebody wrote down: flags, environment, file
//! config.rs     what holds: settings, completed and checked
//! run.rs        a node behind its endpoint, from its start to its end
//! figures.rs    /metrics
//! ```

mod config;
mod dev;
mod figures;
mod files;
mod logs;
mod production;
mod run;
mod seconds;
mod settings;
mod signals;

pub use config::KEY_FILE;
pub use dev::{DATA_DIR, DATABASE, Dev, KEY_FILE as DEV_KEY_FILE, dev};
pub use production::{Serve, serve};

use crate::failure::Failure;

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    //! What docs/serving.md says is what there is.

    use std::collections::BTreeSet;

    use apus::metrics::METRICS;
    use apus::model::Limits;
    use clap::{Args, Command};
    use serde_json::Value;

    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/serving.md");

    /// The cells of the rows below the heading of a table that begins with this cell.
    fn table(heading: &str) -> Vec<Vec<&'static str>> {
        let lines = DOCUMENT
            .lines()
            .skip_while(|line| !line.starts_with(&format!("| {heading} |")));
        let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
        let cells = |row: &'static str| {
            row.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`'))
        };
        rows.map(|row| cells(row).collect()).collect()
    }

    #[test]
    fn every_setting_is_documented() {
        let documented: BTreeSet<_> = table("flag")
            .into_iter()
            .map(|row| {
                let flag = row[0].trim_start_matches("--").split(' ').next();
                (flag.unwrap_or_default().to_owned(), row[1].to_owned())
            })
            .collect();
        let command = Serve::augment_args(Command::new("serve"));
        let there: BTreeSet<_> = command
            .get_arguments()
            .filter_map(|arg| {
                let variable = arg.get_env()?.to_str()?;
                Some((arg.get_long()?.to_owned(), variable.to_owned()))
            })
            .collect();
        assert_eq!(documented, there);
    }

    #[test]
    fn every_limit_is_documented_with_its_default() {
        let value = |value: &Value| match value {
            Value::Null => "off".to_owned(),
            value => value.to_string(),
        };
        let limits = serde_json::to_value(Limits::default()).unwrap_or_default();
        let there: BTreeSet<_> = limits
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, limit)| (name.clone(), value(limit)))
            .collect();
        let documented: BTreeSet<_> = table("limit")
            .into_iter()
            .map(|row| (row[0].to_owned(), row[1].to_owned()))
            .collect();
        assert_eq!(documented, there);
    }

    #[test]
    fn every_metric_is_documented() {
        let documented: Vec<_> = table("metric").into_iter().map(|row| row[0]).collect();
        let there: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(documented, there);
    }
}
