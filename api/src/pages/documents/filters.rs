//! What the list shows and in which order, as its address says it.

use docstore_activities::catalog::{DocumentState, ListQuery, Sort};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::standing::Standing;
use crate::input::{MAX_TAG_CHARS, line};
use crate::pages::address;
use crate::pages::icons::Icon;
use crate::pages::words::KINDS;
use crate::problem::Result;
use crate::routes::documents::decode_cursor;

/// Documents on a page.
const PAGE: u16 = 50;

/// In which order documents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The last that was uploaded first.
    #[default]
    Newest,
    /// The first that was uploaded first.
    Oldest,
    /// The last that was changed first.
    Changed,
    /// By title, from A.
    Title,
    /// By title, from Z.
    TitleBack,
    /// The largest first.
    Largest,
    /// The smallest first.
    Smallest,
}

/// What the list's address says. Empty fields say nothing: that is how a form sends them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filters {
    /// In which order.
    #[serde(default)]
    pub order: Order,
    /// Only documents of this kind.
    #[serde(default)]
    kind: String,
    /// Only documents in this state.
    #[serde(default)]
    state: StateChoice,
    /// Only documents with this tag.
    #[serde(default)]
    tag: String,
    /// Where the page begins.
    #[serde(default)]
    cursor: String,
}

/// States that one can choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateChoice {
    #[default]
    #[serde(rename = "")]
    Any,
    Processing,
    Ready,
    ReadyDegraded,
    Failed,
}

const ORDERS: [Order; 7] = [
    Order::Newest,
    Order::Oldest,
    Order::Changed,
    Order::Title,
    Order::TitleBack,
    Order::Largest,
    Order::Smallest,
];

const STATES: [StateChoice; 4] = [
    StateChoice::Processing,
    StateChoice::Ready,
    StateChoice::ReadyDegraded,
    StateChoice::Failed,
];

impl Order {
    fn code(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Changed => "changed",
            Self::Title => "title",
            Self::TitleBack => "title-back",
            Self::Largest => "largest",
            Self::Smallest => "smallest",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Changed => "Last changed",
            Self::Title => "Title, A to Z",
            Self::TitleBack => "Title, Z to A",
            Self::Largest => "Largest first",
            Self::Smallest => "Smallest first",
        }
    }

    /// What is sorted by, and whether from the greatest.
    pub fn sort(self) -> (Sort, bool) {
        match self {
            Self::Newest => (Sort::Created, true),
            Self::Oldest => (Sort::Created, false),
            Self::Changed => (Sort::Modified, true),
            Self::Title => (Sort::Title, false),
            Self::TitleBack => (Sort::Title, true),
            Self::Largest => (Sort::Size, true),
            Self::Smallest => (Sort::Size, false),
        }
    }

    /// What a click on a column's heading leads to: the usual order of the column, or that turned round.
    fn on_click(self, column: Sort) -> Self {
        match (column, self) {
            (Sort::Title, Self::Title) => Self::TitleBack,
            (Sort::Title, _) => Self::Title,
            (Sort::Size, Self::Largest) => Self::Smallest,
            (Sort::Size, _) => Self::Largest,
            (Sort::Created, Self::Newest) => Self::Oldest,
            (Sort::Created, _) => Self::Newest,
            (Sort::Modified, _) => Self::Changed,
        }
    }
}

impl StateChoice {
    fn state(self) -> Option<DocumentState> {
        match self {
            Self::Any => None,
            Self::Processing => Some(DocumentState::Processing),
            Self::Ready => Some(DocumentState::Ready),
            Self::ReadyDegraded => Some(DocumentState::ReadyDegraded),
            Self::Failed => Some(DocumentState::Failed),
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::ReadyDegraded => "ready_degraded",
            Self::Failed => "failed",
        }
    }
}

impl Filters {
    /// What the catalog is asked; every text checked.
    pub fn query(&self) -> Result<ListQuery> {
        let (sort, descending) = self.order.sort();
        let text = |field, value: &String| {
            let value = Some(value).filter(|value| !value.is_empty());
            value.map(|value| line(field, value, MAX_TAG_CHARS)).transpose()
        };
        let cursor = Some(&self.cursor).filter(|cursor| !cursor.is_empty());
        Ok(ListQuery {
            trashed: false,
            sort,
            descending,
            state: self.state.state(),
            kind: text("kind", &self.kind)?,
            tag: text("tag", &self.tag)?,
            after: cursor.map(|cursor| decode_cursor(sort, cursor)).transpose()?,
            limit: PAGE,
        })
    }

    /// Only some documents are shown.
    pub fn narrow(&self) -> bool {
        self.state != StateChoice::Any || !self.kind.is_empty() || !self.tag.is_empty()
    }

    /// This is not the first page.
    pub fn is_continued(&self) -> bool {
        !self.cursor.is_empty()
    }

    /// The list with these filters, from the beginning.
    pub fn first_page(&self) -> String {
        self.address(self.order, &self.tag, "")
    }

    /// The page that begins there.
    pub fn next_page(&self, cursor: &str) -> String {
        self.address(self.order, &self.tag, cursor)
    }

    /// A column's heading, which sorts by it.
    pub fn heading(&self, column: Sort, class: &str, name: &str) -> Markup {
        let (sort, descending) = self.order.sort();
        let sorted = (sort == column).then_some(if descending { "descending" } else { "ascending" });
        html! {
            th class=(class) scope="col" aria-sort=[sorted] {
                a href=(self.address(self.order.on_click(column), &self.tag, "")) {
                    (name)
                    @if sorted.is_some() { @if descending { (Icon::Down) } @else { (Icon::Up) } }
                }
            }
        }
    }

    /// The form above the list.
    pub fn form(&self) -> Markup {
        html! {
            form.filters action="/documents" data-at-once {
                select name="kind" aria-label="Type" {
                    option value="" { "All types" }
                    @for kind in KINDS { option value=(kind.code) selected[kind.code == self.kind] { (kind.name) } }
                }
                select name="state" aria-label="Status" {
                    option value="" { "Any status" }
                    @for choice in STATES {
                        @if let Some(state) = choice.state() {
                            option value=(choice.code()) selected[choice == self.state] { (Standing::of(state).word) }
                        }
                    }
                }
                select name="order" aria-label="Order" {
                    @for order in ORDERS { option value=(order.code()) selected[order == self.order] { (order.name()) } }
                }
                @if !self.tag.is_empty() {
                    input type="hidden" name="tag" value=(self.tag);
                    a.chip href=(self.address(self.order, "", "")) aria-label={ "No longer only documents tagged " (self.tag) } {
                        span { (self.tag) } (Icon::Close)
                    }
                }
                button.small.without-script { "Apply" }
            }
        }
    }

    fn address(&self, order: Order, tag: &str, cursor: &str) -> String {
        let fields = [
            ("order", Some(order.code()).filter(|_| order != Order::default())),
            ("kind", Some(self.kind.as_str())),
            ("state", Some(self.state.code())),
            ("tag", Some(tag)),
            ("cursor", Some(cursor)),
        ];
        address::of("/documents", &fields)
    }
}
