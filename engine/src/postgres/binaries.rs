//! Finds the installed PostgreSQL programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{MINIMUM_MAJOR, PostgresError};

/// Where Debian and Ubuntu keep one directory a major version.
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// The directory of one PostgreSQL installation's programs.
#[derive(Debug)]
pub(super) struct Binaries {
    dir: PathBuf,
}

impl Binaries {
    /// The installation to use: the first on PATH that fits, else the newest of Debian's.
    ///
    /// A cluster can only be run by the major version that made it, so `major` is required when it is given; any
    /// version from [`MINIMUM_MAJOR`] on will do otherwise.
    pub(super) fn find(major: Option<u32>) -> Result<Self, PostgresError> {
        let fits = |found: u32| major.map_or(found >= MINIMUM_MAJOR, |wanted| found == wanted);
        let on_path = path_dirs().find(|dir| version(dir).is_some_and(fits));
        let chosen = on_path.or_else(|| {
            let versions = debian_dirs().filter_map(|dir| Some((version(&dir)?, dir)));
            versions
                .filter(|(found, _)| fits(*found))
                .max()
                .map(|(_, dir)| dir)
        });
        chosen.map(|dir| Self { dir }).ok_or_else(|| match major {
            Some(major) => PostgresError::NotInstalled {
                wanted: format!("PostgreSQL {major}, which made this data directory,"),
                package: format!("postgresql-{major}"),
            },
            None => PostgresError::NotInstalled {
                wanted: format!("PostgreSQL {MINIMUM_MAJOR} or newer"),
                package: "postgresql".to_owned(),
            },
        })
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }
}

/// The full path of `setpriv`, for a command that is run with another PATH.
pub(super) fn setpriv() -> Result<PathBuf, PostgresError> {
    let found = path_dirs()
        .map(|dir| dir.join("setpriv"))
        .find(|path| path.is_file());
    found.ok_or(PostgresError::NoSetpriv)
}

fn path_dirs() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn debian_dirs() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(DEBIAN_ROOT).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("bin"))
}

/// The major version of the installation in `dir`; `None` when there is none, or only a part of one.
fn version(dir: &Path) -> Option<u32> {
    if !dir.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(dir.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `postgres (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)`, and `18beta1` or `19devel` in the number's place.
fn parse_version(line: &str) -> Option<u32> {
    let number = line.split_once("(PostgreSQL) ")?.1;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn versions_are_read_from_what_postgres_prints() {
        let cases = [
            ("postgres (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18beta1\n", Some(18)),
            ("postgres (PostgreSQL) 19devel\n", Some(19)),
            ("postgres: command not found", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_version(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_version_that_is_not_installed_is_named_with_its_package() {
        let message = Binaries::find(Some(7)).unwrap_err().to_string();
        assert!(message.contains("apt-get install postgresql-7"), "{message}");
    }
}
