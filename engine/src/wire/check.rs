//! The constraints of requests. All that is wrong with a request is told at once, in SWF's words.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::model::{Limits, TaskPriority, Text, Timeout, Timestamp, is_name};

use super::refusal::Refusal;

/// The last millisecond of the year 9999: later times are taken for it.
const TIME_MAX: Timestamp = Timestamp(253_402_300_799_999);
/// The longest written timeout.
const TIMEOUT_CHARS_MAX: usize = 8;
/// A value is repeated in a message up to here.
const QUOTED_CHARS_MAX: usize = 256;
/// So many problems are told; the rest is only counted.
const TOLD_MAX: usize = 50;
/// Characters of a task token.
const TOKEN_CHARS_MAX: usize = 1_024;
/// Characters of a role's name.
const ROLE_CHARS_MAX: usize = 1_600;
/// Characters of a poller's identity.
const IDENTITY_CHARS_MAX: usize = 256;

/// Reads the members of a request and collects what is wrong with them. Values are to be used only after
/// [`Check::done`].
pub(super) struct Check<'a> {
    limits: &'a Limits,
    /// Where the members stand that are being read: empty, or ending with a dot.
    path: String,
    /// The first of them.
    problems: Vec<String>,
    problem_count: usize,
}

impl<'a> Check<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Check {
            limits,
            path: String::new(),
            problems: Vec::new(),
            problem_count: 0,
        }
    }

    /// The limits that requests are held to.
    pub(super) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Refuses the request if anything is wrong with it.
    pub(super) fn done(self) -> Result<(), Refusal> {
        let count = self.problem_count;
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let problems = self.problems.join("; ");
        Err(Refusal::validation(format!(
            "{count} validation {errors} detected: {problems}"
        )))
    }

    /// Reads members that stand within `path`.
    pub(super) fn within<T>(&mut self, path: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.path.len();
        self.path.push_str(path);
        self.path.push('.');
        let value = read(self);
        self.path.truncate(outer);
        value
    }

    /// A name or an id that must be there.
    pub(super) fn name(&mut self, at: &str, value: Option<&str>) -> Text {
        let max = self.limits.name_chars;
        self.named(at, value, max)
    }

    /// A version that must be there.
    pub(super) fn version(&mut self, at: &str, value: Option<&str>) -> Text {
        self.named(at, value, 64)
    }

    /// A name that may be missing.
    pub(super) fn optional_name(&mut self, at: &str, value: Option<&str>) -> Option<Text> {
        value.map(|value| self.name(at, Some(value)))
    }

    /// A run id that may be missing; an empty one is missing.
    pub(super) fn optional_run_id<'v>(&mut self, at: &str, value: Option<&'v str>) -> Option<&'v str> {
        self.length(at, value, 0..=64).filter(|run_id| !run_id.is_empty())
    }

    /// A text of a length within these bounds, that may be missing.
    pub(super) fn length<'v>(
        &mut self,
        at: &str,
        value: Option<&'v str>,
        chars: RangeInclusive<usize>,
    ) -> Option<&'v str> {
        let value = value?;
        let count = value.chars().count();
        if count < *chars.start() {
            self.wrong(
                at,
                value,
                format!("have length greater than or equal to {}", chars.start()),
            );
        } else if count > *chars.end() {
            self.wrong(
                at,
                value,
                format!("have length less than or equal to {}", chars.end()),
            );
        } else if value.contains('\0') {
            self.wrong(at, value, "not contain the character U+0000".to_owned());
        }
        Some(value)
    }

    /// A text of a length within these bounds, that must be there.
    pub(super) fn text(&mut self, at: &str, value: Option<&str>, chars: RangeInclusive<usize>) -> Text {
        if value.is_none() {
            self.missing(at);
        }
        self.length(at, value, chars).unwrap_or_default().into()
    }

    /// What names a task, that must be there. Whether it is one of ours is looked at after the constraints.
    pub(super) fn task_token<'v>(&mut self, value: Option<&'v str>) -> &'v str {
        if value.is_none() {
            self.missing("taskToken");
        }
        self.length("taskToken", value, 1..=TOKEN_CHARS_MAX)
            .unwrap_or_default()
    }

    /// What a poller calls itself, that may be missing.
    pub(super) fn identity<'v>(&mut self, value: Option<&'v str>) -> Option<&'v str> {
        self.length("identity", value, 0..=IDENTITY_CHARS_MAX)
    }

    /// Why something failed or was ended, in short, that may be missing.
    pub(super) fn reason(&mut self, value: Option<&str>) -> Option<Text> {
        let max = self.limits.reason_chars;
        self.length("reason", value, 0..=max).map(Text::from)
    }

    /// A payload: `input`, `result`, `details`.
    pub(super) fn data(&mut self, at: &str, value: Option<&str>) -> Option<Text> {
        let max = self.limits.data_chars;
        self.length(at, value, 0..=max).map(Text::from)
    }

    /// A text that must be there.
    pub(super) fn required<T: Default>(&mut self, at: &str, value: Option<T>) -> T {
        if value.is_none() {
            self.missing(at);
        }
        value.unwrap_or_default()
    }

    /// A member that must be there is not.
    pub(super) fn missing(&mut self, at: &str) {
        self.tell(format!(
            "Value null at '{}{at}' failed to satisfy constraint: Member must not be null",
            self.path
        ));
    }

    /// A number within these bounds, that may be missing.
    pub(super) fn number(
        &mut self,
        at: &str,
        value: Option<i64>,
        within: RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = value?;
        if value < *within.start() {
            self.wrong(
                at,
                &value.to_string(),
                format!("have value greater than or equal to {}", within.start()),
            );
        } else if value > *within.end() {
            self.wrong(
                at,
                &value.to_string(),
                format!("have value less than or equal to {}", within.end()),
            );
        }
        Some(value)
    }

    /// A timeout that may be missing (so is an empty one): digits, or `NONE` where that is allowed.
    pub(super) fn timeout(&mut self, at: &str, value: Option<&str>, none_allowed: bool) -> Option<Timeout> {
        let value = self.length(at, value.filter(|value| !value.is_empty()), 1..=TIMEOUT_CHARS_MAX)?;
        let timeout = if value == "NONE" && none_allowed {
            Some(Timeout::None)
        } else {
            digits(value).map(Timeout::Seconds)
        };
        if timeout.is_none() && value.len() <= TIMEOUT_CHARS_MAX && !value.is_empty() {
            let or_none = if none_allowed { " or be NONE" } else { "" };
            self.wrong(at, value, format!("consist of digits{or_none}"));
        }
        timeout
    }

    /// The timeout of a run, that may be missing: a run ends some day.
    pub(super) fn execution_timeout(&mut self, at: &str, value: Option<&str>) -> Option<Timeout> {
        let timeout = self.timeout(at, value, false)?;
        let max = self.limits.execution_seconds;
        if timeout.seconds().is_none_or(|seconds| seconds > max) {
            let must = format!("have value less than or equal to {max} seconds");
            self.wrong(at, value.unwrap_or_default(), must);
        }
        Some(timeout)
    }

    /// A number of seconds that must be there.
    pub(super) fn seconds(&mut self, at: &str, value: Option<&str>) -> Timeout {
        match value {
            None => self.missing(at),
            Some("") => drop(self.length(at, value, 1..=TIMEOUT_CHARS_MAX)),
            Some(_) => {}
        }
        self.timeout(at, value, false).unwrap_or(Timeout::None)
    }

    /// A priority that may be missing: a 32-bit number as text.
    pub(super) fn priority(&mut self, at: &str, value: Option<&str>) -> Option<TaskPriority> {
        let value = value?;
        let priority = value.parse().ok().map(TaskPriority);
        if priority.is_none() {
            self.wrong(at, value, "be a whole number of 32 bits".to_owned());
        }
        priority
    }

    /// The role for Lambda functions, that may be missing.
    pub(super) fn lambda_role(&mut self, at: &str, value: Option<&str>) -> Option<Text> {
        self.length(at, value, 1..=ROLE_CHARS_MAX).map(Text::from)
    }

    /// One of these words, that may be missing.
    pub(super) fn one_of<T: Copy + Serialize>(
        &mut self,
        at: &str,
        value: Option<&str>,
        all: &[T],
    ) -> Option<T> {
        let value = value?;
        let words: Vec<String> = all.iter().map(word).collect();
        let found = words.iter().position(|word| word == value);
        if found.is_none() {
            self.wrong(
                at,
                value,
                format!("satisfy enum value set: [{}]", words.join(", ")),
            );
        }
        found.map(|position| all[position])
    }

    /// One of these words, that must be there.
    pub(super) fn required_one_of<T: Copy + Serialize>(
        &mut self,
        at: &str,
        value: Option<&str>,
        all: &[T],
    ) -> Option<T> {
        if value.is_none() {
            self.missing(at);
        }
        self.one_of(at, value, all)
    }

    /// Execution tags: so many, none too long.
    pub(super) fn tags(&mut self, at: &str, tags: Option<&[String]>) -> Vec<Text> {
        let (tags, max) = (tags.unwrap_or_default(), self.limits.tags);
        if tags.len() > max {
            self.wrong(
                at,
                &format!("[{}]", tags.join(", ")),
                format!("have length less than or equal to {max}"),
            );
        }
        let chars = self.limits.name_chars;
        for (index, tag) in tags.iter().enumerate() {
            self.length(&format!("{at}.{}.member", index + 1), Some(tag), 0..=chars);
        }
        tags.iter().map(|tag| tag.as_str().into()).collect()
    }

    /// Something is wrong that the member's own constraints don't say.
    pub(super) fn wrong(&mut self, at: &str, value: &str, must: String) {
        let quoted: String = value.chars().take(QUOTED_CHARS_MAX).collect();
        self.tell(format!(
            "Value '{quoted}' at '{}{at}' failed to satisfy constraint: Member must {must}",
            self.path
        ));
    }

    fn tell(&mut self, problem: String) {
        self.problem_count += 1;
        if self.problems.len() < TOLD_MAX {
            self.problems.push(problem);
        }
    }

    fn named(&mut self, at: &str, value: Option<&str>, max: usize) -> Text {
        let Some(value) = value else {
            self.missing(at);
            return Text::default();
        };
        let before = self.problem_count;
        self.length(at, Some(value), 1..=max);
        if !is_name(value) && self.problem_count == before {
            let must =
                "not begin or end with whitespace, contain ':', '/', '|' or a control character, or be 'arn'";
            self.wrong(at, value, must.to_owned());
        }
        value.into()
    }
}

