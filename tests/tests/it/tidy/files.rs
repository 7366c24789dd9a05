//! Rules about files: how long, what name, how they begin, whether they are registered.

use std::path::Path;

use super::tree::{self, Finding, SourceFile, has_word};

/// Longer files are split by purpose.
const LINES_MAX: usize = 500;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "types", "helpers", "misc", "shared"];

const ACTIVITIES: &str = "activities/src/";
const WORKFLOWS: &str = "workflows/src/";

#[test]
fn files_are_short() {
    let long = tree::rust_files().filter(|file| file.text.lines().count() > LINES_MAX);
    let advice = format!("more than {LINES_MAX} lines; split it by purpose");
    tree::assert_none(
        long.map(|file| file.finding(LINES_MAX + 1, advice.as_str()))
            .collect(),
    );
}

#[test]
fn files_say_what_they_are_for() {
    let silent = tree::rust_files().filter(|file| !file.text.starts_with("//!"));
    tree::assert_none(
        silent
            .map(|file| file.finding(1, "begin with `//!`: what it is and why"))
            .collect(),
    );
}

#[test]
fn names_say_what_is_inside() {
    let empty = tree::rust_files().filter(|file| {
        let path = Path::new(&file.path).with_extension("");
        path.iter()
            .any(|part| part.to_str().is_some_and(|part| EMPTY_NAMES.contains(&part)))
    });
    tree::assert_none(
        empty
            .map(|file| file.finding(1, "name the file after what is in it"))
            .collect(),
    );
}

/// Every `impl Activity for X` is named in the list of the crate, or no worker runs it.
#[test]
fn activities_are_registered() {
    let list = tree::read("activities/src/lib.rs");
    let mut findings = Vec::new();
    for file in tree::rust_files().filter(|file| file.is_in(&[ACTIVITIES])) {
        for (number, name) in declared(&file, "impl Activity for ") {
            if !list.contains(&format!("add::<{name}>")) {
                findings.push(file.finding(
                    number,
                    format!("register activity {name} in activities/src/lib.rs"),
                ));
            }
        }
    }
    tree::assert_none(findings);
}

/// The types that a file declares with such a line, and where.
fn declared(file: &SourceFile, declaration: &str) -> Vec<(usize, String)> {
    let declared = file.code().filter_map(|(number, line)| {
        let name = line.trim().strip_prefix(declaration)?;
        Some((number, name.trim_end_matches(['{', ' ']).to_owned()))
    });
    declared.collect()
}

/// Every `impl Workflow for X` is named in the list of the crate, or no decider knows it.
#[test]
fn workflows_are_registered() {
    let list = tree::read("workflows/src/lib.rs");
    let mut findings = Vec::new();
    for file in tree::rust_files().filter(|file| is_workflow(&file.path)) {
        for (number, name) in declared(&file, "impl Workflow for ") {
            if !list.contains(&format!("add::<{name}>")) {
                findings.push(file.finding(
                    number,
                    format!("register workflow {name} in workflows/src/lib.rs"),
                ));
            }
        }
    }
    tree::assert_none(findings);
}

/// A file directly in the crate's source, but for the list itself.
fn is_workflow(path: &str) -> bool {
    path.strip_prefix(WORKFLOWS)
        .is_some_and(|name| name != "lib.rs" && !name.contains('/'))
}

#[test]
fn every_crate_declares_its_files() {
    let mut findings = Vec::new();
    for file in tree::rust_files().filter(|file| file.path.contains("/src/")) {
        if let Some(parent) = orphaned_from(&file) {
            let advice =
                format!("no `mod` in {parent} names it, so it is never compiled; declare or remove it");
            findings.push(Finding {
                path: file.path,
                line: 1,
                advice,
            });
        }
    }
    tree::assert_none(findings);
}

/// The file that should declare this one as a module but does not.
fn orphaned_from(file: &SourceFile) -> Option<String> {
    let (dir, name) = file.path.rsplit_once('/')?;
    let (dir, module) = match name.trim_end_matches(".rs") {
        "lib" | "main" => return None,
        "mod" => dir.rsplit_once('/')?,
        module => (dir, module),
    };
    if dir.ends_with("/bin") {
        return None;
    }
    let candidates = ["lib.rs", "main.rs", "mod.rs"].map(|parent| format!("{dir}/{parent}"));
    let parents = candidates.into_iter().chain([format!("{dir}.rs")]);
    let existing: Vec<String> = parents
        .filter(|parent| tree::root().join(parent).is_file())
        .collect();
    let declares = |parent: &String| has_word(&tree::read(parent), &format!("mod {module};"));
    if existing.iter().any(declares) {
        None
    } else {
        Some(existing.join(" or "))
    }
}
