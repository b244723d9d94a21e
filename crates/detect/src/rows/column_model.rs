use std::ops::Range;

use arrow_array::{Array, StringViewArray};
use driftline_chunk::{Chunk, ColumnValues, Physical};
use driftline_model::{AnomalySettings, CellBlame, Kind};
use driftline_profile::{ColumnProfile, SampleColumn};
use driftline_stats::hash::{hash_bytes, hash_f64};

use super::column_methods::NumberFacts;
use super::evidence::{MOST, NOTABLE, from_share, score};
use super::pattern::{AT_ONCE, Patterns};
use super::rarity::Rarity;
use super::ruler::Ruler;
use super::{NUMBER_METHODS, wording};

/// Datetimes run on: the next file is later than all of this one. So a datetime is far off only when it is
/// many years away, and not when it is many of the file's own standard deviations away. In microseconds.
const LEAST_DATETIME_SPREAD: f64 = 366.0 * 86_400e6;

/// Distinct numbers up to which a column's rare values are judged by how often they occur.
const FEW_NUMBERS: usize = 64;

/// Values from which on frequencies of single numbers mean something.
const LEAST_VALUES: u64 = 100;

/// Characters of a value that are shown.
const SHOWN_CHARS: usize = 60;

/// Everything that cells of one column are judged by.
#[derive(Debug, Clone)]
pub(super) struct ColumnModel {
    name: String,
    physical: Physical,
    /// Index into the table of number methods, and the fitted ruler.
    rulers: Vec<(usize, Ruler)>,
    /// Distinct numbers with their evidence, rising; empty when they are many.
    steps: Vec<(f64, f32)>,
    rarity: Option<Rarity>,
    patterns: Option<Patterns>,
    null_evidence: f32,
    pub(super) failure_evidence: f32,
    nulls: (u64, u64),
}

impl ColumnModel {
    pub(super) fn fit(column: &ColumnProfile, sample: &SampleColumn, settings: &AnomalySettings) -> Self {
        let rows = column.count();
        let mut model = Self {
            name: column.name().to_owned(),
            physical: column.physical(),
            rulers: Vec::new(),
            steps: Vec::new(),
            rarity: None,
            patterns: None,
            null_evidence: if rows > 0 { from_share(column.nulls() + 1, rows + 1) } else { 0.0 },
            failure_evidence: if rows > 0 { from_share(column.failures() + 1, rows + 1) } else { 0.0 },
            nulls: (column.nulls(), rows),
        };
        if !settings.rarity {
            model.null_evidence = 0.0;
        }
        match (column.physical(), sample) {
            (Physical::Number | Physical::Datetime, _) if column.kind() == Kind::Identifier => {}
            (Physical::Number | Physical::Datetime, SampleColumn::Numbers(values)) => {
                model.fit_numbers(column, values, settings);
            }
            _ if settings.rarity => model.fit_rarity(column, sample),
            _ => {}
        }
        model
    }

    fn fit_numbers(&mut self, column: &ColumnProfile, sample: &[f64], settings: &AnomalySettings) {
        let Some(numbers) = column.numbers() else { return };
        let (Some(mean), Some(std)) = (numbers.mean(), numbers.std()) else { return };
        let mut sorted: Vec<f64> = sample.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let facts = NumberFacts { mean, std, sorted: &sorted };
        for (index, method) in NUMBER_METHODS.iter().enumerate() {
            if !settings.column_methods.iter().any(|id| id == method.id) {
                continue;
            }
            if let Some(mut ruler) = (method.fit)(&facts, settings.z_threshold) {
                if self.physical == Physical::Datetime {
                    ruler.spread = ruler.spread.max(LEAST_DATETIME_SPREAD);
                }
                self.rulers.push((index, ruler));
            }
        }
        if self.physical == Physical::Number && !self.rulers.is_empty() && column.present() >= LEAST_VALUES {
            let counts = column.number_counts().unwrap_or_default();
            self.steps = if counts.len() <= FEW_NUMBERS { steps(&counts, mean) } else { Vec::new() };
        }
    }

    fn fit_rarity(&mut self, column: &ColumnProfile, sample: &SampleColumn) {
        let texts = column.text_counts();
        let counts = match (&texts, column.number_counts()) {
            (Some(texts), _) => texts.iter().map(|&(text, n)| (hash_bytes(text.as_bytes()), n)).collect(),
            (None, Some(numbers)) => numbers.iter().map(|&(x, n)| (hash_f64(x), n)).collect(),
            (None, None) => Vec::new(),
        };
        self.rarity = Rarity::fit(counts, self.null_evidence);
        if let (None, SampleColumn::Text(sample)) = (&self.rarity, sample) {
            let mut counts = vec![0_u64; sample.values.len()];
            for &code in &sample.codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
            self.patterns = Patterns::fit(sample.values.iter().map(AsRef::as_ref).zip(counts));
        }
    }

