//! Lists of all accounts in turn, while documents are edited: each edit makes the kept lists of its account useless.

use std::sync::Arc;

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::Options;
use super::fill::Filled;
use super::load::{self, Figures, Pace, Request, send};

/// What is asked for, in turn.
const LISTS: [&str; 5] = [
    "",
    "?sort=title&order=asc",
    "?kind=pdf",
    "?tag=invoice&limit=20",
    "?sort=size&limit=100",
];

/// What lists and edits took.
pub async fn measure(filled: &Arc<Filled>, options: &Options) -> Result<Vec<Figures>> {
    let listing = load::put_on(Pace::of(options), lists(filled));
    let editing = load::put_on(
        Pace {
            rate: options.edits.max(1),
            requests: options.edits as usize * usize::from(options.seconds),
        },
        edits(filled),
    );
    let (listed, edited) = tokio::try_join!(listing, editing)?;
    let mut figures = vec![Figures::of_answers("lists", options.rate, &listed)];
    if options.edits > 0 {
        figures.push(Figures::of_answers("edits beside them", options.edits, &edited));
    }
    Ok(figures)
}

fn lists(filled: &Arc<Filled>) -> impl Fn(usize) -> Request + Send + 'static {
    let filled = Arc::clone(filled);
    move |number| {
        // A list for each account, then the next list.
        let list = LISTS[number / filled.accounts() % LISTS.len()];
        send(filled.request(Method::GET, number, &format!("/v1/documents{list}")))
    }
}

fn edits(filled: &Arc<Filled>) -> impl Fn(usize) -> Request + Send + 'static {
    let filled = Arc::clone(filled);
    move |number| {
        let edited = number % filled.documents.len();
        let path = format!("/v1/documents/{}", filled.documents[edited]);
        let title = json!({ "title": format!("edited {number}") });
        send(filled.request(Method::PATCH, edited, &path).json(&title))
    }
}
