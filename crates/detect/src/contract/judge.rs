//! How a rule judges: what it becomes once the columns of a table are known.

use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_model::RuleStatus;
use driftline_profile::{ChunkHashes, ColumnProfile, RowSample, SampleColumn, TableProfile};

use super::breaks::Broken;
use super::sql::{Answers, Sql};
use super::words::short;

/// A rule with its parameters, before any table is known.
pub(crate) trait Rule: Send + Sync {
    /// What it promises, in words: "`price` is at least 0".
    fn promise(&self) -> String;

    /// How it judges a table with these columns.
    ///
    /// # Errors
    /// Why it cannot be judged there, as a sentence without its full stop.
    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound>;
}

/// Why a rule cannot be judged on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotBound {
    /// A column is not there.
    Missing(String),
    /// A column is of the wrong kind for the rule.
    Unfit(String),
}

/// The columns of a table.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) schema: &'a Schema,
    /// What rules in SQL are judged with.
    pub(crate) sql: Option<&'a dyn Sql>,
}

impl<'a> Columns<'a> {
    pub(crate) fn index(&self, name: &str) -> Result<usize, NotBound> {
        let place = self.schema.fields().iter().position(|field| field.name == name);
        place.ok_or_else(|| NotBound::Missing(format!("there is no column `{}`", short(name))))
    }

    pub(crate) fn indices(&self, names: &[String]) -> Result<Vec<usize>, NotBound> {
        names.iter().map(|name| self.index(name)).collect()
    }

    pub(crate) fn field(&self, index: usize) -> Option<&'a Field> {
        self.schema.fields().get(index)
    }

    pub(crate) fn physical(&self, index: usize) -> Physical {
        self.field(index).map_or(Physical::Text, |field| field.physical)
    }

    /// The index of a column of numbers (or of moments, where the rule speaks of them).
    pub(crate) fn ordered(&self, name: &str, of: Ordered) -> Result<usize, NotBound> {
        let index = self.index(name)?;
        let held = self.physical(index);
        let fits = match of {
            Ordered::Numbers => held == Physical::Number,
            Ordered::Moments => held == Physical::Datetime,
            Ordered::Either => matches!(held, Physical::Number | Physical::Datetime),
        };
        if fits {
            return Ok(index);
        }
        let wanted = match of {
            Ordered::Numbers => "numbers",
            Ordered::Moments => "dates",
            Ordered::Either => "numbers or dates",
        };
        Err(NotBound::Unfit(format!("`{}` holds {}, not {wanted}", short(name), held_words(held))))
    }
}

/// What sort of ordered values a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordered {
    Numbers,
    Moments,
    Either,
}

/// What a column holds, in a word.
pub(crate) fn held_words(held: Physical) -> &'static str {
    match held {
        Physical::Number => "numbers",
        Physical::Boolean => "truth values",
        Physical::Datetime => "dates",
        Physical::Text => "text",
    }
}

/// How a rule judges one table.
pub(crate) enum Judge {
    /// The columns alone have decided it.
    Known(Verdict),
    /// From the summary of the whole table, when it has been read.
    Summary(Box<SummaryJudge>),
    /// From what the table answered, with rows of the answer.
    Answer(Box<AnswerJudge>),
    /// Row by row.
    Rows(RowJudge),
    /// By whether keys come back.
    Keys(KeyJudge),
    /// By whether one key always comes with the same other.
    Pairs(PairJudge),
    /// By the order of the rows.
    Order(OrderJudge),
}

pub(crate) type SummaryJudge = dyn Fn(&TableFacts<'_>) -> Verdict + Send + Sync;

pub(crate) type AnswerJudge = dyn Fn(&TableFacts<'_>) -> (Verdict, Vec<String>) + Send + Sync;

/// Pushes the rows of a chunk that break the rule, rising; gives the number that was judged.
pub(crate) type Mark = dyn Fn(&Rows<'_>, &mut Broken) -> u64 + Send + Sync;

/// Judges row by row.
pub(crate) struct RowJudge {
    /// Columns whose values are shown in examples.
    pub(crate) shown: Vec<usize>,
    /// What is wrong with a breaking row: "`price` is below 0".
    pub(crate) fault: String,
    pub(crate) mark: Box<Mark>,
}

/// Judges by keys that come back.
pub(crate) struct KeyJudge {
    /// Columns of the key; none for whole rows.
    pub(crate) columns: Vec<usize>,
    pub(crate) fault: String,
    /// Share of repeating rows up to which the rule is kept, when the rule says so itself.
    pub(crate) allowed: Option<f64>,
}

/// Judges by pairs of keys.
pub(crate) struct PairJudge {
    pub(crate) determinants: Vec<usize>,
    pub(crate) dependents: Vec<usize>,
    pub(crate) fault: String,
}

/// Judges the order of rows.
pub(crate) struct OrderJudge {
    pub(crate) column: usize,
    pub(crate) is_strict: bool,
    pub(crate) is_falling: bool,
    pub(crate) fault: String,
}

/// A chunk with the hashes of its cells.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) chunk: &'a Chunk,
    pub(crate) hashes: &'a ChunkHashes,
}

/// The summary of a table that was read.
#[derive(Clone, Copy)]
pub struct TableFacts<'a> {
    /// What was kept of it.
    pub profile: &'a TableProfile,
    /// Its row sample.
    pub sample: &'a RowSample,
    /// Rows that could not be read.
    pub rejected_rows: u64,
    /// The present moment, in microseconds since 1970.
    pub now_micros: f64,
    /// What it answered to the questions of rules in SQL.
    pub answers: &'a Answers,
}

impl<'a> TableFacts<'a> {
    pub(crate) fn column(&self, index: usize) -> Option<&'a ColumnProfile> {
        self.profile.columns().get(index)
    }

    pub(crate) fn sampled(&self, index: usize) -> Option<&'a SampleColumn> {
        self.sample.columns.get(index)
    }
}

/// How a rule was judged, before its examples have row numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) status: RuleStatus,
    /// A sentence without its full stop; empty when there is nothing to say.
    pub(crate) message: String,
    pub(crate) rows: Option<(u64, u64)>,
    pub(crate) estimated: bool,
}

impl Verdict {
    pub(crate) fn kept() -> Self {
        Self { status: RuleStatus::Kept, message: String::new(), rows: None, estimated: false }
    }

    pub(crate) fn broken(message: impl Into<String>) -> Self {
        Self { status: RuleStatus::Broken, message: message.into(), rows: None, estimated: false }
    }

    pub(crate) fn unjudged(message: impl Into<String>) -> Self {
        Self { status: RuleStatus::Unjudged, message: message.into(), rows: None, estimated: false }
    }

    /// Kept when `holds`, else broken with this message.
    pub(crate) fn of(holds: bool, message: impl FnOnce() -> String) -> Self {
        if holds { Self::kept() } else { Self::broken(message()) }
    }

    pub(crate) fn with_rows(mut self, broken: u64, judged: u64) -> Self {
        self.rows = Some((broken, judged));
        self
    }

    pub(crate) fn estimated(mut self) -> Self {
        self.estimated = true;
        self
    }
}
