//! Rules about words that must not be in a place.

use super::tree::{self, SourceFile, has_word};

/// Words that have no place in some files.
struct Rule {
    /// Paths that the rule is about, by how they begin; empty for all.
    within: &'static [&'static str],
    /// Paths that it is not about.
    except: &'static [&'static str],
    words: &'static [&'static str],
    advice: &'static str,
}

/// This file names what it forbids.
const THIS_FILE: &str = "tests/tests/it/tidy/words.rs";

const CODE_RULES: &[Rule] = &[
    Rule {
        within: &["engine/src/core/"],
        except: &[],
        words: &[
            "tokio",
            "sqlx",
            "std::time",
            "SystemTime",
            "Instant",
            "rand",
            "async fn",
            "std::fs",
            "std::net",
        ],
        advice: "core is pure: no clock, chance, I/O or async; take the value as a parameter",
    },
    Rule {
        within: &["engine/src/model/"],
        except: &[],
        words: &["tokio", "sqlx", "SystemTime", "Instant", "rand", "async fn"],
        advice: "model is plain data; behaviour belongs to core or node",
    },
    Rule {
        within: &["workflows/src/"],
        except: &[],
        words: &[
            "SystemTime",
            "Instant",
            "Utc::now",
            "Uuid::new_v4",
            "Uuid::now_v7",
            "std::env",
            "std::fs",
            "HashMap",
        ],
        advice: "workflows are deterministic: use the context's now() and random(), an activity for I/O, BTreeMap to iterate",
    },
    Rule {
        within: &[
            "engine/src/",
            "activities/src/",
            "workflows/src/",
            "api/src/",
            "cli/src/",
        ],
        except: &[
            "engine/src/store/",
            "engine/src/postgres/",
            "activities/src/catalog/",
            "activities/src/ports/queue/postgres",
            "cli/src/bench/database.rs",
            "cli/src/bench/executions.rs",
            "cli/src/bench/readers.rs",
        ],
        words: &[
            "sqlx::query",
            "sqlx::query_as",
            "sqlx::query_scalar",
            "sqlx::raw_sql",
            "QueryBuilder",
            "\"SELECT ",
            "\"INSERT INTO ",
            "\"DELETE FROM ",
        ],
        advice: "SQL belongs to engine/src/store, activities/src/catalog or the Postgres queue; add a function there",
    },
    Rule {
        within: &["engine/src/"],
        except: &["engine/src/wire/", "engine/src/console/"],
        words: &["StatusCode", "http::status"],
        advice: "only wire (and the console's pages) knows HTTP status codes; return a Fault",
    },
    Rule {
        within: &[],
        except: &[],
        words: &["dbg!", "todo!", "unimplemented!"],
        advice: "finish it or take it out",
    },
];

const TEST_RULES: &[Rule] = &[Rule {
    within: &[],
    except: &[],
    words: &["thread::sleep", "time::sleep", "sleep_until"],
    advice: "a test waits for a signal or a condition, or uses virtual time; it does not sleep",
}];

const TEXT_RULES: &[Rule] = &[
    Rule {
        within: &[],
        except: &["Cargo.lock"],
        words: &["/work/", "/tmp/", "/root/", "/home/", "../shared"],
        advice: "a path of one machine; take a setting, the temporary directory or the home of the user",
    },
    Rule {
        within: &[],
        except: &["Cargo.lock"],
        words: &[
            "index.crates.io",
            "static.crates.io",
            "pypi.org",
            "registry.npmjs.org",
            "deb.debian.org",
            "artifactregistry",
        ],
        advice: "a registry's host; the package manager's own configuration names it",
    },
    Rule {
        within: &[],
        except: &[],
        words: &["TODO", "FIXME", "XXX", "HACK"],
        advice: "do it, or write an issue",
    },
];

type Lines = fn(&SourceFile) -> Vec<(usize, &str)>;

fn check(files: impl Iterator<Item = SourceFile>, lines: Lines, rules: &[Rule]) {
    let mut findings = Vec::new();
    for file in files.filter(|file| file.path != THIS_FILE) {
        let about =
            |rule: &&Rule| (rule.within.is_empty() || file.is_in(rule.within)) && !file.is_in(rule.except);
        for rule in rules.iter().filter(about) {
            for (number, line) in lines(&file) {
                if let Some(word) = rule.words.iter().find(|word| has_word(line, word)) {
                    findings.push(file.finding(number, format!("`{word}`: {}", rule.advice)));
                }
            }
        }
    }
    tree::assert_none(findings);
}

#[test]
fn code_stays_in_its_room() {
    check(tree::rust_files(), |file| file.code().collect(), CODE_RULES);
}

#[test]
fn tests_do_not_sleep() {
    check(tree::rust_files(), |file| file.test_code().collect(), TEST_RULES);
}

#[test]
fn no_file_names_a_machine_or_a_plan() {
    check(
        tree::files().into_iter(),
        |file| (1..).zip(file.text.lines()).collect(),
        TEXT_RULES,
    );
}
