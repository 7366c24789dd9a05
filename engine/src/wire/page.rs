//! Page tokens: opaque, signed, and good only for the call that they came from.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::check::Check;
use super::refusal::Refusal;
use super::seal::Seals;

/// The largest page, and the one that a caller gets who names none.
pub(super) const PAGE_MAX: u32 = 1_000;
/// The form of the token; others are refused.
const VERSION: u8 = 1;
const TOKEN_CHARS_MAX: usize = 2_048;

/// The paging members of every list. Page tokens hold the position; the page size may change from page to page.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageArguments {
    #[serde(skip_serializing)]
    next_page_token: Option<String>,
    #[serde(skip_serializing)]
    maximum_page_size: Option<i64>,
    reverse_order: Option<bool>,
}

/// A page to be read.
pub(super) struct Page {
    token: Option<String>,
    /// At most so many.
    pub(super) limit: u32,
    /// The other way round.
    pub(super) reversed: bool,
    scope: [u8; 8],
    seals: Arc<Seals>,
}

impl PageArguments {
    /// The page that is asked for of `action` with these other arguments.
    pub(super) fn check(
        &self,
        seals: &Arc<Seals>,
        check: &mut Check<'_>,
        action: &str,
        arguments: &impl Serialize,
    ) -> Page {
        let limit = check.number("maximumPageSize", self.maximum_page_size, 0..=i64::from(PAGE_MAX));
        let token = check.length(
            "nextPageToken",
            self.next_page_token.as_deref(),
            0..=TOKEN_CHARS_MAX,
        );
        Page {
            token: token.filter(|token| !token.is_empty()).map(str::to_owned),
            limit: match limit {
                None | Some(0) => PAGE_MAX,
                Some(limit) => limit as u32,
            },
            reversed: self.reverse_order.unwrap_or(false),
            scope: scope(action, arguments),
            seals: Arc::clone(seals),
        }
    }
}

impl Page {
    /// Where the page begins; none is the first page.
    pub(super) fn position<P: DeserializeOwned>(&self) -> Result<Option<P>, Refusal> {
        let Some(token) = &self.token else { return Ok(None) };
        match self.seals.page.open::<(u8, [u8; 8], P)>(token) {
            Some((VERSION, scope, position)) if scope == self.scope => Ok(Some(position)),
            _ => Err(Refusal::validation("Invalid token")),
        }
    }

    /// The token of the page that begins at `next`.
    pub(super) fn token(&self, next: Option<impl Serialize>) -> Result<Option<String>, Refusal> {
        next.map(|next| self.seals.page.close(&(VERSION, self.scope, next)))
            .transpose()
    }

    /// The page, of a list that was read one item too far to see whether there is a next one; `position` is where an
    /// item stands.
    pub(super) fn cut<T, P: Serialize>(
        &self,
        mut listed: Vec<T>,
        position: impl Fn(&T) -> P,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let more = listed.len() > self.limit as usize;
        listed.truncate(self.limit as usize);
        let next = listed.last().filter(|_| more).map(position);
        Ok((listed, self.token(next)?))
    }
}

/// Names a call by what it asks for: a token of another call does not fit.
fn scope(action: &str, arguments: &impl Serialize) -> [u8; 8] {
    let mut digest = Sha256::new();
    digest.update(action);
    // Requests are plain strings, numbers and objects: they can always be written.
    digest.update(serde_json::to_vec(arguments).unwrap_or_default());
    let mut scope = [0; 8];
    scope.copy_from_slice(&digest.finalize()[..8]);
    scope
}
