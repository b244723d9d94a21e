//! The second pass: cells are looked up, and those that are suspected are counted and the first of them kept.

use std::collections::BTreeMap;

use driftline_chunk::Chunk;
use driftline_model::{CellDependency, CellPlace, CellSuspect, SuspectColumn};
use driftline_profile::ChunkHashes;
use driftline_stats::hash::hash_bytes;

use super::CellOptions;
use super::dependency::{Dependency, Partner};
use super::model::{CellModel, cell_text, is_missing, is_text};
use super::suspicion::{Suspicion, shown};
use crate::contract::ChunkPlace;
use crate::contract::breaks::{Example, Firsts};
use crate::wording::{percent, thousands};

/// Different suspects that are kept in all: those with the smallest hash, so that it does not matter who saw them.
const MOST_SUSPECTS: usize = 20_000;
/// Characters of a value that are kept.
const VALUE_CHARS: usize = 120;
/// Multiplier that makes a key of several hashes depend on their order.
const KEY: u64 = 0x9e37_79b9_7f4a_7c15;

/// A dependency that a row breaks, and the partner that it does not have.
type Broken<'a> = (&'a Dependency, &'a Partner);

/// What one worker has seen.
#[derive(Debug, Default)]
pub struct CellState {
    suspects: BTreeMap<u64, Kept>,
    /// Suspected cells of each column, also of suspects that are not kept.
    cells: Vec<u64>,
}

/// Cells of a column with the same value, suspected for the same reason.
#[derive(Debug)]
struct Kept {
    column: usize,
    value: String,
    suspicion: Suspicion,
    rows: u64,
    firsts: Firsts,
}

/// What the second pass found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundCells {
    /// Suspected cells in all.
    pub cells: u64,
    /// How many in each column that has any, most first.
    pub columns: Vec<SuspectColumn>,
    /// The suspects, surest first.
    pub suspects: Vec<CellSuspect>,
    /// Columns that decide others.
    pub dependencies: Vec<CellDependency>,
}

/// Where records lie, given as ordinal of the chunk and index in it: name of the source and number of the row.
pub type LocateCells<'a> = dyn Fn(&[(u64, u64)]) -> Vec<(String, u64)> + 'a;

impl CellModel {
    /// A worker that has seen nothing.
    #[must_use]
    pub fn state(&self) -> CellState {
        CellState { suspects: BTreeMap::new(), cells: vec![0; self.names.len()] }
    }

    /// Judges the cells of a chunk. `hashes` must have been filled from it.
    pub fn update(
        &self,
        state: &mut CellState,
        (chunk, hashes): (&Chunk, &ChunkHashes),
        place: ChunkPlace<'_>,
        options: &CellOptions,
    ) {
        let mut judged: Vec<(usize, usize)> = Vec::new();
        for column in
            (0..self.names.len()).filter(|column| self.is_judged(*column) && is_text(chunk, *column))
        {
            let open = self.is_open(column);
            for (row, &hash) in
                hashes.column(column).iter().enumerate().filter(|(_, hash)| !is_missing(**hash))
            {
                if !open && self.columns.get(column).is_none_or(|suspects| suspects.get(hash).is_none()) {
                    continue;
                }
                let suspicion = self.judge(column, hash, || cell_text(chunk, column, row));
                let Some(suspicion) = suspicion.filter(|found| found.confidence >= options.min_confidence)
                else {
                    continue;
                };
                judged.push((row, column));
                let key = hash.wrapping_mul(KEY).wrapping_add(column as u64);
                state.add((key, column, suspicion), (chunk, row), place);
            }
        }
        judged.sort_unstable();
        for (row, broken) in self.broken(hashes) {
            self.blame(state, (row, &broken, &judged), (chunk, hashes, place), options);
        }
    }

