//! Durations as people write and read them: `90s`, `30m`, `1h`, `7d`.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a duration.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write a number and s, m, h or d, such as 90s or 1h");
    let (_, factor) = UNITS
        .iter()
        .find(|(unit, _)| text.ends_with(unit))
        .ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(*factor)
        .filter(|seconds| *seconds <= MAX_SECONDS);
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// A hundred years.
const MAX_SECONDS: u64 = 100 * 365 * 86_400;

/// Writes a duration in its two largest units: `3d 4h`, `12m 5s`, `0.250s`.
pub fn text(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{:.3}s", seconds.max(0.0));
    }
    let mut rest = seconds as u64;
    let mut parts = Vec::new();
    for (unit, factor) in UNITS {
        let count = rest / factor;
        rest %= factor;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    parts.truncate(2);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in [
            "",
            "s",
            "1",
            "-1h",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "999999d",
            "1é",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn durations_are_written() {
        let texts = [0.25, 59.0, 60.0, 3_725.0, 90_000.0, -1.0].map(text);
        assert_eq!(texts, ["0.250s", "59s", "1m", "1h 2m", "1d 1h", "0.000s"]);
    }
}
