//! Reads one document and prints what comes out of it, as JSON; for trying a file by hand.

use std::{path::PathBuf, process::ExitCode};

use docstore_activities::extract::{Extractor, Limits, run_child_if_asked};

fn main() -> anyhow::Result<ExitCode> {
    run_child_if_asked();
    let Some(file) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: docstore-extract FILE");
        return Ok(ExitCode::from(2));
    };
    let extractor = Extractor::new(std::env::current_exe()?, Limits::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(extractor.extract(&file, |progress| {
        eprintln!("{} of {} pages", progress.done, progress.total)
    }));
    match result {
        Ok(extraction) => {
            println!("{}", serde_json::to_string_pretty(&extraction)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("{}", serde_json::to_string_pretty(&error)?);
            eprintln!("{error}");
            Ok(ExitCode::FAILURE)
        }
    }
}