/// A point in time within what the store can hold.
pub(super) fn within_calendar(at: Timestamp) -> Timestamp {
    at.clamp(Timestamp(0), TIME_MAX)
}

fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::ChildPolicy;

    use super::*;

    fn told(check: impl FnOnce(&mut Check<'_>)) -> String {
        let limits = Limits::default();
        let mut checked = Check::new(&limits);
        check(&mut checked);
        checked
            .done()
            .err()
            .map_or_else(String::new, |refusal| refusal.message().to_owned())
    }

    #[test]
    fn what_is_missing_is_told_as_swf_does() {
        assert_eq!(
            told(|check| drop(check.name("domain", None))),
            "1 validation error detected: Value null at 'domain' failed to satisfy constraint: Member must not be null"
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let message = told(|check| {
            check.name("domain", Some(""));
            check.one_of("childPolicy", Some("KILL"), ChildPolicy::ALL);
            check.timeout("taskStartToCloseTimeout", Some("1e3"), true);
        });
        assert_eq!(
            message,
            "3 validation errors detected: \
             Value '' at 'domain' failed to satisfy constraint: Member must have length greater than or equal to 1; \
             Value 'KILL' at 'childPolicy' failed to satisfy constraint: \
             Member must satisfy enum value set: [TERMINATE, REQUEST_CANCEL, ABANDON]; \
             Value '1e3' at 'taskStartToCloseTimeout' failed to satisfy constraint: \
             Member must consist of digits or be NONE"
        );
    }

    #[test]
    fn names_have_no_colons() {
        for name in ["a:b", " a", "a ", "arn", "a/b", "a|b", "a\u{7f}"] {
            assert!(
                !told(|check| drop(check.name("name", Some(name)))).is_empty(),
                "{name:?}"
            );
        }
        assert_eq!(
            told(|check| drop(check.name("name", Some("the arn of a bird")))),
            ""
        );
    }
}
