//! Tests that documents name are there.

use super::tree::{self, Finding};

/// Documents whose tables name tests in their last column.
const DOCUMENTS: [&str; 1] = ["docs/security.md"];
/// The heading of that column.
const COLUMN: &str = "| shown by |";

#[test]
fn tests_that_tables_name_are_there() {
    let sources: Vec<_> = tree::rust_files().collect();
    let is_there = |name: &str| {
        let head = format!("fn {name}(");
        sources.iter().any(|file| file.text.contains(&head))
    };
    let mut findings = Vec::new();
    for path in DOCUMENTS {
        let text = tree::read(path);
        assert!(text.contains(COLUMN), "{path} has no column {COLUMN}");
        for (number, line) in shown_by(&text) {
            let named = line.split('`').skip(1).step_by(2);
            findings.extend(named.filter(|name| !is_there(name)).map(|name| Finding {
                path: path.to_owned(),
                line: number,
                advice: format!("there is no test {name}"),
            }));
        }
    }
    tree::assert_none(findings);
}

/// The last cells of the tables that have the column, with the numbers of their lines.
fn shown_by(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        inside = line.ends_with(COLUMN) || (inside && line.starts_with('|'));
        let cell = line.trim_end_matches([' ', '|']).rsplit('|').next()?;
        (inside && !line.ends_with(COLUMN) && !line.starts_with("|---")).then_some((index + 1, cell))
    })
}
