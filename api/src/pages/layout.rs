//! What all pages share.

use maud::{DOCTYPE, Markup, html};

use crate::auth::Login;

/// A page for somebody who is not logged in.
pub fn outside(title: &str, content: Markup) -> Markup {
    page(title, None, "", content)
}

/// A page of an account. `query` stands in the search field.
pub fn inside(title: &str, login: &Login, query: &str, content: Markup) -> Markup {
    page(title, Some(login), query, content)
}

/// The hidden field that shows that a form comes from our own page.
pub fn csrf_field(login: &Login) -> Markup {
    html! { input type="hidden" name="csrf_token" value=(login.token.csrf_token()); }
}

/// Bytes as people read them.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

fn page(title: &str, login: Option<&Login>, query: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(login) = login {
                    meta name="csrf-token" content=(login.token.csrf_token());
                }
                title { (title) " · DocStore" }
                link rel="stylesheet" href="/assets/style.css";
                script src="/assets/app.js" defer {}
            }
            body {
                header {
                    a.brand href="/" { "DocStore" }
                    @match login {
                        Some(login) => (account_bar(login, query)),
                        None => nav { a href="/log-in" { "Log in" } a href="/sign-up" { "Sign up" } },
                    }
                }
                main { h1 { (title) } (content) }
            }
        }
    }
}

fn account_bar(login: &Login, query: &str) -> Markup {
    html! {
        form.search action="/search" role="search" {
            input type="search" name="q" value=(query) aria-label="Search documents" placeholder="Search documents" maxlength="1000";
            button { "Search" }
        }
        nav {
            a href="/documents" { "Documents" }
            form action="/log-out" method="post" {
                (csrf_field(login))
                button.quiet title=(login.account().email) { "Log out" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_read_well_at_every_size() {
        let shown = [0, 999, 1_000, 999_949, 999_950, 5_000_000_000, 20_000_000_000_000].map(bytes);
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "5.0 GB", "20.0 TB"
            ]
        );
    }
}
