//! Every search of the samples, through the API: what must be found is, what must not is not.

use anyhow::{Context, Result};
use serde::Deserialize;
use uuid::Uuid;

use super::customer::{Customer, plan_name};
use super::progress::Ended;
use super::report::Report;
use super::samples::{Sample, Samples, Scope, Search};
use super::screen::Screen;
use crate::routes::accounts::PlanName;

/// Characters of a snippet that are shown.
const SNIPPET_MAX: usize = 140;

#[derive(Deserialize)]
struct Answer {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    document: Uuid,
    title: String,
    page: Option<u32>,
    snippet_html: Option<String>,
}

/// Runs every search of the samples in one account and shows what it finds.
pub async fn run(
    screen: &mut Screen,
    report: &mut Report,
    customer: &Customer,
    samples: &Samples,
    ended: &[Ended],
) -> Result<()> {
    let (full_text, heading) = match customer.plan {
        PlanName::Premium => (true, "The premium account finds by name and by text"),
        PlanName::Free => (false, "The free account finds the same documents by name only"),
    };
    screen.heading(heading)?;
    for sample in samples.of(customer.plan) {
        let document = document_of(ended, customer.plan, sample)?;
        for search in &sample.searches {
            let hits = find(customer, &search.query).await?;
            if full_text || search.scope == Scope::Names {
                must_find(screen, report, customer, search, document, &hits)?;
            } else {
                must_not_find(screen, report, customer, &search.query, document, &hits)?;
            }
        }
        for query in &sample.absent {
            let hits = find(customer, query).await?;
            must_not_find(screen, report, customer, query, document, &hits)?;
        }
    }
    Ok(())
}

fn document_of(ended: &[Ended], plan: PlanName, sample: &Sample) -> Result<Uuid> {
    let of_sample =
        |ended: &&Ended| plan_name(ended.plan) == plan_name(plan) && ended.document.file_name == sample.file;
    let found = ended.iter().find(of_sample);
    Ok(found
        .with_context(|| format!("{} has not been uploaded", sample.file))?
        .document
        .id)
}

async fn find(customer: &Customer, query: &str) -> Result<Vec<Hit>> {
    let answer: Result<Answer> = customer.get("/v1/search", &[("q", query)]).await;
    Ok(answer.with_context(|| format!("cannot search for {query}"))?.hits)
}

fn must_find(
    screen: &mut Screen,
    report: &mut Report,
    customer: &Customer,
    search: &Search,
    document: Uuid,
    hits: &[Hit],
) -> Result<()> {
    let hit = hits.iter().find(|hit| hit.document == document);
    let right_page = |hit: &Hit| search.page.is_none() || hit.page == search.page;
    report.search(hit.is_some_and(right_page), || {
        let wanted = search
            .page
            .map_or_else(String::new, |page| format!(" on page {page}"));
        format!(
            "the {} account does not find {}{wanted}",
            plan_name(customer.plan),
            search.query
        )
    });
    show(screen, &search.query, hit)
}

fn must_not_find(
    screen: &mut Screen,
    report: &mut Report,
    customer: &Customer,
    query: &str,
    document: Uuid,
    hits: &[Hit],
) -> Result<()> {
    let hit = hits.iter().find(|hit| hit.document == document);
    if hit.is_some() {
        report.complain(format!("the {} account finds {query}", plan_name(customer.plan)));
    }
    show(screen, query, hit)
}

fn show(screen: &mut Screen, query: &str, hit: Option<&Hit>) -> Result<()> {
    let found = match hit {
        None => screen.faint("nothing"),
        Some(Hit {
            title,
            page: Some(page),
            ..
        }) => format!("{title}, page {page}"),
        Some(Hit { title, .. }) => title.clone(),
    };
    screen.line(&format!("  {query:<32} {found}"))?;
    if let Some(snippet) = hit.and_then(|hit| hit.snippet_html.as_deref()) {
        let snippet = in_terminal(screen, snippet);
        screen.line(&format!("      {snippet}"))?;
    }
    Ok(())
}

/// A snippet as a terminal shows it: what was looked for is marked, or stands in brackets where nothing can be marked.
fn in_terminal(screen: &Screen, html: &str) -> String {
    let (mut shown, mut room) = (String::new(), SNIPPET_MAX);
    for (number, part) in html.split("<mark>").enumerate() {
        let (marked, rest) = part
            .split_once("</mark>")
            .filter(|_| number > 0)
            .unwrap_or(("", part));
        for (text, is_marked) in [(marked, true), (rest, false)] {
            let text = cut(&plain(text), &mut room);
            match is_marked {
                _ if text.is_empty() => {}
                true if screen.is_terminal() => shown += &screen.marked(&text),
                true => shown += &format!("[{text}]"),
                false => shown += &screen.faint(&text),
            }
        }
    }
    if room == 0 {
        shown.push('…');
    }
    shown
}

fn cut(text: &str, room: &mut usize) -> String {
    let text: String = text.chars().take(*room).collect();
    *room -= text.chars().count();
    text
}

/// Escaped HTML as text, on one line.
fn plain(html: &str) -> String {
    let text = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&");
    text.replace(char::is_whitespace, " ")
}
