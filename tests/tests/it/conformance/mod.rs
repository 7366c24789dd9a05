//! The endpoint against clients that others wrote: boto3, aws-sdk-swf and the AWS CLI; and the table of
//! docs/swf-compatibility.md, which is made of what they prove.

mod dev;
mod examples;
mod rows;
mod sdk;
mod suite;
mod walkthrough;

use anyhow::{Result, ensure};

use dev::{Dev, root};

/// Polls of empty lists are held for so long, in seconds.
const LONG_POLL: &[&str] = &["--long-poll", "1"];
/// The limits of the engine that tests/conformance/test_service_limits.py calls, with a domain for each of its tests.
const SMALL_LIMITS: &[&str] = &[
    "--long-poll",
    "1",
    "--limit",
    "domains=5,open_executions=2,history_events=40,pollers_per_list=2",
];
/// The engine that tests/conformance/test_throttles.py calls, with room for what comes too fast.
const THROTTLED: &[&str] = &[
    "--long-poll",
    "1",
    "--throttle",
    "true",
    "--limit",
    "decisions=3000,open_timers=3000,open_activities=3000,open_children=3000",
];
const TABLE: &str = "docs/swf-compatibility.md";
/// What is below this line is made of the rows.
const GENERATED: &str = "<!-- Below: written by `make compatibility` from the tests that passed. -->\n";
/// Set, the table is written anew instead of compared.
const WRITE: &str = "WRITE_COMPATIBILITY";

/// Every test of the suite passes, and the table says what they prove, no more and no less.
#[tokio::test]
async fn every_row_of_the_compatibility_table_is_proved() -> Result<()> {
    let (dev, limited, throttled) = tokio::try_join!(
        Dev::start(LONG_POLL),
        Dev::start(SMALL_LIMITS),
        Dev::start(THROTTLED)
    )?;
    let (by_boto, by_sdk) = tokio::join!(suite::run(&dev, &limited, &throttled), sdk::run(&dev));
    let mut rows = by_boto?;
    rows.extend(by_sdk?);
    // Nobody else may register a domain after that.
    rows.extend(sdk::use_up_domains(&limited).await?);
    dev.stop().await?;
    limited.stop().await?;
    throttled.stop().await?;

    let path = root().join(TABLE);
    let text = std::fs::read_to_string(&path)?;
    let (head, table) = text
        .split_once(GENERATED)
        .expect("the table begins below a comment");
    let rendered = rows::render(&rows);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, format!("{head}{GENERATED}{rendered}"))?;
        return Ok(());
    }
    ensure!(
        table == rendered,
        "{TABLE} is not what the tests prove; run `make compatibility` and read the difference"
    );
    Ok(())
}
