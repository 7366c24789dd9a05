//! The account: what it stores and pays for, who is logged in.

use axum::extract::State;
use docstore_activities::catalog::Plan;
use maud::{Markup, html};

use super::entry::plan_offers;
use super::layout::{self, Place, View};
use super::refusal::Result;
use super::visitor::Visitor;
use super::words::{bytes, count, day};
use crate::app::{App, AppState};

/// The account's page.
pub async fn show(State(app): State<AppState>, visitor: Visitor) -> Result<Markup> {
    let account = visitor.login.account();
    let content = html! {
        div.heading { h1 { "Account" } }
        div.cards {
            (storage(&visitor))
            (plan(&app, &visitor))
            section.card {
                h2 { "You" }
                dl.facts {
                    dt { "E-mail address" } dd { (account.email) }
                    dt { "Home region" } dd { (account.home_region) }
                    dt { "Since" } dd { (day(account.created)) }
                }
            }
        }
    };
    let view = View {
        title: "Account",
        place: Place::Account,
        query: "",
    };
    Ok(layout::inside(&visitor, &view, content))
}

fn storage(visitor: &Visitor) -> Markup {
    let usage = &visitor.usage;
    html! {
        section.card.usage id="usage" data-part {
            h2 { "Storage" }
            p.figure { (bytes(usage.bytes_used)) small { " of " (bytes(usage.quota_bytes)) " used" } }
            (layout::fill(usage))
            dl.facts {
                dt { "Documents" } dd { (count(usage.documents, "document")) }
                dt { "Reserved" } dd { (bytes(usage.bytes_reserved)) " for uploads under way" }
                dt { "Left" } dd { (bytes(usage.bytes_left())) }
            }
        }
    }
}

fn plan(app: &App, visitor: &Visitor) -> Markup {
    html! {
        section.card id="plan" {
            h2 { "Plan" }
            div.plans {
                @for (plan, name) in [(Plan::Free, "Free"), (Plan::Premium, "Premium")] {
                    @let current = visitor.login.account().plan == plan;
                    div class=(if current { "plan current" } else { "plan" }) {
                        span.name { (name) @if current { span.pill.good { "Yours" } } }
                        ul { @for line in plan_offers(app, plan) { li { (line) } } }
                    }
                }
            }
        }
    }
}
