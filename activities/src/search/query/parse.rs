//! Reading a query.

use serde::Serialize;

use super::dates::DateSpan;
use super::syntax::{Node, Phrase, Place};
use crate::search::limits::{
    PREFIX_CHARS_MIN, QUERY_CHARS_MAX, QUERY_DEPTH_MAX, QUERY_WORDS_MAX, WORD_BYTES_MAX,
};
use crate::search::words::{fold, is_single_unspaced, query_words};

/// Why a query is refused. Positions count characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages say what each one is")]
pub enum QueryError {
    #[error("there is nothing to search for: enter a word or choose a filter")]
    Empty,
    #[error("the query has {chars} characters and may have {max}: shorten it")]
    TooLong { chars: usize, max: usize },
    #[error("the query has more than {max} words: leave some out")]
    TooManyWords { max: usize },
    #[error(
        "the word at {position} is longer than any in the index, which are up to {max} bytes: search for its beginning, as in `abc*`"
    )]
    WordTooLong { position: usize, max: usize },
    #[error("the query nests more than {max} levels at {position}: use fewer parentheses")]
    TooDeep { position: usize, max: usize },
    #[error(
        "the quotation mark at {position} is not closed: add one at the end of the phrase, or leave it out"
    )]
    UnclosedQuote { position: usize },
    #[error("the parenthesis at {position} is not closed: add `)`, or put the text in quotes")]
    UnclosedGroup { position: usize },
    #[error("the parenthesis at {position} closes nothing: remove it, or put the text in quotes")]
    UnopenedGroup { position: usize },
    #[error(
        "`{operator}` at {position} has nothing to act on: add a word beside it, or write it in lower case or in quotes to search for it"
    )]
    MissingOperand { position: usize, operator: String },
    #[error(
        "there is no field `{field}` (at {position}): use title, tag, type, created, modified, before or after, or put the text in quotes"
    )]
    UnknownField { position: usize, field: String },
    #[error(
        "the field `{field}` at {position} has no value: write it right after the colon, as in `{field}:value`"
    )]
    MissingValue { position: usize, field: String },
    #[error(
        "`{value}` at {position} is no date: write 2024, 2024-03 or 2024-03-18, and spans for created and modified as 2024-01..2024-06"
    )]
    BadDate { position: usize, value: String },
    #[error("the star at {position} can only end a word: write `abc*`, or put the text in quotes")]
    MisplacedStar { position: usize },
    #[error("the prefix at {position} is too short: give at least {min} letters before the star")]
    PrefixTooShort { position: usize, min: usize },
    #[error(
        "`{found}` at {position} means nothing here: remove it, or put the text in quotes to search for it literally"
    )]
    UnknownSyntax { position: usize, found: String },
    #[error(
        "a page of results starts within the first {offset_max} hits and has from 1 to {hits_max}: ask for such a page, or narrow the search"
    )]
    PageOutOfRange { hits_max: usize, offset_max: usize },
    #[error("a filter has more than {max} values: choose fewer")]
    TooManyFilters { max: usize },
}

/// Reads a query.
pub(in crate::search) fn parse(text: &str) -> Result<Node, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > QUERY_CHARS_MAX {
        return Err(QueryError::TooLong {
            chars: chars.len(),
            max: QUERY_CHARS_MAX,
        });
    }
    let mut parser = Parser {
        chars,
        at: 0,
        depth: 0,
        words: 0,
    };
    let node = parser.any()?;
    match parser.peek() {
        None => node.ok_or(QueryError::Empty),
        Some(_) => Err(QueryError::UnopenedGroup { position: parser.at }),
    }
}

const FIELDS: [&str; 7] = ["title", "tag", "type", "created", "modified", "before", "after"];

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    words: usize,
}

