//! Addresses of pages with what is asked for in their query.

use form_urlencoded::Serializer;

/// A path with the fields that have a value.
pub fn of(path: &str, fields: &[(&str, Option<&str>)]) -> String {
    let set: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|(name, value)| Some((*name, value.filter(|value| !value.is_empty())?)))
        .collect();
    if set.is_empty() {
        return path.to_owned();
    }
    let query = Serializer::new(String::new()).extend_pairs(set).finish();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn whatever_is_asked_for_stays_in_its_field() {
        assert_eq!(of("/search", &[("q", None), ("tag", Some(""))]), "/search");
        assert_eq!(
            of("/search", &[("q", Some("a&b=c d")), ("tag", Some("é"))]),
            "/search?q=a%26b%3Dc+d&tag=%C3%A9"
        );
    }
}
