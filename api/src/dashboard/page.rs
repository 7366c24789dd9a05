//! The dashboard's page.

use chrono::Timelike;
use docstore_activities::catalog::{DocumentState, Plan, Total};
use indicatif::DecimalBytes;
use maud::{DOCTYPE, Markup, html};

use super::charts::{Column, Columns, bar};
use crate::cli::state_name;
use crate::figures::{Figures, HOURS, hour_of, plan_name};

/// Hours between two that are named under a chart.
const NAMED_EVERY: u32 = 6;

/// The whole page; without figures, while none have been gathered.
pub fn whole(region: &str, latest: Option<&Figures>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Operation · DocStore" }
                link rel="stylesheet" href="/dashboard/style.css";
                script src="/dashboard/live.js" defer {}
            }
            body {
                header {
                    h1 { "DocStore" span { "Operation" } }
                    p { (region) }
                    p #connection aria-live="polite" {}
                }
                main #figures {
                    @match latest {
                        Some(latest) => (figures(latest)),
                        None => p { "The figures are being gathered. Look again in a moment." },
                    }
                }
            }
        }
    }
}

/// Everything that changes.
pub fn figures(figures: &Figures) -> Markup {
    html! {
        p.moment { "As of " time datetime=(figures.at.to_rfc3339()) { (figures.at.format("%Y-%m-%d %H:%M:%S UTC")) } }
        (tiles(figures))
        section.charts { (uploads(figures)) (traffic(figures)) }
        section.tables {
            (failures(figures))
            (waiting(figures))
            (processing(figures))
            (stored("Stored, by account type", &figures.totals, |total| plan_name(total.plan).to_owned()))
            (stored("Stored, by document type", &figures.totals, |total| total.kind.clone()))
        }
    }
}

fn tiles(figures: &Figures) -> Markup {
    let (documents, stored) = sum(&figures.totals);
    let average = stored / documents.max(1);
    let now = hour_of(figures.at, 0);
    let this_hour: u64 = figures
        .uploads
        .iter()
        .filter(|of| of.hour == now)
        .map(|of| of.documents)
        .sum();
    let in_state = |state| {
        let of = figures.under_way.iter().filter(|of| of.state == state);
        of.map(|of| of.documents).sum::<u64>()
    };
    let failed: u64 = figures
        .failures
        .iter()
        .filter(|of| of.state == DocumentState::Failed)
        .map(|of| of.documents)
        .sum();
    let tile = |name: &str, value: String, is_bad: bool| {
        html! { div.tile.bad[is_bad] { dt { (name) } dd { (value) } } }
    };
    html! {
        dl.tiles {
            (tile("Documents", count(documents), false))
            (tile("Stored", DecimalBytes(stored).to_string(), false))
            (tile("Average size", DecimalBytes(average).to_string(), false))
            (tile("Uploads this hour", count(this_hour), false))
            (tile("Being processed", count(in_state(DocumentState::Processing)), false))
            (tile("Failed", count(failed), failed > 0))
        }
    }
}

fn uploads(figures: &Figures) -> Markup {
    let of = |hour, plan| {
        let uploads = figures
            .uploads
            .iter()
            .filter(|of| of.hour == hour && of.plan == plan);
        uploads.map(|of| of.documents as f64).sum()
    };
    let columns = hours(figures, |hour| {
        vec![of(hour, Plan::Free), of(hour, Plan::Premium)]
    });
    let chart = Columns {
        title: "Uploads an hour",
        class: "uploads",
        parts: &["free", "premium"],
        columns,
        written: |value| count(value as u64),
    };
    chart.draw()
}

fn traffic(figures: &Figures) -> Markup {
    let columns = hours(figures, |hour| {
        let of = figures.traffic.iter().find(|of| of.hour == hour);
        of.map_or(vec![0.0, 0.0], |of| {
            vec![(of.requests - of.faults) as f64, of.faults as f64]
        })
    });
    let chart = Columns {
        title: "Requests an hour, to the last full one",
        class: "faults",
        parts: &["answered", "faults"],
        columns,
        written: |value| count(value as u64),
    };
    chart.draw()
}

/// A column for each hour, the oldest first.
fn hours(figures: &Figures, values: impl Fn(chrono::DateTime<chrono::Utc>) -> Vec<f64>) -> Vec<Column> {
    let column = |ago: i32| {
        let hour = hour_of(figures.at, ago.into());
        let is_named = hour.hour().is_multiple_of(NAMED_EVERY);
        Column {
            label: hour.format("%a %H:00 UTC").to_string(),
            foot: is_named.then(|| hour.format("%H:00").to_string()),
            values: values(hour),
        }
    };
    (0..HOURS).rev().map(column).collect()
}