    /// Whether any cell can count as strange by its value, so that the column is one of those among which the
    /// strangest cell of a row is sought.
    pub(super) fn judges(&self) -> bool {
        !self.rulers.is_empty() || self.rarity.is_some() || self.patterns.is_some()
    }

    /// Evidence against the values of some rows of a chunk; `cells` is as long as `rows` and all zero before.
    pub(super) fn measure(
        &self,
        (chunk, column): (&Chunk, usize),
        rows: Range<usize>,
        hashes: &[u64],
        cells: &mut [f32],
    ) {
        let start = rows.start;
        match chunk.column(column) {
            ColumnValues::Number(array) => {
                let values = array.values().get(rows).unwrap_or_default();
                self.measure_numbers(values.iter().copied(), cells);
                self.mark_nulls(array, start, cells);
            }
            ColumnValues::Datetime(array) => {
                let values = array.values().get(rows).unwrap_or_default();
                self.measure_numbers(values.iter().map(|&micros| micros as f64), cells);
                self.mark_nulls(array, start, cells);
            }
            ColumnValues::Text(array) if self.rarity.is_none() => {
                if let Some(patterns) = &self.patterns {
                    measure_patterns(patterns, array, start, cells);
                }
                self.mark_nulls(array, start, cells);
            }
            ColumnValues::Boolean(array) if self.rarity.is_none() => self.mark_nulls(array, start, cells),
            ColumnValues::Text(_) | ColumnValues::Boolean(_) => {
                if let (Some(rarity), Some(hashes)) = (&self.rarity, hashes.get(rows)) {
                    cells.iter_mut().zip(hashes).for_each(|(cell, &hash)| *cell = rarity.evidence(hash));
                }
            }
        }
    }

    /// The same for sampled cells, where NaN is a null.
    pub(super) fn measure_sample(&self, sample: &SampleColumn, cells: &mut [f32]) {
        match sample {
            SampleColumn::Numbers(values) => {
                let missing = values.iter().map(|x| x.is_nan());
                if let Some(rarity) = &self.rarity {
                    let evidence = values.iter().map(|&x| rarity.evidence(hash_f64(x)));
                    cells.iter_mut().zip(evidence).for_each(|(cell, evidence)| *cell = evidence);
                } else {
                    self.measure_numbers(values.iter().copied(), cells);
                }
                for (cell, _) in cells.iter_mut().zip(missing).filter(|(_, missing)| *missing) {
                    *cell = self.null_evidence;
                }
            }
            SampleColumn::Text(texts) => {
                let known: Vec<f32> = texts.values.iter().map(|text| self.text_evidence(text)).collect();
                for (cell, &code) in cells.iter_mut().zip(&texts.codes) {
                    *cell = known.get(code as usize).copied().unwrap_or(self.null_evidence);
                }
            }
        }
    }

    /// Evidence against a value of a category that a joint method can take for a number: how rare it is.
    pub(super) fn rarity(&self) -> Option<&Rarity> {
        self.rarity.as_ref()
    }

    pub(super) fn text_evidence(&self, text: &str) -> f32 {
        match (&self.rarity, &self.patterns) {
            (Some(rarity), _) => rarity.evidence(hash_bytes(text.as_bytes())),
            (None, Some(patterns)) => patterns.evidence(text),
            (None, None) => 0.0,
        }
    }

    fn measure_numbers(&self, values: impl Iterator<Item = f64> + Clone, cells: &mut [f32]) {
        for (_, ruler) in &self.rulers {
            ruler.measure(values.clone(), cells);
        }
        if !self.steps.is_empty() {
            for (cell, x) in cells.iter_mut().zip(values) {
                if *cell > NOTABLE {
                    *cell = cell.min(self.step(x));
                }
            }
        }
    }

    fn step(&self, x: f64) -> f32 {
        let found = self.steps.binary_search_by(|&(value, _)| value.total_cmp(&(x + 0.0)));
        found.ok().and_then(|index| self.steps.get(index)).map_or(MOST, |&(_, evidence)| evidence)
    }

    fn mark_nulls(&self, array: &dyn Array, start: usize, cells: &mut [f32]) {
        let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else { return };
        for (index, cell) in cells.iter_mut().enumerate() {
            if nulls.is_null(start + index) {
                *cell = self.null_evidence;
            }
        }
    }

