//! Rules about which crate may know which.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::tree::{self, Finding};

/// A member of the workspace and the members that it may depend on.
struct Room {
    dir: &'static str,
    name: &'static str,
    may_use: &'static [&'static str],
}

/// Dependencies run one way: engine <- activities <- workflows <- api, and engine <- cli. Tests may use all.
const ROOMS: [Room; 7] = [
    Room {
        dir: "engine",
        name: "apus",
        may_use: &[],
    },
    Room {
        dir: "activities",
        name: "docstore-activities",
        may_use: &["apus"],
    },
    Room {
        dir: "workflows",
        name: "docstore-workflows",
        may_use: &["apus", "docstore-activities"],
    },
    Room {
        dir: "api",
        name: "docstore",
        may_use: &["apus", "docstore-activities", "docstore-workflows"],
    },
    Room {
        dir: "cli",
        name: "apus-cli",
        may_use: &["apus"],
    },
    Room {
        dir: "examples/rust",
        name: "apus-example-worker",
        may_use: &["apus"],
    },
    Room {
        dir: "tests",
        name: "apus-tests",
        may_use: &[
            "apus",
            "docstore-activities",
            "docstore-workflows",
            "docstore",
            "apus-cli",
        ],
    },
];

/// What a workflow could break its determinism with, by how the crates' names begin.
const NOT_IN_WORKFLOWS: [&str; 6] = ["tokio", "sqlx", "aws", "rand", "reqwest", "chrono"];

const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The only place that a locked package may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn manifest(dir: &str) -> (String, Table) {
    let path = if dir.is_empty() {
        "Cargo.toml".to_owned()
    } else {
        format!("{dir}/Cargo.toml")
    };
    let table = tree::read(&path)
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    (path, table)
}

/// The names of all dependencies, those of `[target.'…']` sections included.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values());
    let tables = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    let sections = tables.flat_map(|table| {
        SECTIONS
            .iter()
            .filter_map(|section| table.get(*section)?.as_table())
    });
    sections.flat_map(|section| section.keys().cloned()).collect()
}

fn finding(path: &str, word: &str, advice: String) -> Finding {
    let text = tree::read(path);
    let line = (1..)
        .zip(text.lines())
        .find(|(_, line)| line.starts_with(word))
        .map_or(1, |(number, _)| number);
    Finding {
        path: path.to_owned(),
        line,
        advice,
    }
}

#[test]
fn the_rooms_are_the_members() {
    let (_, workspace) = manifest("");
    let members = workspace["workspace"]["members"]
        .as_array()
        .expect("members is a list");
    let members: BTreeSet<&str> = members.iter().filter_map(Value::as_str).collect();
    assert_eq!(
        members,
        ROOMS.iter().map(|room| room.dir).collect(),
        "name a new member in ROOMS"
    );
    for room in ROOMS {
        assert_eq!(
            manifest(room.dir).1["package"]["name"].as_str(),
            Some(room.name),
            "{}",
            room.dir
        );
    }
}

#[test]
fn dependencies_run_one_way() {
    let mut findings = Vec::new();
    for room in ROOMS {
        let (path, manifest) = manifest(room.dir);
        for name in dependencies(&manifest) {
            let ours = ROOMS.iter().any(|other| other.name == name);
            if ours && !room.may_use.contains(&name.as_str()) {
                let advice = format!(
                    "{} must not know {name}; move the shared part to the lower crate",
                    room.name
                );
                findings.push(finding(&path, &name, advice));
            }
        }
    }
    tree::assert_none(findings);
}

#[test]
fn workflows_name_nothing_that_is_not_deterministic() {
    let (path, manifest) = manifest("workflows");
    let named = dependencies(&manifest).into_iter();
    let forbidden = named.filter(|name| NOT_IN_WORKFLOWS.iter().any(|start| name.starts_with(start)));
    let advice = "workflows are deterministic; do this in an activity or with the workflow's context";
    tree::assert_none(
        forbidden
            .map(|name| finding(&path, &name, format!("`{name}`: {advice}")))
            .collect(),
    );
}

#[test]
fn versions_are_stated_once() {
    let mut findings = Vec::new();
    for room in ROOMS {
        let (path, manifest) = manifest(room.dir);
        for section in SECTIONS
            .iter()
            .filter_map(|section| manifest.get(*section)?.as_table())
        {
            for (name, value) in section {
                if value.get("workspace").and_then(Value::as_bool) != Some(true) {
                    let advice =
                        format!("write `{name}.workspace = true` and the version in the root's Cargo.toml");
                    findings.push(finding(&path, name, advice));
                }
            }
        }
    }
    tree::assert_none(findings);
}

#[test]
fn locked_packages_come_from_the_registry() {
    let text = tree::read("Cargo.lock");
    let foreign = (1..).zip(text.lines()).filter(|(_, line)| {
        line.strip_prefix("source = ")
            .is_some_and(|source| source.trim_matches('"') != REGISTRY)
    });
    let advice = "only published crates: no git dependency and no other registry";
    let found = |line| Finding {
        path: "Cargo.lock".to_owned(),
        line,
        advice: advice.to_owned(),
    };
    tree::assert_none(foreign.map(|(line, _)| found(line)).collect());
}
