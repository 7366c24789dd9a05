//! Dates in queries: a day, a month or a year, or a span of them, in UTC.

use chrono::{Datelike, Months, NaiveDate};

/// A stretch of time in seconds since 1970, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct DateSpan {
    /// The first second; none if it has no beginning.
    pub(in crate::search) from: Option<i64>,
    /// The second after the last; none if it has no end.
    pub(in crate::search) until: Option<i64>,
}

impl DateSpan {
    /// `2024`, `2024-03`, `2024-03-18`, or two of them with `..` between, one of which may be missing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once("..") {
            None => Self::one(text),
            Some(("", "")) => None,
            Some((first, last)) => {
                let from = if first.is_empty() {
                    None
                } else {
                    Self::one(first)?.from
                };
                let until = if last.is_empty() {
                    None
                } else {
                    Self::one(last)?.until
                };
                let ordered = from.zip(until).is_none_or(|(from, until)| from < until);
                ordered.then_some(Self { from, until })
            }
        }
    }

    /// Everything before a day, month or year begins.
    pub(super) fn before(text: &str) -> Option<Self> {
        Some(Self {
            from: None,
            until: Self::one(text)?.from,
        })
    }

    /// Everything after a day, month or year has ended.
    pub(super) fn after(text: &str) -> Option<Self> {
        Some(Self {
            from: Self::one(text)?.until,
            until: None,
        })
    }

    fn one(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        if parts.len() > 3
            || widths != [4, 2, 2][..parts.len()]
            || !parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        let number = |index: usize| parts.get(index).map_or(Some(1), |part| part.parse().ok());
        let first = NaiveDate::from_ymd_opt(parts[0].parse().ok()?, number(1)?, number(2)?)?;
        let next = match parts.len() {
            1 => first.with_year(first.year() + 1)?,
            2 => first.checked_add_months(Months::new(1))?,
            _ => first.succ_opt()?,
        };
        let second = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        Some(Self {
            from: Some(second(first)),
            until: Some(second(next)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn days_months_and_years() {
        assert_eq!(
            DateSpan::parse("1970-01-01"),
            Some(DateSpan {
                from: Some(0),
                until: Some(DAY)
            })
        );
        assert_eq!(
            DateSpan::parse("1970-02"),
            Some(DateSpan {
                from: Some(31 * DAY),
                until: Some(59 * DAY)
            })
        );
        assert_eq!(
            DateSpan::parse("1972"),
            Some(DateSpan {
                from: Some(730 * DAY),
                until: Some(1096 * DAY)
            })
        );
    }

    #[test]
    fn spans_include_both_ends() {
        assert_eq!(
            DateSpan::parse("1970-01-01..1970-01-02"),
            Some(DateSpan {
                from: Some(0),
                until: Some(2 * DAY)
            })
        );
        assert_eq!(
            DateSpan::parse("..1970"),
            Some(DateSpan {
                from: None,
                until: Some(365 * DAY)
            })
        );
        assert_eq!(
            DateSpan::parse("1971.."),
            Some(DateSpan {
                from: Some(365 * DAY),
                until: None
            })
        );
        assert_eq!(
            DateSpan::before("1970"),
            Some(DateSpan {
                from: None,
                until: Some(0)
            })
        );
        assert_eq!(
            DateSpan::after("1970"),
            Some(DateSpan {
                from: Some(365 * DAY),
                until: None
            })
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "..",
            "24",
            "2024-3",
            "2024-13",
            "2024-02-30",
            "2024-01-01-01",
            "yesterday",
            "2024..2023",
            "+024",
            "２０２４",
        ] {
            assert_eq!(DateSpan::parse(text), None, "{text}");
        }
    }
}
