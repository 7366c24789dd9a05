//! Searches of every form, by all accounts in turn. Each account searches its own documents, in an index that all share.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use form_urlencoded::Serializer;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;

use super::Options;
use super::corpus::Corpus;
use super::fill::Filled;
use super::load::{self, Figures, Pace, receive, send};

/// Searches that differ.
const SEARCHES: usize = 600;
/// Not the seed of any document.
const SEED: u64 = u64::MAX;

#[derive(Deserialize)]
struct Found {
    total: usize,
}

/// What searches took.
pub async fn measure(filled: &Arc<Filled>, options: &Options) -> Result<Vec<Figures>> {
    let mut corpus = Corpus::new(SEED);
    let searches: Arc<[String]> = (0..SEARCHES).map(|number| corpus.search(number)).collect();
    check(filled, &searches).await?;
    let asking = Arc::clone(filled);
    let answers = load::put_on(Pace::of(options), move |number| {
        send(ask(&asking, &searches, number))
    })
    .await?;
    Ok(vec![Figures::of_answers("searches", options.rate, &answers)])
}

/// Searches that find nothing would cost nothing.
async fn check(filled: &Filled, searches: &[String]) -> Result<()> {
    let mut in_vain = 0;
    for number in 0..SEARCHES {
        let answer = receive(ask(filled, searches, number)).await?;
        let found: Found = serde_json::from_slice(answer.as_ref()).context("a search's answer")?;
        in_vain += usize::from(found.total == 0);
    }
    ensure!(
        in_vain * 2 < SEARCHES,
        "{in_vain} of {SEARCHES} searches find nothing; there are too few documents to measure"
    );
    Ok(())
}

fn ask(filled: &Filled, searches: &[String], number: usize) -> RequestBuilder {
    let search = &searches[number % searches.len()];
    let query = Serializer::new(String::new()).append_pair("q", search).finish();
    filled.request(Method::GET, number, &format!("/v1/search?{query}"))
}
