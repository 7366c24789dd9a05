//! docs/walkthrough.md: its commands are run in their order, and print what stands there.

use anyhow::{Context, Result, ensure};
use apus_tests::python_program;

use super::dev::{Dev, root};

const DOCUMENT: &str = "docs/walkthrough.md";
/// Blocks of commands, each with what it prints.
const OPENS: &str = "```console";
const CLOSES: &str = "```";
const PROMPT: &str = "$ ";
const CONTINUED: &str = "> ";
/// Printed after each command, to know what is whose.
const END: &str = "=== end of command ===";

/// A command and what the document says that it prints.
#[derive(Default)]
struct Step {
    command: String,
    prints: String,
}

#[tokio::test]
async fn the_walkthrough_is_walked() -> Result<()> {
    let steps = steps(&std::fs::read_to_string(root().join(DOCUMENT))?)?;
    let dev = Dev::start(&[]).await?;
    // One shell, as its variables go from command to command.
    let script: String = steps
        .iter()
        .map(|step| format!("{}\nprintf '%s\\n' '{END}'\n", step.command))
        .collect();
    let aws = python_program("aws");
    let programs = aws.parent().context("it is in a directory")?;
    let path = format!("{}:{}", programs.display(), std::env::var("PATH")?);
    let ran = dev
        .client("bash")
        .env("PATH", path)
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .output()
        .await?;
    let printed = String::from_utf8(ran.stdout)?;
    let printed: Vec<&str> = printed.split(&format!("{END}\n")).collect();
    ensure!(printed.len() == steps.len() + 1, "{printed:?}");
    for (step, printed) in steps.iter().zip(printed) {
        let (expected, found) = (without_times(&step.prints), without_times(printed));
        assert_eq!(found, expected, "{}", step.command);
    }
    dev.stop().await
}

/// The commands of the document, in their order.
fn steps(document: &str) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if !inside {
            inside = line == OPENS;
        } else if line == CLOSES {
            inside = false;
        } else if let Some(command) = line.strip_prefix(PROMPT) {
            steps.push(Step {
                command: command.to_owned(),
                ..Step::default()
            });
        } else {
            let step = steps.last_mut().context("a block begins with a command")?;
            match line.strip_prefix(CONTINUED) {
                Some(more) if step.prints.is_empty() => {
                    step.command.push('\n');
                    step.command.push_str(more);
                }
                _ => {
                    step.prints.push_str(line);
                    step.prints.push('\n');
                }
            }
        }
    }
    ensure!(!steps.is_empty(), "{DOCUMENT} has commands");
    Ok(steps)
}

/// Times differ from run to run.
fn without_times(printed: &str) -> String {
    let line = |line: &str| match line.split_once("Timestamp\": ") {
        Some((name, _)) => format!("{name}Timestamp\": TIME\n"),
        None => format!("{line}\n"),
    };
    printed.lines().map(line).collect()
}
