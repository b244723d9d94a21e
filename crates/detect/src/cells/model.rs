//! What is known of a table before its cells are judged one by one.

use driftline_chunk::{Chunk, ColumnValues, Physical};
use driftline_profile::{NULL_HASH, Side};
use driftline_stats::hash::hash_bytes;
use rayon::prelude::*;

use super::dependency::{self, Dependency};
use super::format::{self, Usual};
use super::magnitude::{self, Bulk};
use super::suspicion::Suspicion;
use super::values::Values;
use super::{CellOptions, misplaced, spelled, typo};

/// Every suspicion that one pass over a table gives rise to, frozen, so that a second pass can look cells up.
pub struct CellModel {
    pub(super) columns: Vec<ColumnSuspects>,
    pub(super) names: Vec<String>,
    pub(super) dependencies: Vec<Dependency>,
}

/// What is said against the values of a column.
#[derive(Debug, Default)]
pub(super) struct ColumnSuspects {
    /// Suspected values by their hash, rising.
    by_hash: Vec<(u64, Suspicion)>,
    /// Which hashes may be among them: one bit for each place that the highest bits name.
    filter: Box<[u64]>,
    /// For columns with more values than are counted: what is said against any value.
    open: Option<OpenColumn>,
}

/// Judges values that were not seen before.
#[derive(Debug)]
struct OpenColumn {
    usual: Option<Usual>,
    bulk: Option<Bulk>,
}

/// Bits of the hash that the filter looks at.
const FILTER_BITS: u32 = 12;

impl CellModel {
    /// Learns from the profile and the row sample of a table. What was read as text is judged by all methods, other
    /// columns only by dependencies: read the table as text.
    #[must_use]
    pub fn fit(side: &Side<'_>, options: &CellOptions) -> Self {
        let names: Vec<String> =
            side.profile.schema().fields().iter().map(|field| field.name.clone()).collect();
        let values: Vec<Option<Values<'_>>> =
            (0..names.len()).into_par_iter().map(|index| Values::of(side, index)).collect();
        let wanted = |index: usize| names.get(index).is_some_and(|name| options.wants_column(name));
        let columns =
            (0..names.len())
                .into_par_iter()
                .map(|index| {
                    if wanted(index) { suspects(&values, index, options) } else { ColumnSuspects::default() }
                })
                .collect();
        let dependencies =
            if options.wants_method("dependency") { dependency::find(side.sample) } else { Vec::new() };
        Self { columns, names, dependencies }
    }

    /// What is said against a cell by itself.
    pub(super) fn judge(
        &self,
        column: usize,
        hash: u64,
        text: impl FnOnce() -> Option<String>,
    ) -> Option<Suspicion> {
        let suspects = self.columns.get(column)?;
        if let Some(found) = suspects.get(hash) {
            return Some(found.clone());
        }
        let open = suspects.open.as_ref()?;
        open.judge(&text()?)
    }

    /// Whether anything may be said against single cells of a column.
    pub(super) fn is_judged(&self, column: usize) -> bool {
        self.columns
            .get(column)
            .is_some_and(|suspects| !suspects.by_hash.is_empty() || suspects.open.is_some())
    }

    /// Whether every value of a column has to be looked at.
    pub(super) fn is_open(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|suspects| suspects.open.is_some())
    }
}

impl ColumnSuspects {
    fn new(mut by_hash: Vec<(u64, Suspicion)>, open: Option<OpenColumn>) -> Self {
        by_hash.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.confidence.total_cmp(&a.1.confidence)));
        by_hash.dedup_by_key(|(hash, _)| *hash);
        let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)].into_boxed_slice();
        for (hash, _) in &by_hash {
            let place = hash >> (64 - FILTER_BITS);
            if let Some(word) = filter.get_mut((place >> 6) as usize) {
                *word |= 1 << (place & 63);
            }
        }
        Self { by_hash, filter, open }
    }

    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<&Suspicion> {
        let place = hash >> (64 - FILTER_BITS);
        if self.filter.get((place >> 6) as usize)? >> (place & 63) & 1 == 0 {
            return None;
        }
        let at = self.by_hash.binary_search_by_key(&hash, |(known, _)| *known).ok()?;
        self.by_hash.get(at).map(|(_, suspicion)| suspicion)
    }
}

impl OpenColumn {
    fn judge(&self, text: &str) -> Option<Suspicion> {
        let by_format = self.usual.as_ref().and_then(|usual| usual.judge(text));
        by_format.or_else(|| self.bulk.as_ref().and_then(|bulk| bulk.judge(text)))
    }
}

fn suspects(columns: &[Option<Values<'_>>], index: usize, options: &CellOptions) -> ColumnSuspects {
    let Some(Some(values)) = columns.get(index) else { return ColumnSuspects::default() };
    let usual = options.wants_method("format").then(|| Usual::learn(values)).flatten();
    let bulk = options.wants_method("magnitude").then(|| Bulk::learn(values)).flatten();
    if !values.exact {
        let open = (usual.is_some() || bulk.is_some()).then_some(OpenColumn { usual, bulk });
        return ColumnSuspects::new(Vec::new(), open);
    }
    let mut found = Vec::new();
    if let Some(usual) = &usual {
        found.extend(format::judge(values, usual));
    }
    if let Some(bulk) = &bulk {
        found.extend(magnitude::judge(values, bulk));
    }
    if options.wants_method("typo") {
        found.extend(typo::judge(values));
    }
    if options.wants_method("spelled_differently") {
        found.extend(spelled::judge(values));
    }
    if options.wants_method("misplaced") {
        found.extend(misplaced::judge(columns, index));
    }
    let by_hash = found.into_iter().filter(|(_, suspicion)| suspicion.confidence >= options.min_confidence);
    let by_hash = by_hash.filter_map(|(at, suspicion)| {
        let (text, _) = values.counts.get(at)?;
        Some((hash_bytes(text.as_bytes()), suspicion))
    });
    ColumnSuspects::new(by_hash.collect(), None)
}

/// The cell as text; nothing for a missing one.
pub(super) fn cell_text(chunk: &Chunk, column: usize, row: usize) -> Option<String> {
    use arrow_array::Array as _;
    match chunk.column(column) {
        ColumnValues::Text(array) => array.is_valid(row).then(|| array.value(row).to_owned()),
        ColumnValues::Number(array) => array.is_valid(row).then(|| array.value(row).to_string()),
        ColumnValues::Boolean(array) => array.is_valid(row).then(|| array.value(row).to_string()),
        ColumnValues::Datetime(array) => {
            array.is_valid(row).then(|| crate::wording::moment(array.value(row) as f64))
        }
    }
}

/// Whether a column can be judged by its values.
pub(super) fn is_text(chunk: &Chunk, column: usize) -> bool {
    chunk.schema().fields().get(column).is_some_and(|field| field.physical == Physical::Text)
}

/// Whether a hash stands for a missing value.
pub(super) fn is_missing(hash: u64) -> bool {
    hash == NULL_HASH
}
