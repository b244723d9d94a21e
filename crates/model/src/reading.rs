use serde::{Deserialize, Serialize};

/// How a table was read: what was decided about its dialect, what had to be repaired, what was left aside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    /// What was decided about the (first) file.
    pub decisions: Vec<ReadDecision>,
    /// Rows that were repaired, by what was wrong.
    pub repairs: Vec<ReadNote>,
    /// Lines that do not belong to the table, by what they are.
    pub asides: Vec<ReadNote>,
}

/// One thing that was decided about how a file is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadDecision {
    /// What it is about, such as `delimiter`, `encoding` or `header`.
    pub subject: String,
    /// What was decided, in words.
    pub value: String,
    /// How sure that is, 0..1.
    pub confidence: f64,
    /// Why.
    pub reason: String,
}

/// Rows or lines of one kind, counted, with the first of them kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadNote {
    /// What was wrong (`stray_quote`, `lost_delimiter`, `trailing_delimiter`, `other_delimiter`, `other_quote`,
    /// `broken_character`, `short_row`, `long_row`) or what the line is (`preamble`, `comment`, `footer`, `other_table`).
    pub kind: String,
    /// How many.
    pub count: u64,
    /// The first of them; bounded.
    pub examples: Vec<ReadPlace>,
}

/// A row or a line in its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadPlace {
    /// The file or stream it came from.
    pub source: String,
    /// Number of the record in its source, first data record = 1; of a line that is no record, the number of
    /// the next one, and 0 above the first.
    pub row: u64,
    /// Byte of the (decompressed) text in UTF-8 at which it starts.
    pub byte_offset: u64,
    /// Its beginning as it stood, made printable; bounded, and ends with `…` where more of it was there.
    pub raw: String,
}

/// What each kind of note says happened, in words that people understand; the id stands first.
const WORDS: &[(&str, &str)] = &[
    ("stray_quote", "a quote that stood where none may stand, or was never closed, was read as text"),
    ("lost_delimiter", "a delimiter that was missing between two quoted cells was put in"),
    ("trailing_delimiter", "empty cells behind the last column were left out"),
    ("other_delimiter", "the row had another delimiter than the rest, and was read with it"),
    ("other_quote", "the row had another quote than the rest, and was read with it"),
    ("broken_character", "bytes that are no characters were read in another encoding"),
    ("short_row", "the row had too few cells; empty ones were put in"),
    ("long_row", "the row had too many cells; some were joined or left out"),
    ("preamble", "lines above the table"),
    ("comment", "comments"),
    ("footer", "lines below the table"),
    ("other_table", "lines of another table in the file"),
];

impl ReadNote {
    /// What happened, in words; the kind itself when it is of a later release.
    pub fn words(&self) -> &str {
        WORDS.iter().find(|(kind, _)| *kind == self.kind).map_or(self.kind.as_str(), |(_, words)| words)
    }
}

impl Reading {
    /// Rows that were repaired in all.
    pub fn repaired_rows(&self) -> u64 {
        self.repairs.iter().map(|note| note.count).sum()
    }

    /// Lines left aside in all.
    pub fn lines_aside(&self) -> u64 {
        self.asides.iter().map(|note| note.count).sum()
    }

    /// Lines left aside of a kind.
    pub fn aside(&self, kind: &str) -> u64 {
        self.asides.iter().filter(|note| note.kind == kind).map(|note| note.count).sum()
    }

    /// The decision that is least sure.
    pub fn least_sure(&self) -> Option<&ReadDecision> {
        self.decisions.iter().min_by(|a, b| a.confidence.total_cmp(&b.confidence))
    }
}
