//! The frame that all pages share: the side with its places, the search field, the account's menu, uploads under way.

use docstore_activities::catalog::Usage;
use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::icons::{self, Icon};
use super::visitor::Visitor;
use super::words::bytes;
use crate::auth::Login;

/// Part of the quota from which the bar warns.
const NEARLY_FULL: f64 = 0.8;
/// Part of the quota from which the bar alarms.
const FULL: f64 = 0.95;

/// A place that the frame leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The list.
    Documents,
    /// What is found.
    Search,
    /// Choosing files.
    Upload,
    /// What can still be had back.
    Trash,
    /// Who one is, what one pays for and stores.
    Account,
}

/// What a page is about.
pub struct View<'a> {
    /// In the browser's title.
    pub title: &'a str,
    /// The place that it belongs to.
    pub place: Place,
    /// What stands in the search field.
    pub query: &'a str,
}

impl Place {
    fn path(self) -> &'static str {
        match self {
            Self::Documents => "/documents",
            Self::Search => "/search",
            Self::Upload => "/upload",
            Self::Trash => "/trash",
            Self::Account => "/account",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Documents => "Documents",
            Self::Search => "Search",
            Self::Upload => "Upload",
            Self::Trash => "Trash",
            Self::Account => "Account",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Documents => Icon::Documents,
            Self::Search => Icon::Search,
            Self::Upload => Icon::Upload,
            Self::Trash => Icon::Trash,
            Self::Account => Icon::Account,
        }
    }
}

/// A page for somebody who is not logged in.
pub fn outside(title: &str, content: Markup) -> Markup {
    door(title, "", content)
}

/// The same with room for more.
pub fn outside_wide(title: &str, content: Markup) -> Markup {
    door(title, "wide", content)
}

/// A page of an account.
pub fn inside(visitor: &Visitor, view: &View<'_>, content: Markup) -> Markup {
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        div.shell {
            (side(visitor, view.place))
            div.stage {
                (bar(visitor, view))
                main id="main" tabindex="-1" { (content) }
            }
            nav.tabs aria-label="Places" {
                @for place in [Place::Documents, Place::Search, Place::Upload, Place::Trash, Place::Account] {
                    (tab(place, view.place, &visitor.usage))
                }
            }
        }
        // Buttons anywhere on the page send this form to an address of their own.
        form id="act" method="post" hidden { (csrf_field(&visitor.login)) }
        (uploads(&visitor.usage))
    };
    page(view.title, Some(&visitor.login), body)
}

/// The hidden field that shows that a form comes from our own page.
pub fn csrf_field(login: &Login) -> Markup {
    html! { input type="hidden" name="csrf_token" value=(login.token.csrf_token()); }
}

/// A link that opens the choice of files, and without the script leads to a page that does.
pub fn upload_button(usage: &Usage) -> Markup {
    html! {
        a.button.primary href="/upload" data-upload aria-disabled=[usage.over_quota.then_some("true")] {
            (Icon::Upload) "Upload"
        }
    }
}

/// How full an account is, as a bar.
pub fn fill(usage: &Usage) -> Markup {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a bar has no more than some hundred steps"
    )]
    let (used, quota) = (usage.bytes_used as f64, (usage.quota_bytes as f64).max(1.0));
    html! {
        meter min="0" max=(quota) low=(quota * NEARLY_FULL) high=(quota * FULL) optimum="0" value=(used.min(quota))
            aria-label="Storage used" {}
    }
}

fn page(title: &str, login: Option<&Login>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="theme-color" content="#f5f6f8" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#0f1216" media="(prefers-color-scheme: dark)";
                @if let Some(login) = login {
                    meta name="csrf-token" content=(login.token.csrf_token());
                }
                title { (title) " · DocStore" }
                (assets::head())
            }
            body { (icons::sprite()) (body) }
        }
    }
}

fn door(title: &str, width: &str, content: Markup) -> Markup {
    let body = html! {
        div.door {
            a.brand href="/" { (icons::logo()) span { "DocStore" } }
            main id="main" class=(width) { (content) }
        }
    };
    page(title, None, body)
}

fn side(visitor: &Visitor, here: Place) -> Markup {
    let usage = &visitor.usage;
    html! {
        aside.side {
            a.brand href="/documents" { (icons::logo()) span { "DocStore" } }
            (upload_button(usage))
            nav aria-label="Places" {
                ul {
                    @for place in [Place::Documents, Place::Search, Place::Trash, Place::Account] {
                        li {
                            a href=(place.path()) aria-current=[(place == here).then_some("page")] {
                                (place.icon()) (place.name())
                            }
                        }
                    }
                }
            }
            a.storage id="storage" data-part href="/account" {
                span { strong { (bytes(usage.bytes_used)) } " of " (bytes(usage.quota_bytes)) " used" }
                (fill(usage))
                span { @if visitor.is_premium() { "Premium plan" } @else { "Free plan" } }
            }
        }
    }
}

fn bar(visitor: &Visitor, view: &View<'_>) -> Markup {
    let email = &visitor.login.account().email;
    let initial: String = email.chars().take(1).flat_map(char::to_uppercase).collect();
    html! {
        header.bar {
            a.brand href="/documents" aria-label="DocStore" { (icons::logo()) }
            form.finder action="/search" role="search" {
                (Icon::Search)
                input type="search" name="q" value=(view.query) autofocus[view.place == Place::Search] aria-label="Search documents" placeholder="Search documents"
                    maxlength="1000" autocomplete="off" enterkeyhint="search";
                kbd.needs-script aria-hidden="true" { "/" }
            }
            details.menu {
                summary.avatar aria-label={ "Account " (email) } { (initial) }
                div {
                    p.whoami { strong { (email) } span.muted { @if visitor.is_premium() { "Premium" } @else { "Free" } } }
                    a.button.plain href="/account" { (Icon::Account) "Account" }
                    button.plain form="act" formaction="/log-out" { (Icon::LogOut) "Log out" }
                }
            }
        }
    }
}

fn tab(place: Place, here: Place, usage: &Usage) -> Markup {
    let current = (place == here).then_some("page");
    html! {
        @if place == Place::Upload {
            a.upload href=(place.path()) data-upload aria-disabled=[usage.over_quota.then_some("true")] aria-current=[current] {
                (place.icon()) (place.name())
            }
        } @else {
            a href=(place.path()) aria-current=[current] { (place.icon()) (place.name()) }
        }
    }
}

/// What the script fills while files are on their way.
fn uploads(usage: &Usage) -> Markup {
    html! {
        input id="files" type="file" multiple hidden disabled[usage.over_quota] aria-label="Files to upload";
        section.uploads id="uploads" hidden aria-label="Uploads" {
            header {
                h2 aria-live="polite" { "Uploads" }
                button.icon-button type="button" data-dismiss aria-label="Close" { (Icon::Close) }
            }
            ul {}
        }
        template id="upload-item" {
            li {
                span.file {}
                progress max="1" {}
                span.said {}
                span.buttons {
                    button.icon-button type="button" data-again hidden aria-label="Try again" { (Icon::Restore) }
                    button.icon-button type="button" data-cancel aria-label="Cancel" { (Icon::Close) }
                }
            }
        }
        div.drop-here aria-hidden="true" { "Drop files to upload them" }
    }
}
