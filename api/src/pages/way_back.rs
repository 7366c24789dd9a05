//! Where somebody goes after he has logged in: to the page that he wanted to see, and never to another site.

use axum::http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// Where everybody goes who did not ask for something else.
const USUAL: &str = "/documents";
/// The most characters of an address that are carried along.
const MAX_CHARS: usize = 2_000;
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_');

/// A path of this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct WayBack(String);

impl WayBack {
    /// To the page that was asked for.
    pub fn to(wanted: &Uri) -> Self {
        let path = wanted.path_and_query().map_or(USUAL, |path| path.as_str());
        Self::from(path.to_owned())
    }

    /// The path, for a `Location`.
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The path if it has to be carried through the log-in.
    pub fn to_carry(&self) -> Option<&str> {
        (self.0 != USUAL).then_some(&self.0)
    }

    /// The log-in that leads back.
    pub fn log_in_path(&self) -> String {
        match self.to_carry() {
            Some(path) => format!("/log-in?next={}", utf8_percent_encode(path, IN_QUERY)),
            None => "/log-in".to_owned(),
        }
    }
}

impl Default for WayBack {
    fn default() -> Self {
        Self(USUAL.to_owned())
    }
}

/// Whatever is no path of this site becomes the usual one: `//host` and `/\host` are other sites to a browser.
impl From<String> for WayBack {
    fn from(path: String) -> Self {
        let local = path.starts_with('/')
            && !path[1..].starts_with(['/', '\\'])
            && path.len() <= MAX_CHARS
            && path.bytes().all(|byte| byte.is_ascii_graphic());
        if local && path != "/" {
            Self(path)
        } else {
            Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let way = |path: &str| WayBack::from(path.to_owned());
        assert_eq!(way("/search?q=a&kind=pdf").path(), "/search?q=a&kind=pdf");
        for elsewhere in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\r\nx: y",
            "/é",
        ] {
            assert_eq!(way(elsewhere), WayBack::default(), "{elsewhere:?}");
        }
    }

    #[test]
    fn the_way_back_is_carried_whole() {
        let path = WayBack::from("/search?q=a&kind=pdf".to_owned()).log_in_path();
        assert_eq!(path, "/log-in?next=/search%3Fq%3Da%26kind%3Dpdf");
        assert_eq!(WayBack::default().log_in_path(), "/log-in");
    }
}
