//! The rules of the house that no compiler checks. A failure names the file, the line and what to do.

mod crates;
mod files;
mod names;
mod tree;
mod words;