    /// The dependencies that rows break, by row.
    fn broken(&self, hashes: &ChunkHashes) -> BTreeMap<usize, Vec<Broken<'_>>> {
        let mut broken: BTreeMap<usize, Vec<Broken<'_>>> = BTreeMap::new();
        for dependency in self.dependencies.iter().filter(|dependency| !dependency.partners.is_empty()) {
            let (a, b) = (hashes.column(dependency.determinant), hashes.column(dependency.dependent));
            let mut last: Option<(u64, Option<&Partner>)> = None;
            for (row, (from, to)) in a.iter().zip(b).enumerate() {
                if is_missing(*from) || is_missing(*to) {
                    continue;
                }
                let partner = match last {
                    Some((known, partner)) if known == *from => partner,
                    _ => dependency.partners.get(from),
                };
                last = Some((*from, partner));
                if let Some(partner) = partner.filter(|partner| partner.hash != *to) {
                    broken.entry(row).or_default().push((dependency, partner));
                }
            }
        }
        broken
    }

    /// Blames cells of a row for the dependencies it breaks: the column first that most of them have to do with.
    fn blame(
        &self,
        state: &mut CellState,
        (row, broken, judged): (usize, &[Broken<'_>], &[(usize, usize)]),
        (chunk, hashes, place): (&Chunk, &ChunkHashes, ChunkPlace<'_>),
        options: &CellOptions,
    ) {
        let is_judged = |column: usize| judged.binary_search(&(row, column)).is_ok();
        let mut left: Vec<Broken<'_>> = broken
            .iter()
            .copied()
            .filter(|(dependency, _)| !is_judged(dependency.determinant) && !is_judged(dependency.dependent))
            .collect();
        while let Some((dependency, _)) = left.first().copied() {
            let votes = |column: usize| {
                let part =
                    |(other, _): &&Broken<'_>| other.determinant == column || other.dependent == column;
                left.iter().filter(part).count()
            };
            let columns = left.iter().flat_map(|(d, _)| [d.dependent, d.determinant]);
            let most = columns.clone().map(votes).max().unwrap_or_default();
            let decided = |column: usize| left.iter().any(|(d, _)| d.dependent == column);
            let tied: Vec<usize> = columns.filter(|column| votes(*column) == most).collect();
            let culprit =
                tied.iter().copied().find(|column| decided(*column)).unwrap_or(dependency.dependent);
            let rivals = tied.iter().filter(|column| **column != culprit && decided(**column)).count();
            if self.names.get(culprit).is_some_and(|name| options.wants_column(name)) {
                let accused = self.accuse((culprit, rivals > 0, &left), (row, chunk, hashes));
                if let Some((key, suspicion)) =
                    accused.filter(|(_, found)| found.confidence >= options.min_confidence)
                {
                    state.add((key, culprit, suspicion), (chunk, row), place);
                }
            }
            left.retain(|(d, _)| d.determinant != culprit && d.dependent != culprit);
        }
    }

    fn accuse(
        &self,
        (culprit, is_tied, broken): (usize, bool, &[Broken<'_>]),
        (row, chunk, hashes): (usize, &Chunk, &ChunkHashes),
    ) -> Option<(u64, Suspicion)> {
        let own = broken.iter().filter(|(d, _)| d.dependent == culprit);
        let best = own.max_by(|a, b| (a.1.share * a.0.holds).total_cmp(&(b.1.share * b.0.holds)));
        let (dependency, partner) = best?;
        let name = |column: usize| self.names.get(column).map_or("", String::as_str);
        let given = cell_text(chunk, dependency.determinant, row).unwrap_or_default();
        let reason = format!(
            "where {} is {}, it is {} in {} of {} rows",
            shown(name(dependency.determinant)),
            shown(&given),
            shown(&partner.text),
            percent(partner.share),
            thousands(partner.rows)
        );
        let sure =
            partner.share * (1.0 - 5.0 * (1.0 - dependency.holds)).max(0.5) * if is_tied { 0.7 } else { 1.0 };
        let suspicion = Suspicion {
            method: "dependency",
            reason,
            suggestion: Some(partner.text.to_string()),
            confidence: sure,
        };
        let hash = |column: usize| hashes.column(column).get(row).copied().unwrap_or_default();
        let key = [hash(dependency.determinant), dependency.determinant as u64, culprit as u64, 1]
            .into_iter()
            .fold(hash(culprit), |key, part| key.wrapping_mul(KEY).wrapping_add(part));
        Some((key, suspicion))
    }
}

impl CellState {
    fn add(
        &mut self,
        (key, column, suspicion): (u64, usize, Suspicion),
        (chunk, row): (&Chunk, usize),
        place: ChunkPlace<'_>,
    ) {
        if let Some(cells) = self.cells.get_mut(column) {
            *cells += 1;
        }
        // Mixed once more, so that which ones are kept has nothing to do with what they say.
        let key = hash_bytes(&key.to_le_bytes());
        let is_full = self.suspects.len() >= MOST_SUSPECTS;
        if is_full && self.suspects.last_key_value().is_some_and(|(last, _)| key > *last) {
            return;
        }
        let kept = self.suspects.entry(key).or_insert_with(|| {
            let value = cell_text(chunk, column, row).unwrap_or_default();
            Kept {
                column,
                value: value.chars().take(VALUE_CHARS).collect(),
                suspicion,
                rows: 0,
                firsts: Firsts::default(),
            }
        });
        kept.rows += 1;
        let at = place.of(row);
        if kept.firsts.wants(at) {
            let byte_offset = chunk.offsets().get(row).copied();
            kept.firsts.offer(Example { place: at, byte_offset, value: String::new() });
        }
        if self.suspects.len() > MOST_SUSPECTS {
            self.suspects.pop_last();
        }
    }

    /// Takes in what another worker has seen.
    pub fn merge(&mut self, other: Self) {
        self.cells.resize(self.cells.len().max(other.cells.len()), 0);
        for (mine, theirs) in self.cells.iter_mut().zip(other.cells) {
            *mine += theirs;
        }
        for (key, theirs) in other.suspects {
            match self.suspects.entry(key) {
                std::collections::btree_map::Entry::Occupied(mut mine) => {
                    mine.get_mut().rows += theirs.rows;
                    mine.get_mut().firsts.merge(theirs.firsts);
                }
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(theirs);
                }
            }
        }
        while self.suspects.len() > MOST_SUSPECTS {
            self.suspects.pop_last();
        }
    }

    /// What all workers together found.
    #[must_use]
    pub fn finish(self, model: &CellModel, options: &CellOptions, locate: &LocateCells<'_>) -> FoundCells {
        let name = |column: usize| model.names.get(column).cloned().unwrap_or_default();
        let mut kept: Vec<Kept> = self.suspects.into_values().collect();
        kept.sort_by(|a, b| {
            let surest = b.suspicion.confidence.total_cmp(&a.suspicion.confidence);
            let first = |kept: &Kept| kept.firsts.first();
            surest.then_with(|| first(a).cmp(&first(b))).then_with(|| a.column.cmp(&b.column))
        });
        let mut columns: BTreeMap<usize, SuspectColumn> = BTreeMap::new();
        let mut suspects = Vec::new();
        for kept in kept {
            let column = columns.entry(kept.column).or_insert_with(|| SuspectColumn {
                column: name(kept.column),
                cells: self.cells.get(kept.column).copied().unwrap_or_default(),
                listed: 0,
                left_out: 0,
            });
            if column.listed >= options.per_column {
                column.left_out += 1;
                continue;
            }
            column.listed += 1;
            suspects.push(told(kept, &name, locate));
        }
        let mut columns: Vec<SuspectColumn> = columns.into_values().collect();
        columns.sort_by_key(|column| std::cmp::Reverse(column.cells));
        let dependencies = model.dependencies.iter().map(|dependency| CellDependency {
            determinant: name(dependency.determinant),
            dependent: name(dependency.dependent),
            holds_ratio: dependency.holds,
            rows: dependency.rows,
        });
        let cells = columns.iter().map(|column| column.cells).sum();
        FoundCells { cells, columns, suspects, dependencies: dependencies.collect() }
    }
}

fn told(kept: Kept, name: &dyn Fn(usize) -> String, locate: &LocateCells<'_>) -> CellSuspect {
    let firsts = kept.firsts.into_vec();
    let records: Vec<(u64, u64)> =
        firsts.iter().map(|first| (first.place.ordinal, first.place.record)).collect();
    let places = locate(&records).into_iter().zip(&firsts).map(|((source, row), first)| CellPlace {
        source,
        row,
        byte_offset: first.byte_offset.unwrap_or_default(),
    });
    CellSuspect {
        column: name(kept.column),
        method: kept.suspicion.method.to_owned(),
        value: kept.value,
        rows: kept.rows,
        places: places.collect(),
        reason: kept.suspicion.reason,
        suggestion: kept.suspicion.suggestion,
        confidence: (kept.suspicion.confidence * 100.0).round() / 100.0,
    }
}