/// What is stored, in groups, the largest first.
fn stored(title: &str, totals: &[Total], group: impl Fn(&Total) -> String) -> Markup {
    let mut groups: Vec<(String, u64, u64)> = Vec::new();
    for total in totals {
        let name = group(total);
        match groups.iter_mut().find(|(found, ..)| *found == name) {
            Some((_, documents, bytes)) => {
                *documents += total.documents;
                *bytes += total.bytes;
            }
            None => groups.push((name, total.documents, total.bytes)),
        }
    }
    groups.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    let greatest = groups.first().map_or(0, |(_, _, bytes)| *bytes);
    html! {
        div.card {
            h2 { (title) }
            @if groups.is_empty() { p.none { "Nothing is stored yet." } }
            @else {
                table {
                    thead { tr { th { "Type" } th.number { "Documents" } th.number { "Average" } th.number { "Stored" } th {} } }
                    tbody {
                        @for (name, documents, bytes) in &groups {
                            tr {
                                td { (name) }
                                td.number { (count(*documents)) }
                                td.number { (DecimalBytes(bytes / documents.max(&1)).to_string()) }
                                td.number { (DecimalBytes(*bytes).to_string()) }
                                td { (bar(*bytes as f64, greatest as f64)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn waiting(figures: &Figures) -> Markup {
    html! {
        div.card {
            h2 { "Waiting" }
            table {
                tbody {
                    @match figures.queue {
                        Some(depth) => {
                            (row("Events in the queue", depth.waiting))
                            (row("Events being handled", depth.in_flight))
                            (row("Dead letters", depth.dead))
                        }
                        None => tr.bad { td { "The queue does not answer" } td {} },
                    }
                    @for (list, waiting) in &figures.tasks {
                        (row(&format!("Tasks of the list {list}"), *waiting))
                    }
                    @for of in &figures.under_way {
                        (row(&format!("Documents {}", state_name(of.state).replace('_', " ")), of.documents))
                    }
                }
            }
            @if figures.queue.is_some_and(|depth| depth.dead > 0) {
                p.hint { code { "docstore admin dead-letters list" } " shows why." }
            }
        }
    }
}

fn processing(figures: &Figures) -> Markup {
    let times = figures.processing;
    html! {
        div.card {
            h2 { "Time to process" }
            @if times.documents == 0 { p.none { "Nothing was processed in the last day." } }
            @else {
                table {
                    tbody {
                        @for (name, seconds) in [("Half within", times.p50), ("9 of 10 within", times.p90), ("99 of 100 within", times.p99)] {
                            @if let Some(seconds) = seconds {
                                tr { td { (name) } td.number { (duration(seconds)) } }
                            }
                        }
                    }
                }
                p.hint { "The last " (count(times.documents)) " documents of the last day." }
            }
        }
    }
}

fn failures(figures: &Figures) -> Markup {
    let greatest = figures.failures.iter().map(|of| of.documents).max().unwrap_or(0);
    html! {
        div.card {
            h2 { "Failures, by reason" }
            @if figures.failures.is_empty() { p.none { "Every document is as it should be." } }
            @else {
                table {
                    thead { tr { th { "Reason" } th { "State" } th.number { "Documents" } th {} } }
                    tbody {
                        @for of in &figures.failures {
                            tr {
                                td { code { (of.reason) } }
                                td { (state_name(of.state).replace('_', " ")) }
                                td.number { (count(of.documents)) }
                                td { (bar(of.documents as f64, greatest as f64)) }
                            }
                        }
                    }
                }
                p.hint { code { "docstore admin reprocess --reason REASON" } " processes them again." }
            }
        }
    }
}

fn row(name: &str, value: u64) -> Markup {
    html! { tr { td { (name) } td.number { (count(value)) } } }
}

fn sum(totals: &[Total]) -> (u64, u64) {
    totals.iter().fold((0, 0), |(documents, bytes), total| {
        (documents + total.documents, bytes + total.bytes)
    })
}

fn count(value: u64) -> String {
    indicatif::HumanCount(value).to_string()
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..1.0 => format!("{:.0} ms", seconds * 1_000.0),
        ..120.0 => format!("{seconds:.1} s"),
        ..7_200.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}
