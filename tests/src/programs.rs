//! The programs that tests start: those of the workspace, and those that are written in Python.

use std::path::{Path, PathBuf};

/// A program of the workspace, as it was built beside the tests.
///
/// # Panics
/// When it has not been built, with what to do: `cargo test` builds only the programs of the package under test.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the system knows which program runs");
    // The tests are in `deps` of the directory that the programs are in.
    let path = test.ancestors().nth(2).map(|built| built.join(name));
    path.filter(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is not built; run `cargo build --workspace --bins` or `make test`"))
}

/// A program of the environment that `make deps-test` installs.
///
/// # Panics
/// When it has not been installed, with what to do.
pub fn python_program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.cache/venv/bin")
        .join(name);
    assert!(
        path.is_file(),
        "{} is missing; run `make deps-test`",
        path.display()
    );
    path
}
