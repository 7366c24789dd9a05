//! The files of the repository, as the tidy tests see them.

use std::fs;
use std::path::{Path, PathBuf};

/// Directories that hold no work of ours. Hidden ones are left out too, but for CI's.
const FOREIGN: [&str; 2] = ["target", "node_modules"];
const CI: &str = ".ci";

/// In a linked worktree this is a file.
const GIT: &str = ".git";

/// One text file.
pub struct SourceFile {
    /// From the repository's root, with `/`.
    pub path: String,
    pub text: String,
}

/// A line that breaks a rule.
pub struct Finding {
    pub path: String,
    pub line: usize,
    /// What is wrong and what to do.
    pub advice: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate is in the workspace's root")
}

/// Every text file of the repository, in the order of their paths. Samples and other binary files are left out.
pub fn files() -> Vec<SourceFile> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let relative = path.strip_prefix(root()).expect("collected below the root");
        Some(SourceFile {
            path: relative.to_str()?.to_owned(),
            text: fs::read_to_string(&path).ok()?,
        })
    };
    paths.into_iter().filter_map(read).collect()
}

pub fn rust_files() -> impl Iterator<Item = SourceFile> {
    files().into_iter().filter(|file| file.path.ends_with(".rs"))
}

/// The file at `path`, which a rule relies on.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir)
        .expect("a directory of the repository")
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let kind = entry.file_type().expect("the system knows what it lists");
        if kind.is_dir() && (name == CI || !name.starts_with('.')) && !FOREIGN.contains(&name) {
            collect(&path, paths);
        } else if kind.is_file() && name != GIT && !name.ends_with(".log") {
            paths.push(path);
        }
    }
}

impl SourceFile {
    pub fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The numbered lines of code, comments cut off.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or(line)))
    }

    /// The numbered lines of the tests in this file: all of them in a test file, else those below `#[cfg(test)]`
    /// before a module.
    pub fn test_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.is_in(&["tests/"]) || self.path.contains("/tests/") || self.file_name() == "tests.rs";
        let lines: Vec<&str> = self.text.lines().collect();
        let opens = |index: usize| {
            let next = lines.get(index + 1).map_or("", |line| line.trim());
            lines[index].trim() == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{')
        };
        let first = if all {
            Some(0)
        } else {
            (0..lines.len()).find(|index| opens(*index))
        };
        self.code().skip(first.unwrap_or(usize::MAX))
    }

    pub fn finding(&self, line: usize, advice: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            advice: advice.into(),
        }
    }
}

/// Whether `line` has `word` with no letter, digit or underscore where it begins and ends.
pub fn has_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let end = start + word.len();
        // A word that begins or ends with a sign, such as `dbg!`, is bounded by that.
        let joins =
            |left: Option<char>, right: Option<char>| left.is_some_and(inside) && right.is_some_and(inside);
        !joins(line[..start].chars().next_back(), word.chars().next())
            && !joins(word.chars().next_back(), line[end..].chars().next())
    })
}

/// Fails with every finding as `file:line: advice`.
pub fn assert_none(findings: Vec<Finding>) {
    let lines: Vec<String> = findings
        .iter()
        .map(|found| format!("{}:{}: {}", found.path, found.line, found.advice))
        .collect();
    assert!(lines.is_empty(), "{} to tidy:\n{}", lines.len(), lines.join("\n"));
}
