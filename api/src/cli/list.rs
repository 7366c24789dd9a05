//! `docstore list`.

use clap::{Args, ValueEnum};

use super::client::Connection;
use super::{Failure, document, output};

/// Documents on a list when nobody says how many.
const USUAL_LIMIT: usize = 50;

/// Lists documents.
#[derive(Args)]
pub struct List {
    /// What to sort by
    #[arg(long, value_enum, default_value = "created")]
    sort: Sort,
    /// From the least to the greatest, instead of from the greatest
    #[arg(long)]
    ascending: bool,
    /// Only documents in this state, such as ready, ready_degraded, failed, processing
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only documents of this kind, such as pdf
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only documents with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_LIMIT, conflicts_with = "all")]
    limit: usize,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    connection: Connection,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    /// When the upload was asked for
    Created,
    /// When something that can be seen last changed
    Modified,
    /// The title
    Title,
    /// The size
    Size,
}

impl List {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.connection.log_in()?;
        let sort = match self.sort {
            Sort::Created => "created",
            Sort::Modified => "modified",
            Sort::Title => "title",
            Sort::Size => "size",
        };
        let order = if self.ascending { "asc" } else { "desc" };
        let mut parameters = vec![("sort", sort), ("order", order)];
        let filters = [("state", &self.state), ("kind", &self.kind), ("tag", &self.tag)];
        for (name, value) in filters {
            parameters.extend(value.as_deref().map(|value| (name, value)));
        }
        let limit = if self.all { usize::MAX } else { self.limit };
        // One more than are shown, to know whether there are more.
        let mut documents = document::list(&client, &parameters, limit.saturating_add(1)).await?;
        let are_all = documents.len() <= limit;
        documents.truncate(limit);
        if self.connection.json {
            return output::json(&documents);
        }
        if documents.is_empty() {
            let is_filtered = filters.iter().any(|(_, value)| value.is_some());
            return output::line(match is_filtered {
                true => "No document is like that.",
                false => "There are no documents yet.",
            });
        }
        let mut rows = Vec::new();
        for shown in &documents {
            let document = document::read(shown)?;
            rows.push(vec![
                document.id.to_string(),
                output::time(document.created),
                document.size_shown(),
                document.kind.clone().unwrap_or_else(|| "-".to_owned()),
                document::state_name(document.state),
                document.title,
            ]);
        }
        output::table(&["ID", "CREATED", "SIZE", "KIND", "STATE", "TITLE"], rows)?;
        if !are_all {
            eprintln!("There are more: see them with --all or a larger --limit.");
        }
        Ok(())
    }
}