    /// What is to blame in one cell; `None` when nothing is notable about it at all.
    pub(super) fn blame(&self, chunk: &Chunk, column: usize, row: usize) -> Option<(f32, CellBlame)> {
        let index = u32::try_from(row).ok()?;
        if chunk.failures_of(column).iter().any(|failure| failure.row == index) {
            return Some(self.blamed(MOST, "parse_failure", (String::new(), self.failure_reason())));
        }
        let shown = |text: &str| wording::shortened(text, SHOWN_CHARS);
        match chunk.column(column) {
            ColumnValues::Number(array) if array.is_valid(row) => self.blame_number(array.value(row)),
            ColumnValues::Datetime(array) if array.is_valid(row) => {
                self.blame_number(array.value(row) as f64)
            }
            ColumnValues::Text(array) if array.is_valid(row) => {
                let text = array.value(row);
                let (method, reason) = match (&self.rarity, &self.patterns) {
                    (Some(rarity), _) => ("rarity", rarity.reason(hash_bytes(text.as_bytes()))),
                    (None, Some(patterns)) => ("pattern", patterns.reason(text)),
                    (None, None) => return None,
                };
                Some(self.blamed(self.text_evidence(text), method, (shown(text), reason)))
            }
            ColumnValues::Boolean(array) if array.is_valid(row) => {
                let (value, rarity) = (array.value(row), self.rarity.as_ref()?);
                let hash = hash_f64(f64::from(u8::from(value)));
                Some(self.blamed(rarity.evidence(hash), "rarity", (value.to_string(), rarity.reason(hash))))
            }
            _ => {
                let (nulls, rows) = (wording::count(self.nulls.0), wording::count(self.nulls.1));
                let reason = format!("no value; {nulls} of {rows} rows have none");
                Some(self.blamed(self.null_evidence, "rarity", (String::new(), reason)))
            }
        }
    }

    fn blame_number(&self, x: f64) -> Option<(f32, CellBlame)> {
        let measured = |ruler: &Ruler| {
            let mut cell = [0.0];
            ruler.measure(std::iter::once(x), &mut cell);
            cell[0]
        };
        let strongest = self.rulers.iter().map(|(method, ruler)| (measured(ruler), method, ruler));
        let (evidence, &method, ruler) =
            strongest.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
        let method = NUMBER_METHODS.get(method)?;
        let step = self.step(x);
        if evidence > NOTABLE && step < evidence {
            let reason = "few rows hold a value as far from the mean".to_owned();
            return Some(self.blamed(step, "rarity", (wording::number(x), reason)));
        }
        let (value, centre) = match self.physical {
            Physical::Datetime => (wording::moment(x as i64), wording::moment(ruler.centre as i64)),
            _ => (wording::number(x), wording::number(ruler.centre)),
        };
        let distance = ruler.distance(x);
        let (side, (unit, home)) = (if distance < 0.0 { "below" } else { "above" }, method.wording);
        let reason = if self.physical == Physical::Datetime {
            let side = if distance < 0.0 { "before" } else { "after" };
            let years = wording::number((x - ruler.centre).abs() / (365.25 * 86_400e6));
            format!("{years} years {side} {home} ({centre})")
        } else if x.is_infinite() {
            format!("infinite; {home} is {centre}")
        } else {
            format!("{} {unit} {side} {home} ({centre})", tenths(distance.abs()))
        };
        Some(self.blamed(evidence, method.id, (value, reason)))
    }

    fn failure_reason(&self) -> String {
        let expected = match self.physical {
            Physical::Number => "a number",
            Physical::Boolean => "a truth value",
            Physical::Datetime => "a date",
            Physical::Text => "text",
        };
        format!("text that does not look like {expected}")
    }

    fn blamed(&self, evidence: f32, method: &str, (value, reason): (String, String)) -> (f32, CellBlame) {
        let score = f64::from(score(f64::from(evidence)));
        (evidence, CellBlame { column: self.name.clone(), value, score, method: method.to_owned(), reason })
    }
}

/// Evidence against the shapes of the texts from row `start` on.
fn measure_patterns(patterns: &Patterns, array: &StringViewArray, start: usize, cells: &mut [f32]) {
    let (groups, rest) = cells.as_chunks_mut::<AT_ONCE>();
    let mut row = start;
    for group in groups {
        *group = patterns.evidence_of_several(std::array::from_fn(|place| array.value(row + place)));
        row += AT_ONCE;
    }
    for (cell, row) in rest.iter_mut().zip(row..) {
        *cell = patterns.evidence(array.value(row));
    }
}

/// Evidence of each distinct number: of being as far from the mean as it is.
fn steps(counts: &[(f64, u64)], mean: f64) -> Vec<(f64, f32)> {
    let total: u64 = counts.iter().map(|&(_, count)| count).sum();
    let as_far = |x: f64| {
        let far = counts.iter().filter(|(other, _)| (other - mean).abs() >= (x - mean).abs());
        far.map(|&(_, count)| count).sum()
    };
    counts.iter().map(|&(x, _)| (x, from_share(as_far(x), total))).collect()
}

/// With one decimal while that says something.
fn tenths(distance: f64) -> String {
    if distance < 1000.0 { format!("{distance:.1}") } else { wording::number(distance.round()) }
}
