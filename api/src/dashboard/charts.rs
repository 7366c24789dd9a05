//! Charts as SVG, made on the server: they need no script, and their colours follow the page's.

use maud::{Markup, html};

/// The chart's width and height, in its own units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;
/// Room below the columns for what stands under them.
const FOOT: f64 = 18.0;
/// Room above the columns for the greatest value.
const HEAD: f64 = 16.0;
/// The part of a column's place that it leaves free.
const GAP: f64 = 0.2;

/// Columns side by side, each a stack of values.
pub struct Columns<'a> {
    /// What the chart shows, for who can't see it.
    pub title: &'a str,
    /// The style sheet's name for it.
    pub class: &'a str,
    /// What the parts of each stack are, from below.
    pub parts: &'a [&'a str],
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// How a value is written.
    pub written: fn(f64) -> String,
}

/// A column.
pub struct Column {
    /// What it is about, shown when it is pointed at.
    pub label: String,
    /// What stands under it, if anything.
    pub foot: Option<String>,
    /// The values, from below.
    pub values: Vec<f64>,
}

impl Columns<'_> {
    /// The chart.
    pub fn draw(&self) -> Markup {
        let greatest = self.columns.iter().map(Column::sum).fold(0.0, f64::max);
        let scale = if greatest > 0.0 {
            (HEIGHT - FOOT - HEAD) / greatest
        } else {
            0.0
        };
        let place = WIDTH / self.columns.len().max(1) as f64;
        html! {
            figure class={ "chart " (self.class) } {
                figcaption {
                    (self.title)
                    @if self.parts.len() > 1 {
                        span.legend {
                            @for (number, part) in self.parts.iter().enumerate() {
                                span class={ "key part-" (number) } {} (part) " "
                            }
                        }
                    }
                }
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(self.title) {
                    line.axis x1="0" x2=(WIDTH) y1=(HEIGHT - FOOT) y2=(HEIGHT - FOOT) {}
                    text.greatest x="0" y="11" { (self.greatest_written(greatest)) }
                    @for (number, column) in self.columns.iter().enumerate() {
                        (self.column(column, number as f64 * place, place, scale))
                    }
                }
            }
        }
    }

    fn greatest_written(&self, greatest: f64) -> String {
        if greatest > 0.0 {
            format!("{} at most", (self.written)(greatest))
        } else {
            "nothing yet".to_owned()
        }
    }

    fn column(&self, column: &Column, left: f64, place: f64, scale: f64) -> Markup {
        let (x, width) = (left + place * GAP / 2.0, place * (1.0 - GAP));
        let mut below = HEIGHT - FOOT;
        let parts: Vec<(usize, f64, f64)> = column
            .values
            .iter()
            .enumerate()
            .map(|(number, value)| {
                let height = value * scale;
                below -= height;
                (number, below, height)
            })
            .collect();
        html! {
            g {
                title { (column.label) ": " (self.described(column)) }
                // What is pointed at is the whole place, also of a column that is low.
                rect.place x=(units(left)) y="0" width=(units(place)) height=(units(HEIGHT - FOOT)) {}
                @for (number, y, height) in parts.iter().filter(|(_, _, height)| *height > 0.0) {
                    rect class={ "part-" (number) } x=(units(x)) y=(units(*y)) width=(units(width)) height=(units(*height)) {}
                }
                @if let Some(foot) = &column.foot {
                    text.foot x=(units(x + width / 2.0)) y=(units(HEIGHT - 4.0)) { (foot) }
                }
            }
        }
    }

    fn described(&self, column: &Column) -> String {
        let values = self.parts.iter().zip(&column.values);
        let described = values.map(|(part, value)| format!("{} {part}", (self.written)(*value)));
        described.collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    fn sum(&self) -> f64 {
        self.values.iter().sum()
    }
}

/// A bar as long as this part of the whole.
pub fn bar(part: f64, whole: f64) -> Markup {
    let percent = if whole > 0.0 {
        (part / whole * 100.0).clamp(0.0, 100.0)
    } else {
        0.0
    };
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.place x="0" y="0" width="100" height="8" {}
            rect.part-0 x="0" y="0" width=(units(percent)) height="8" {}
        }
    }
}

fn units(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[[f64; 2]]) -> String {
        let column = |values: &[f64; 2]| Column {
            label: "<10:00>".to_owned(),
            foot: None,
            values: values.to_vec(),
        };
        let chart = Columns {
            title: "Uploads",
            class: "uploads",
            parts: &["free", "premium"],
            columns: values.iter().map(column).collect(),
            written: |value| format!("{value:.0}"),
        };
        chart.draw().into_string()
    }

    #[test]
    fn stacks_reach_as_high_as_they_are() {
        let drawn = chart(&[[1.0, 3.0], [0.0, 0.0]]);
        // 126 units are four documents: the lower part is a quarter of it.
        assert!(
            drawn.contains(r#"y="110.50" width="256.00" height="31.50""#),
            "{drawn}"
        );
        assert!(
            drawn.contains(r#"y="16.00" width="256.00" height="94.50""#),
            "{drawn}"
        );
        assert!(drawn.contains("&lt;10:00&gt;: 1 free, 3 premium"), "{drawn}");
        assert_eq!(drawn.matches("class=\"part-").count(), 2, "{drawn}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(chart(&[]).contains("nothing yet"));
        assert!(chart(&[[0.0, 0.0]]).contains("nothing yet"));
        assert!(bar(1.0, 0.0).into_string().contains(r#"width="0.00""#));
    }
}
