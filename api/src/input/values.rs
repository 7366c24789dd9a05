//! What clients send in bodies and queries, with what the description says of it. The checks in [`super`] say the same:
//! what the description allows is taken, the rest is refused.

use std::ops::Deref;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{MAX_CONTENT_TYPE_CHARS, MAX_EMAIL_CHARS, MAX_NAME_CHARS, MAX_TAG_CHARS};

/// Something to be seen, and no control characters.
const LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// As a line, without commas.
const TAG: &str =
    r"^[^,\u0000-\u001f\u007f-\u009f]*[^\s,\u0000-\u001f\u007f-\u009f][^,\u0000-\u001f\u007f-\u009f]*$";
const EMAIL: &str = r"^ *[!#-+\-./0-9:=?A-Z\[-~]+@[!#-+\-/0-9:=?A-Z\[-~][!#-+\-./0-9:=?A-Z\[-~]* *$";
const CONTENT_TYPE: &str =
    r"^([A-Za-z0-9.+_\-]+/[A-Za-z0-9.+_\-]+ *(; *[A-Za-z0-9.+_\-]+=[A-Za-z0-9.+_\-]+ *)*)?$";
const SHA_256: &str = "^[0-9A-Fa-f]{64}$";

/// Larger whole numbers are not the same in every JSON library.
const MAX_BYTES: u64 = (1 << 53) - 1;

/// Declares texts that differ in what the description says of them.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $min:expr, $max:expr, $pattern:expr;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .pattern(Some($pattern))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

texts! {
    /// A name or a title; checked by [`super::line`].
    Name: 1, MAX_NAME_CHARS, LINE;
    /// A tag, checked by [`super::tags`], or a filter.
    Tag: 1, MAX_TAG_CHARS, TAG;
    /// An e-mail address; checked by [`super::email`].
    Email: 3, MAX_EMAIL_CHARS, EMAIL;
    /// A content type; checked by [`super::content_type`].
    ContentType: 0, MAX_CONTENT_TYPE_CHARS, CONTENT_TYPE;
    /// A digest; checked by [`super::sha256`].
    Sha256Hex: 64, 64, SHA_256;
}

/// A number of bytes. JSON has one kind of numbers: `331.0` is 331.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(from)?;
        number
            .as_u64()
            .or_else(|| whole(number.as_f64()?))
            .filter(|bytes| *bytes <= MAX_BYTES)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0 to {MAX_BYTES}")))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it has no fraction, no sign, and what is too large becomes the largest"
)]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && number >= 0.0).then_some(number as u64)
}

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(MAX_BYTES))
            .into()
    }
}

impl ToSchema for Bytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_however_they_are_written() {
        let read = |text: &str| serde_json::from_str::<Bytes>(text).ok().map(|bytes| bytes.0);
        for (text, bytes) in [("0", 0), ("331", 331), ("331.0", 331), ("3e2", 300), ("-0.0", 0)] {
            assert_eq!(read(text), Some(bytes), "{text}");
        }
        assert_eq!(read(&MAX_BYTES.to_string()), Some(MAX_BYTES));
        for text in ["-1", "0.5", "9007199254740992", "1e300", "\"1\"", "null", "true"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
