//! Lists of documents, a page at a time.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docstore_activities::catalog::{Cursor, CursorKey, DocumentState, ListQuery, Page, Sort};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{DocumentBody, StateName};
use crate::app::AppState;
use crate::auth::Login;
use crate::input::{MAX_TAG_CHARS, Params, Tag, line};
use crate::lists::{Answer, Listed};
use crate::problem::{Problem, ProblemBody, Result};

/// The most documents on a page.
const MAX_PAGE: u16 = 200;
/// Documents on a page when the client does not say.
const USUAL_PAGE: u16 = 50;

/// Which documents to list.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// What to sort by: `created` (the usual), `modified`, `title` or `size`.
    #[serde(default)]
    #[param(inline)]
    sort: SortName,
    /// `desc` (the usual) or `asc`.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Only documents in this state. Without it all but those abandoned or being deleted.
    #[param(inline)]
    state: Option<StateName>,
    /// Only documents of this kind.
    #[param(inline, example = "pdf")]
    kind: Option<Tag>,
    /// Only documents with this tag.
    #[param(inline)]
    tag: Option<Tag>,
    /// Documents on the page, at most 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before, with the same `sort` and `order`.
    cursor: Option<String>,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortName {
    /// When the upload was asked for.
    #[default]
    Created,
    /// When something that can be seen last changed.
    Modified,
    /// The title, without regard to case.
    Title,
    /// The size.
    Size,
}

impl From<SortName> for Sort {
    fn from(sort: SortName) -> Self {
        match sort {
            SortName::Created => Self::Created,
            SortName::Modified => Self::Modified,
            SortName::Title => Self::Title,
            SortName::Size => Self::Size,
        }
    }
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// From the least to the greatest.
    Asc,
    /// From the greatest to the least.
    #[default]
    Desc,
}

/// A page of documents.
#[derive(Serialize, ToSchema)]
pub struct DocumentList {
    /// The documents, sorted.
    documents: Vec<DocumentBody>,
    /// What to ask the next page with; absent on the last one.
    next_cursor: Option<String>,
}

/// List documents
///
/// A page at a time. What is added or deleted between two pages shows nothing twice and leaves nothing out.
#[utoipa::path(get, operation_id = "list_documents", path = "/v1/documents", tag = "documents", params(ListParams), responses(
    (status = 200, description = "A page", body = DocumentList),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(app): State<AppState>,
    login: Login,
    Params(params): Params<ListParams>,
) -> Result<Answer> {
    let sort = params.sort.into();
    let query = params.into_query()?;
    let listed = app.lists.page(&login, &query).await?;
    answer(sort, &listed)
}

/// A page of a list that is sorted by this, as it is answered.
pub(super) fn answer(sort: Sort, listed: &Listed) -> Result<Answer> {
    listed.answer(|page| {
        let list = DocumentList::new(sort, page)?;
        serde_json::to_vec(&list)
            .map(Bytes::from)
            .map_err(Problem::internal)
    })
}

impl DocumentList {
    fn new(sort: Sort, page: &Page) -> Result<Self> {
        let next = page.next.as_ref();
        let next_cursor = next.map(|cursor| encode_cursor(sort, cursor)).transpose()?;
        Ok(Self {
            documents: page.documents.iter().cloned().map(DocumentBody::from).collect(),
            next_cursor,
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::ETAG, self.tag),
        ];
        (headers, self.body).into_response()
    }
}

impl ListParams {
    /// What the catalog is asked; every text checked.
    pub(crate) fn into_query(self) -> Result<ListQuery> {
        let sort = self.sort.into();
        Ok(ListQuery {
            trashed: false,
            sort,
            descending: self.order == Order::Desc,
            state: self.state.map(DocumentState::from),
            kind: self
                .kind
                .map(|kind| line("kind", &kind, MAX_TAG_CHARS))
                .transpose()?,
            tag: self.tag.map(|tag| line("tag", &tag, MAX_TAG_CHARS)).transpose()?,
            after: self
                .cursor
                .map(|cursor| decode_cursor(sort, &cursor))
                .transpose()?,
            limit: match self.limit.unwrap_or(USUAL_PAGE) {
                limit @ 1..=MAX_PAGE => limit,
                _ => return Err(Problem::invalid("limit", format!("is between 1 and {MAX_PAGE}"))),
            },
        })
    }
}

/// Opaque to clients. Not signed: whatever is in it, only documents of the asking account are shown.
pub(crate) fn encode_cursor(sort: Sort, cursor: &Cursor) -> Result<String> {
    let json = serde_json::to_vec(&(sort, cursor)).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The place that a cursor names, if it belongs to a list with this order.
pub(crate) fn decode_cursor(sort: Sort, text: &str) -> Result<Cursor> {
    let refused = || Problem::invalid("cursor", "is not the `next_cursor` of a page with this `sort`");
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
    let (of, cursor): (Sort, Cursor) = serde_json::from_slice(&json).map_err(|_| refused())?;
    let fits = match (&cursor.key, sort) {
        (CursorKey::Time(_), Sort::Created | Sort::Modified) | (CursorKey::Size(_), Sort::Size) => true,
        (CursorKey::Title(title), Sort::Title) => !title.contains('\0'),
        _ => false,
    };
    if fits && of == sort {
        Ok(cursor)
    } else {
        Err(refused())
    }
}
