//! The rows of the compatibility table, whichever client proves them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What one test proves of one thing.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// The kind of thing, a section of the table: `action`, `decision`, `event`, ...
    pub area: String,
    /// The thing, by SWF's name if it has one.
    pub subject: String,
    /// Which client called.
    pub client: String,
    /// The test, to be found by this name.
    pub test: String,
    /// What is proved, in a sentence.
    pub text: String,
    /// What was chosen where no source says what Amazon does.
    pub decision: Option<String>,
    /// `passed`, or why not.
    pub outcome: String,
}

/// The sections in their order, with what stands above each.
const SECTIONS: &[(&str, &str)] = &[
    ("action", "Actions"),
    ("decision", "Decisions"),
    ("failure cause", "Causes of failed decisions"),
    ("event", "Events"),
    ("history", "Whole executions"),
    ("timeout", "Timeouts"),
    ("child policy", "Child policies"),
    ("close status", "Close statuses"),
    ("fault", "Faults"),
    ("constraint", "Constraints of requests"),
    ("protocol", "Requests and answers"),
    ("behaviour", "Behaviour"),
    ("not produced", "Not produced"),
];

/// One line of the table: a parametrized test has many rows that say the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line<'a> {
    subject: &'a str,
    text: &'a str,
    client: &'a str,
    test: &'a str,
}

/// The table, section by section, and the decisions with the tests that hold us to them.
pub fn render(rows: &[Row]) -> String {
    let proved: Vec<&Row> = rows.iter().filter(|row| row.outcome == "passed").collect();
    let mut text = decisions(&proved);
    for (area, title) in SECTIONS {
        let mut lines: Vec<Line<'_>> = proved
            .iter()
            .filter(|row| row.area == *area)
            .map(|row| line(row))
            .collect();
        lines.sort();
        lines.dedup();
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "\n## {title}\n\n| | proved | client | test |\n|---|---|---|---|\n"
        ));
        for line in lines {
            let Line {
                subject,
                text: what,
                client,
                test,
            } = line;
            text.push_str(&format!("| {subject} | {what} | {client} | `{test}` |\n"));
        }
    }
    for row in &proved {
        let known = SECTIONS.iter().any(|(area, _)| *area == row.area);
        assert!(known, "{}: no section for {}", row.test, row.area);
    }
    text
}

fn line(row: &Row) -> Line<'_> {
    Line {
        subject: &row.subject,
        text: &row.text,
        client: &row.client,
        test: &row.test,
    }
}

fn decisions(rows: &[&Row]) -> String {
    let mut decisions: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        if let Some(decision) = &row.decision {
            decisions.insert(decision, &row.test);
        }
    }
    let mut text = String::from("\n## Where no source says\n\n| decided | test |\n|---|---|\n");
    for (decision, test) in decisions {
        text.push_str(&format!("| {decision} | `{test}` |\n"));
    }
    text
}
