//! What was repaired and what was left aside, with its place.

use std::collections::BTreeMap;

use crate::records::{printable, whole};

/// Examples of each kind that a chunk keeps.
pub(crate) const EXAMPLES: u64 = 20;

/// How a record was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RepairKind {
    /// A quote that stood where none may stand, or was never closed, is text.
    StrayQuote,
    /// A delimiter that was missing between two quoted cells.
    LostDelimiter,
    /// Empty cells behind the last column were left out.
    TrailingDelimiter,
    /// The record had another delimiter than the rest.
    OtherDelimiter,
    /// The record had another quote character than the rest.
    OtherQuote,
    /// Bytes that are no characters were read in another encoding.
    BrokenCharacter,
    /// Too few cells: gaps were filled with empty cells.
    ShortRow,
    /// Too many cells: some were joined or left out.
    LongRow,
}

impl RepairKind {
    /// Name that never changes, for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::StrayQuote => "stray_quote",
            Self::LostDelimiter => "lost_delimiter",
            Self::TrailingDelimiter => "trailing_delimiter",
            Self::OtherDelimiter => "other_delimiter",
            Self::OtherQuote => "other_quote",
            Self::BrokenCharacter => "broken_character",
            Self::ShortRow => "short_row",
            Self::LongRow => "long_row",
        }
    }
}

/// A record that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its index among all records of its chunk.
    pub row_in_chunk: u64,
    /// Byte of the (decompressed, decoded) text at which it starts.
    pub byte_offset: u64,
    /// How.
    pub kind: RepairKind,
    /// Its beginning, made printable.
    pub raw: String,
}

/// What lines are that do not belong to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AsideKind {
    /// Above the header.
    Preamble,
    /// A comment.
    Comment,
    /// Below the last row.
    Footer,
    /// Another table behind the first.
    OtherTable,
}

impl AsideKind {
    /// Name that never changes, for programs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Preamble => "preamble",
            Self::Comment => "comment",
            Self::Footer => "footer",
            Self::OtherTable => "other_table",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Preamble => "a line above the table",
            Self::Comment => "a comment",
            Self::Footer => "a line below the table",
            Self::OtherTable => "a line of another table",
        }
    }
}

/// A line that does not belong to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Number of records of its chunk before it.
    pub row_in_chunk: u64,
    /// Byte of the (decompressed, decoded) text at which it starts.
    pub byte_offset: u64,
    /// What it is.
    pub kind: AsideKind,
    /// Its beginning, made printable.
    pub raw: String,
}

/// What was repaired and left aside in a chunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forensics {
    /// Repaired records by kind.
    pub repaired: BTreeMap<RepairKind, u64>,
    /// The first of them.
    pub repairs: Vec<Repair>,
    /// Lines left aside by kind.
    pub aside: BTreeMap<AsideKind, u64>,
    /// The first of them.
    pub asides: Vec<Aside>,
    /// Examples of each kind that are kept.
    pub(crate) most: u64,
}

impl Forensics {
    /// Nothing yet; `most` examples of each kind will be kept.
    pub(crate) fn keeping(most: u64) -> Self {
        Self { most, ..Self::default() }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.repaired.is_empty() && self.aside.is_empty()
    }

    /// A raw line as it is kept: whole where all of them are.
    pub(crate) fn raw(&self, raw: &[u8]) -> String {
        if self.most == u64::MAX { whole(raw) } else { printable(raw) }
    }

    pub(crate) fn repair(&mut self, kind: RepairKind, (row_in_chunk, byte_offset): (u64, u64), raw: &[u8]) {
        let count = self.repaired.entry(kind).or_default();
        *count += 1;
        if *count <= self.most {
            self.repairs.push(Repair { row_in_chunk, byte_offset, kind, raw: printable(raw) });
        }
    }

    pub(crate) fn leave(&mut self, kind: AsideKind, (row_in_chunk, byte_offset): (u64, u64), raw: &[u8]) {
        let count = self.aside.entry(kind).or_default();
        *count += 1;
        if *count <= self.most {
            let raw = self.raw(raw);
            self.asides.push(Aside { row_in_chunk, byte_offset, kind, raw });
        }
    }
}
