//! The parts of the account's page.

use docstore_activities::catalog::{Plan, SessionKind, SessionRecord};
use maud::{Markup, html};

use crate::app::App;
use crate::pages::entry::plan_offers;
use crate::pages::fields::{PasswordField, problem_above};
use crate::pages::icons::Icon;
use crate::pages::layout::{self, csrf_field};
use crate::pages::visitor::Visitor;
use crate::pages::words::{bytes, count, day, moment};
use crate::problem::Problem;

/// How full it is.
pub fn storage(visitor: &Visitor) -> Markup {
    let usage = &visitor.usage;
    html! {
        section.card.usage id="usage" data-part {
            h2 { "Storage" }
            p.figure { (bytes(usage.bytes_used)) small { " of " (bytes(usage.quota_bytes)) " used" } }
            (layout::fill(usage))
            dl.facts {
                dt { "Stored" } dd { (count(usage.documents, "document")) }
                @if usage.bytes_reserved > 0 { dt { "Reserved" } dd { (bytes(usage.bytes_reserved)) " for uploads under way" } }
                dt { "Left" } dd { (bytes(usage.bytes_left())) }
            }
            @if usage.over_quota {
                div.notice.bad { (Icon::Warning) div { "Your storage is full: uploads are blocked until there is room." } }
            }
        }
    }
}

/// What is paid for, and what else could be.
pub fn plan(app: &App, visitor: &Visitor) -> Markup {
    let current = visitor.login.account().plan;
    let smaller = app.catalog.quotas().free < visitor.usage.bytes_used;
    html! {
        section.card id="plan" {
            h2 { "Plan" }
            div.plans {
                @for (plan, name) in [(Plan::Free, "Free"), (Plan::Premium, "Premium")] {
                    div class=(if current == plan { "plan current" } else { "plan" }) {
                        span.name { (name) @if current == plan { span.pill.good { "Yours" } } }
                        ul { @for line in plan_offers(app, plan) { li { (line) } } }
                    }
                }
            }
            @match current {
                Plan::Free => button.primary form="act" formaction="/account/plan" name="plan" value="premium" { "Change to premium" },
                Plan::Premium => details.unfold.confirm {
                    summary.button { "Change to free" }
                    div.fields {
                        p {
                            "The text of your documents is taken out of the search. Nothing is deleted."
                            @if smaller { " You store more than the free plan holds: uploads are blocked until there is room." }
                        }
                        div.with-button {
                            button form="act" formaction="/account/plan" name="plan" value="free" { "Change to free" }
                            button.plain.needs-script type="button" data-close { "Keep premium" }
                        }
                    }
                },
            }
        }
    }
}

/// Another password.
pub fn password(visitor: &Visitor, problem: Option<&Problem>) -> Markup {
    let current = PasswordField {
        name: "current_password",
        label: "Current password",
        is_new: false,
        problem,
    };
    let new = PasswordField {
        name: "new_password",
        label: "New password",
        is_new: true,
        problem,
    };
    html! {
        section.card id="password" {
            h2 { "Password" }
            form.fields action="/account/password" method="post" {
                (csrf_field(&visitor.login))
                input type="hidden" name="username" value=(visitor.login.account().email) autocomplete="username";
                (problem_above(problem, &[current.name, new.name]))
                (current.show())
                (new.show())
                div { button { "Change password" } }
                p.muted { "All other sessions end." }
            }
        }
    }
}

/// Who one is.
pub fn identity(visitor: &Visitor) -> Markup {
    let account = visitor.login.account();
    html! {
        section.card {
            h2 { "You" }
            dl.facts {
                dt { "E-mail address" } dd { (account.email) }
                dt { "Home region" } dd { (account.home_region) }
                dt { "Since" } dd { (day(account.created)) }
            }
        }
    }
}

/// Where one is logged in.
pub fn sessions(visitor: &Visitor, sessions: &[SessionRecord]) -> Markup {
    html! {
        section.card.broad id="sessions" {
            h2 { "Sessions" }
            ul.rows { @for session in sessions { li { (self::session(session, session.id == visitor.login.session.id)) } } }
        }
    }
}

fn session(session: &SessionRecord, is_this: bool) -> Markup {
    let client = match session.kind {
        SessionKind::Cookie => client_name(session.user_agent.as_deref()),
        SessionKind::Bearer => "A program, with a token",
    };
    html! {
        div {
            span { strong { (client) } @if is_this { " " span.pill.good { "This one" } } }
            small {
                @if let Some(address) = &session.address { "From " (address) ", " }
                "since " (moment(session.created)) ", last used " (moment(session.last_seen))
            }
        }
        @if !is_this {
            button.small form="act" formaction={ "/account/sessions/" (session.id) "/end" } { "End" }
        }
    }
}

/// The end of the account.
pub fn deletion(visitor: &Visitor, problem: Option<&Problem>) -> Markup {
    let password = PasswordField {
        name: "password",
        label: "Your password",
        is_new: false,
        problem,
    };
    html! {
        section.card.broad id="deletion" {
            h2 { "Delete the account" }
            p.muted { "All documents, their versions and what was read from them are deleted with it. There is no way back." }
            details.unfold.confirm open[problem.is_some()] {
                summary.button.danger { (Icon::Trash) "Delete the account" }
                div {
                    form.fields action="/account/delete" method="post" {
                        (csrf_field(&visitor.login))
                        (problem_above(problem, &[password.name]))
                        (password.show())
                        div.with-button {
                            button.danger { "Delete everything" }
                            button.plain.needs-script type="button" data-close { "Cancel" }
                        }
                    }
                }
            }
        }
    }
}

/// The browser's name, from what it calls itself: several claim to be the ones before them.
fn client_name(user_agent: Option<&str>) -> &'static str {
    const MARKS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let user_agent = user_agent.unwrap_or_default();
    MARKS
        .iter()
        .find(|(mark, _)| user_agent.contains(mark))
        .map_or("A browser", |(_, name)| name)
}
