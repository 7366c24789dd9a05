//! `docstore search`.

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Client, Connection};
use super::{Failure, output};
use crate::pages::words::count;

/// Hits when nobody says how many.
const USUAL_LIMIT: usize = 20;
/// What a terminal shows a match in.
const BOLD: (&str, &str) = ("\u{1b}[1m", "\u{1b}[0m");

/// Searches.
#[derive(Args)]
pub struct Search {
    /// Words, "a phrase", begin*, OR, -not, (groups), title:, tag:, type:, created:2024-03, before:, after:; behind --
    /// if it begins with -
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    /// At most so many hits
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_LIMIT)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
struct Page {
    total: usize,
    hits: Vec<Value>,
    approximate: bool,
    full_text: bool,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Hit {
    document: Uuid,
    title_html: String,
    page: Option<u32>,
    snippet_html: Option<String>,
}

impl Search {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.connection.log_in()?;
        let found = find(&client, &self.query.join(" "), self.limit).await?;
        if self.connection.json {
            return output::json(&json!({
                "total": found.total, "hits": found.hits, "approximate": found.approximate,
                "full_text": found.full_text,
            }));
        }
        let marks = if output::has_colours() { BOLD } else { ("", "") };
        for hit in &found.hits {
            let hit = Hit::deserialize(hit).map_err(anyhow::Error::from)?;
            let page = hit.page.map(|page| format!(", page {page}")).unwrap_or_default();
            output::line(&format!(
                "{}  {}{page}",
                hit.document,
                text_of(&hit.title_html, marks)
            ))?;
            if let Some(snippet) = hit.snippet_html {
                output::line(&format!("    {}", text_of(&snippet, marks)))?;
            }
        }
        if found.approximate && found.total > 0 {
            output::line("Nothing matches to the letter; these come near.")?;
        }
        output::line(&format!("{} found.", count(found.total as u64, "document")))
    }
}

async fn find(client: &Client, query: &str, limit: usize) -> Result<Page, Failure> {
    let mut found: Page = client.get("/v1/search", &[("q", query)]).await?;
    while found.hits.len() < limit
        && let Some(cursor) = found.next_cursor.take()
    {
        let page: Page = client
            .get("/v1/search", &[("q", query), ("cursor", &cursor)])
            .await?;
        found.hits.extend(page.hits);
        found.next_cursor = page.next_cursor;
    }
    found.hits.truncate(limit);
    Ok(found)
}

/// The text of what the API gives as HTML: escaped text with `<mark>` and nothing else.
fn text_of(html: &str, (begin, end): (&str, &str)) -> String {
    let one_line = html.split_whitespace().collect::<Vec<_>>().join(" ");
    output::printable(&one_line)
        .replace("<mark>", begin)
        .replace("</mark>", end)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn hits_are_shown_as_text() {
        let html = "a &lt;b&gt; &amp;lt; <mark>c</mark>\n d\u{1b}[2J";
        assert_eq!(text_of(html, ("[", "]")), "a <b> &lt; [c] d\u{fffd}[2J");
    }
}
