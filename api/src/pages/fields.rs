//! Fields of forms, each with its label, what is expected, and what was wrong with it the last time.

use maud::{Markup, html};

use super::icons::Icon;
use super::words::sentence;
use crate::auth::password;
use crate::problem::Problem;

/// A field for a password.
pub struct PasswordField<'a> {
    /// In the form and, as an id, on the page.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// It is for a new password, which has to be long enough.
    pub is_new: bool,
    /// The last attempt's problem, if there was one.
    pub problem: Option<&'a Problem>,
}

/// The field for an e-mail address, with what was typed before.
pub fn email(value: &str, problem: Option<&Problem>) -> Markup {
    let wrong =
        problem.filter(|problem| matches!(problem, Problem::EmailTaken) || is_about(problem, "email"));
    html! {
        div.field {
            label for="email" { "E-mail address" }
            input id="email" type="email" name="email" value=(value) required maxlength="254" autocomplete="username"
                autofocus[value.is_empty()] aria-invalid=[invalid(wrong)] aria-describedby=[wrong.map(|_| "email-wrong")];
            (what_is_wrong("email", wrong))
        }
    }
}

impl PasswordField<'_> {
    /// The field.
    pub fn show(&self) -> Markup {
        let wrong = self.problem.filter(|problem| is_about(problem, self.name));
        let (hint_id, wrong_id) = (format!("{}-hint", self.name), format!("{}-wrong", self.name));
        let described_by = match wrong {
            Some(_) => Some(wrong_id.as_str()),
            None => self.is_new.then_some(hint_id.as_str()),
        };
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                div.with-button {
                    input id=(self.name) type="password" name=(self.name) required
                        minlength=[self.is_new.then_some(password::MIN_CHARS)]
                        autocomplete=(if self.is_new { "new-password" } else { "current-password" })
                        aria-invalid=[invalid(wrong)] aria-describedby=[described_by];
                    button.needs-script type="button" data-reveal aria-controls=(self.name) aria-pressed="false" { "Show" }
                }
                @if self.is_new { span.hint id=(hint_id) { "At least " (password::MIN_CHARS) " characters." } }
                (what_is_wrong(self.name, wrong))
            }
        }
    }
}

/// What is wrong with a form as a whole: problems that belong to none of the fields that are named.
pub fn problem_above(problem: Option<&Problem>, fields: &[&str]) -> Markup {
    let above = problem.filter(|problem| {
        !matches!(problem, Problem::EmailTaken) && !fields.iter().any(|field| is_about(problem, field))
    });
    html! {
        @if let Some(problem) = above {
            div.notice.bad role="alert" { (Icon::Warning) div { (said(problem)) } }
        }
    }
}

/// A problem's message as a sentence on a page.
pub fn said(problem: &Problem) -> String {
    let text = match problem {
        Problem::Invalid { detail, .. } => sentence(detail),
        problem => sentence(&problem.to_string()),
    };
    format!("{text}.")
}

/// Whether a problem is about this field.
pub fn is_about(problem: &Problem, name: &str) -> bool {
    matches!(problem, Problem::Invalid { field, .. } if *field == name)
}

/// What stands below a field that was wrong.
pub fn what_is_wrong(name: &str, wrong: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = wrong { span.wrong id={ (name) "-wrong" } role="alert" { (said(problem)) } }
    }
}

/// The value of `aria-invalid`.
pub fn invalid(wrong: Option<&Problem>) -> Option<&'static str> {
    wrong.map(|_| "true")
}