/// The parts of a query return none where there is nothing but punctuation that the index does not know either.
impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes an operator if it stands here as a word of its own.
    fn take_operator(&mut self, operator: &str) -> bool {
        self.skip_spaces();
        let end = self.at + operator.len();
        let here = self
            .chars
            .get(self.at..end)
            .is_some_and(|found| found.iter().copied().eq(operator.chars()));
        let ends = self.chars.get(end).is_none_or(|next| ends_word(*next));
        if here && ends {
            self.at = end;
        }
        here && ends
    }

    /// `all OR all OR ...`
    fn any(&mut self) -> Result<Option<Node>, QueryError> {
        let mut nodes = Vec::new();
        let mut operator_at = None;
        loop {
            let node = self.all()?;
            self.skip_spaces();
            let position = self.at;
            let more = self.take_operator("OR");
            match node {
                Some(node) => nodes.push(node),
                None if more || operator_at.is_some() => {
                    return Err(QueryError::MissingOperand {
                        position: operator_at.unwrap_or(position),
                        operator: "OR".into(),
                    });
                }
                None => {}
            }
            if !more {
                return Ok(joined(nodes, Node::Or));
            }
            operator_at = Some(position);
        }
    }

    /// `one AND one one ...`, until OR, a closing parenthesis or the end.
    fn all(&mut self) -> Result<Option<Node>, QueryError> {
        let mut nodes = Vec::new();
        loop {
            self.skip_spaces();
            let position = self.at;
            if self.take_operator("AND") {
                let before = !nodes.is_empty();
                match self.one_if_any()? {
                    Some(node) if before => nodes.push(node),
                    _ => {
                        return Err(QueryError::MissingOperand {
                            position,
                            operator: "AND".into(),
                        });
                    }
                }
            } else if self.ends_here() {
                return Ok(joined(nodes, Node::And));
            } else {
                nodes.extend(self.one()?);
            }
        }
    }

    fn ends_here(&mut self) -> bool {
        let start = self.at;
        let ends = matches!(self.peek(), None | Some(')')) || self.take_operator("OR");
        self.at = start;
        ends
    }

    fn one_if_any(&mut self) -> Result<Option<Node>, QueryError> {
        self.skip_spaces();
        if self.ends_here() { Ok(None) } else { self.one() }
    }

    fn one(&mut self) -> Result<Option<Node>, QueryError> {
        self.skip_spaces();
        let position = self.at;
        let minus = self.peek() == Some('-')
            && self
                .chars
                .get(self.at + 1)
                .is_some_and(|next| !next.is_whitespace() && *next != '-');
        if minus {
            self.at += 1;
            return self.negated(position, "-");
        }
        if self.take_operator("NOT") {
            return self.negated(position, "NOT");
        }
        match self.peek() {
            Some('(') => self.group(),
            Some(c) if is_quote(c) => self.quoted(Place::Anywhere),
            _ => self.word(),
        }
    }

    fn negated(&mut self, position: usize, operator: &str) -> Result<Option<Node>, QueryError> {
        self.enter(position)?;
        let node = self.one_if_any()?;
        self.depth -= 1;
        match node {
            Some(node) => Ok(Some(Node::Not(Box::new(node)))),
            None => Err(QueryError::MissingOperand {
                position,
                operator: operator.into(),
            }),
        }
    }

    fn group(&mut self) -> Result<Option<Node>, QueryError> {
        let position = self.at;
        self.enter(position)?;
        self.at += 1;
        let node = self.any()?;
        if self.peek() != Some(')') {
            return Err(QueryError::UnclosedGroup { position });
        }
        self.at += 1;
        self.depth -= 1;
        Ok(node)
    }

    fn enter(&mut self, position: usize) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > QUERY_DEPTH_MAX {
            return Err(QueryError::TooDeep {
                position,
                max: QUERY_DEPTH_MAX,
            });
        }
        Ok(())
    }

    /// A phrase in quotes: everything in it is text. A star right behind it leaves its last word open.
    fn quoted(&mut self, place: Place) -> Result<Option<Node>, QueryError> {
        let position = self.at;
        let text = self.quoted_text()?;
        let prefix = self.take_star();
        self.phrase(place, &text, position, prefix, true)
    }

    fn quoted_text(&mut self) -> Result<String, QueryError> {
        let position = self.at;
        self.at += 1;
        let length = self.chars[self.at..].iter().position(|c| is_quote(*c));
        let end = self.at + length.ok_or(QueryError::UnclosedQuote { position })?;
        let text = self.chars[self.at..end].iter().collect();
        self.at = end + 1;
        Ok(text)
    }

    fn take_star(&mut self) -> bool {
        let star = self.peek() == Some('*');
        self.at += usize::from(star);
        star
    }

    /// A word, or a field and its value.
    fn word(&mut self) -> Result<Option<Node>, QueryError> {
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                c if ends_word(c) => break,
                ':' if start < self.at
                    && self.chars[start..self.at]
                        .iter()
                        .all(|c| c.is_alphabetic() || *c == '_') =>
                {
                    if let Some(field) = self.field_before_colon(start)? {
                        return self.value(start, field);
                    }
                }
                c if is_reserved(c) || self.is_doubled(c) || self.is_inner_question_mark(start) => {
                    return Err(QueryError::UnknownSyntax {
                        position: self.at,
                        found: c.to_string(),
                    });
                }
                _ => {}
            }
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        let prefix = self.star_after(!text.is_empty())?;
        self.phrase(Place::Anywhere, &text, start, prefix, false)
    }

    /// The field whose name ends here; none if the colon is punctuation, as in `Re: offer`.
    fn field_before_colon(&self, start: usize) -> Result<Option<&'static str>, QueryError> {
        let name: String = self.chars[start..self.at].iter().collect();
        let known = FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(&name));
        let value_follows = self
            .chars
            .get(self.at + 1)
            .is_some_and(|next| !next.is_whitespace());
        match known {
            None if value_follows => Err(QueryError::UnknownField {
                position: start,
                field: name,
            }),
            Some(field) if !value_follows => Err(QueryError::MissingValue {
                position: start,
                field: field.into(),
            }),
            known => Ok(known),
        }
    }

    fn is_doubled(&self, c: char) -> bool {
        matches!(c, '&' | '|') && self.chars.get(self.at + 1) == Some(&c)
    }

    /// `a?b` looks like a wildcard, `why?` does not.
    fn is_inner_question_mark(&self, start: usize) -> bool {
        self.peek() == Some('?')
            && start < self.at
            && self
                .chars
                .get(self.at + 1)
                .is_some_and(|next| next.is_alphanumeric())
    }

    /// Takes the star that ends a word.
    fn star_after(&mut self, word: bool) -> Result<bool, QueryError> {
        let position = self.at;
        let star = self.take_star();
        let ends = self.peek().is_none_or(|next| next.is_whitespace() || next == ')');
        if star && !(word && ends) {
            return Err(QueryError::MisplacedStar { position });
        }
        Ok(star)
    }

    /// The value behind `field:`; the colon is here.
    fn value(&mut self, start: usize, field: &'static str) -> Result<Option<Node>, QueryError> {
        self.at += 1;
        let position = self.at;
        let quoted = self.peek().is_some_and(is_quote);
        let text = if quoted {
            self.quoted_text()?
        } else {
            self.bare_value()?
        };
        if text.trim().is_empty() {
            return Err(QueryError::MissingValue {
                position: start,
                field: field.into(),
            });
        }
        let prefix = self.star_after(true)?;
        if prefix && !matches!(field, "title" | "tag") {
            return Err(QueryError::MisplacedStar {
                position: self.at - 1,
            });
        }
        self.count(1)?;
        let date = |span: Option<DateSpan>| {
            span.ok_or_else(|| QueryError::BadDate {
                position,
                value: text.clone(),
            })
        };
        let node = match field {
            "title" => return self.phrase(Place::Title, &text, position, prefix, quoted),
            "tag" => Node::Tag {
                value: fold(&text),
                prefix,
            },
            "type" => Node::Kind(fold(&text)),
            "created" => Node::Created(date(DateSpan::parse(&text))?),
            "modified" => Node::Modified(date(DateSpan::parse(&text))?),
            "before" => Node::Created(date(DateSpan::before(&text))?),
            _ => Node::Created(date(DateSpan::after(&text))?),
        };
        Ok(Some(node))
    }

    fn bare_value(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        while let Some(c) = self.peek().filter(|c| !ends_word(*c)) {
            if is_reserved(c) || self.is_doubled(c) || self.is_inner_question_mark(start) {
                return Err(QueryError::UnknownSyntax {
                    position: self.at,
                    found: c.to_string(),
                });
            }
            self.at += 1;
        }
        Ok(self.chars[start..self.at].iter().collect())
    }

    fn phrase(
        &mut self,
        place: Place,
        text: &str,
        position: usize,
        prefix: bool,
        quoted: bool,
    ) -> Result<Option<Node>, QueryError> {
        let words = query_words(text);
        self.count(words.len())?;
        let Some(last) = words.last() else {
            if text.chars().any(char::is_alphanumeric) {
                return Err(QueryError::WordTooLong {
                    position,
                    max: WORD_BYTES_MAX,
                });
            }
            return if prefix {
                Err(QueryError::PrefixTooShort {
                    position,
                    min: PREFIX_CHARS_MIN,
                })
            } else {
                Ok(None)
            };
        };
        let single = is_single_unspaced(last);
        if prefix && !single && last.chars().count() < PREFIX_CHARS_MIN {
            return Err(QueryError::PrefixTooShort {
                position,
                min: PREFIX_CHARS_MIN,
            });
        }
        let phrase = Phrase {
            prefix: prefix || single,
            quoted: quoted || words.len() > 1,
            words,
        };
        Ok(Some(Node::Words { place, phrase }))
    }

    fn count(&mut self, words: usize) -> Result<(), QueryError> {
        self.words += words;
        if self.words > QUERY_WORDS_MAX {
            return Err(QueryError::TooManyWords { max: QUERY_WORDS_MAX });
        }
        Ok(())
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || is_quote(c) || matches!(c, '(' | ')' | '*')
}

/// Signs that mean something in other query languages; taking them for punctuation would answer another question.
fn is_reserved(c: char) -> bool {
    matches!(c, '[' | ']' | '{' | '}' | '^' | '~' | '\\')
}

fn joined(mut nodes: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Option<Node> {
    match nodes.len() {
        0 | 1 => nodes.pop(),
        _ => Some(join(nodes)),
    }
}
