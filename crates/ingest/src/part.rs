//! Parts of a table that other machines can read: a plan that holds for all of them, and a range of a file each.

use driftline_chunk::{Field, Schema};
use serde::{Deserialize, Serialize};

use crate::IngestError;
use crate::dialect::{Dialect, Encoding};
use crate::infer::Tally;
use crate::limits::Limits;
use crate::opened::Opened;
use crate::plan::ColumnPlan;
use crate::repair::Recipe;
use crate::source::typed::TypedTable;
use crate::stored::{Compression, Stored};
use crate::table::CsvTable;
use crate::whereabouts::Whereabouts;

/// Parts that a file is cut into at most, however small they are wanted.
const MAX_PARTS_OF_FILE: u64 = 100_000;

/// What reading any part of a table needs beside the part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TablePlan {
    /// Names of the columns.
    pub(crate) names: Vec<String>,
    /// How they are held, and read.
    pub(crate) columns: Vec<ColumnPlan>,
    /// Spellings of "no value".
    pub(crate) nulls: Vec<String>,
    pub(crate) max_cell_bytes: u64,
    pub(crate) limits: Limits,
}

/// A file of a table and the range of it that is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// Number of the file in its table, and what messages call it.
    pub(crate) source: u32,
    pub(crate) name: String,
    /// Number of the part in its table.
    pub(crate) ordinal: u64,
    pub(crate) whereabouts: Whereabouts,
    /// Stored bytes of the file when it was cut, and about how many this part reads.
    pub(crate) len: u64,
    pub(crate) bytes: u64,
    pub(crate) range: Range,
}

/// How a file is read, and what of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Range {
    Text(Box<TextRange>),
    Groups(Groups),
}

/// Records of a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TextRange {
    pub(crate) compression: Compression,
    pub(crate) encoding: Encoding,
    pub(crate) dialect: Dialect,
    /// Where the first record of the file starts.
    pub(crate) start: u64,
    pub(crate) recipe: Option<Recipe>,
    /// For every column of the table its place in the file; empty where they are the same.
    pub(crate) places: Vec<u32>,
    pub(crate) extent: Extent,
}

/// Row groups of a Parquet file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Groups {
    /// The first of them, and the one behind the last; all to the end where there is none.
    pub(crate) from: usize,
    pub(crate) to: Option<usize>,
}

/// The records that start in a stretch of a text, its last byte not included. All of them without limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
}

/// Where the records that a part of a text has handed out start and end, in bytes of the text. Where the end of a
/// part is not the start of the next one, the next one has guessed wrongly where its records start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where the first record starts.
    pub start: u64,
    /// Where the first record starts that is of the next part.
    pub end: u64,
}

/// What was learnt while a table was read that tells how its columns should have been held. Empty where all was
/// known before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// For the columns of which the sample told nothing, what came in them.
    pub(crate) unknown: Vec<Tally>,
}

impl TablePlan {
    /// The columns as they are held.
    pub fn schema(&self) -> Schema {
        let field =
            |(name, plan): (&String, &ColumnPlan)| Field { name: name.clone(), physical: plan.physical };
        Schema::new(self.names.iter().zip(&self.columns).map(field).collect::<Vec<_>>())
    }
}

impl Part {
    /// Number of its file in the whole table.
    pub fn source(&self) -> usize {
        self.source as usize
    }

    /// What messages call its file.
    pub fn source_name(&self) -> &str {
        &self.name
    }

    /// About how many stored bytes it reads.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its number in the table.
    pub fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// The whole file that this is a part of, as one part with the number of this one: for the first part of a
    /// file, in the place of all of them.
    #[must_use]
    pub fn whole_file(&self) -> Self {
        let range = match self.range.clone() {
            Range::Text(text) => Range::Text(Box::new(TextRange { extent: Extent::default(), ..*text })),
            Range::Groups(_) => Range::Groups(Groups::default()),
        };
        Self { bytes: self.len, range, ..self.clone() }
    }

    /// Its file, to be read from byte `from` on.
    pub(crate) fn stored(&self, from: u64, limits: Limits) -> Result<Stored, IngestError> {
        self.whereabouts.open((&self.name, self.len), from, limits)
    }

    pub(crate) fn open(&self, plan: &TablePlan) -> Result<Box<dyn Opened>, IngestError> {
        Ok(match &self.range {
            Range::Text(_) => Box::new(CsvTable::of_part(plan, self)?),
            Range::Groups(groups) => Box::new(TypedTable::of_part(plan, (self, *groups))?),
        })
    }
}

impl Extent {
    /// Whether nothing is left out.
    pub(crate) fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// How many of the first `len` bytes lie within.
    pub(crate) fn within(self, len: u64) -> u64 {
        len.min(self.to.unwrap_or(u64::MAX)).saturating_sub(self.from.unwrap_or(0))
    }
}

/// Where a file is and how long, as parts of it need it.
pub(crate) fn opened_again(stored: &Stored) -> Result<(Whereabouts, u64), IngestError> {
    let uncuttable = || IngestError::Uncuttable {
        name: stored.name.clone(),
        what: "no file that another machine could open",
    };
    let whereabouts = stored.whereabouts().cloned().ok_or_else(uncuttable)?;
    let len = whereabouts.size().or(stored.known_len()).ok_or_else(uncuttable)?;
    Ok((whereabouts, len))
}

/// The places at which `start..end` is cut into stretches of about `part_bytes`: all but the first start.
pub(crate) fn cuts(start: u64, end: u64, part_bytes: u64) -> impl Iterator<Item = u64> {
    let len = end.saturating_sub(start);
    let parts = len.div_ceil(part_bytes.max(1)).clamp(1, MAX_PARTS_OF_FILE);
    let cut = move |part: u64| u64::try_from(u128::from(len) * u128::from(part) / u128::from(parts)).ok();
    (1..parts).filter_map(cut).map(move |at| start + at)
}
