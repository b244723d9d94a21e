//! The pass over the current data: profile and scores of rows together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use driftline_detect::contract::ContractState;
use driftline_detect::rows::{RowModel, TopRow, TopRows};
use driftline_ingest::{Decoded, Table};
use driftline_model::{Anomalies, AnomalySettings, RowAnomaly, Settings, SideReport, Timings};
use driftline_profile::{BinPlan, ChunkHashes, ProfileOptions, RowSample, TableProfile};
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::check::Reference;
use crate::contract::{BoundPass, ContractPass, ContractPassWorker, JudgedPass};
use crate::halt::Halt;
use crate::input::described;
use crate::ledger::{Ledger, record_of_row};
use crate::profiling::merged;
use crate::scan::{ScanContext, Scanned, Worker, scan};
use crate::score_sink::{ScoreSink, Scores};
use crate::spread::{Gathered, Pass, Spread};

/// The current data, read and scored.
pub(crate) struct ScoredTable {
    pub(crate) side: SideReport,
    pub(crate) profile: TableProfile,
    pub(crate) sample: RowSample,
    pub(crate) anomalies: Anomalies,
    /// What came of the contract, where there is one.
    pub(crate) contract: Option<JudgedPass>,
    /// What this pass took.
    pub(crate) timings: Timings,
}

/// Reads the current data once: summarises them in the bins of the reference, and scores each row by its
/// cells against the reference.
pub(crate) fn read_and_score(
    (table, name): (&Table, &str),
    reference: &Reference,
    (settings, plan, contract): (&Settings, Arc<BinPlan>, Option<&ContractPass<'_>>),
    context: &ScanContext<'_>,
) -> Result<ScoredTable, EngineError> {
    if let Some(spread) = &context.spread {
        return score_elsewhere((table, name), (reference, settings, contract), (spread, context));
    }
    let schema = table.schema();
    let bound = contract.map(|contract| contract.bind(schema));
    let model = RowModel::fit(&reference.side(), schema, &settings.anomalies);
    let options = ProfileOptions::for_columns(schema.len());
    let shared_bound = Arc::new(AtomicU64::new(u64::MAX));
    let empty = || {
        let mut profile = TableProfile::new(schema.clone(), options, Some(Arc::clone(&plan)));
        profile.share_threshold(Arc::clone(&shared_bound));
        profile
    };
    let scanned = scan(table, context, || {
        let rows = RowKeeper::new(&model, &settings.anomalies);
        CheckWorker::new(empty(), rows, bound.as_ref().map(ContractPassWorker::new))
    })?;
    let Scanned { workers, ledger, secs, slowest_chunk_secs, broken_off } = scanned;
    let (mut profiles, mut keepers, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (profile, rows, state) in workers.into_iter().map(CheckWorker::into_parts) {
        profiles.push(profile);
        keepers.push(rows.into_kept());
        kept.extend(state);
    }
    let profile = merged(profiles.into_iter(), name, empty)?;
    let sample = profile.sample();
    let names = source_names(table);
    let side = described((name, table, (&ledger, &broken_off)), (&profile, &sample));
    let answers = contract.map(|contract| contract.ask(table, context)).transpose()?.unwrap_or_default();
    let judged =
        |bound: &BoundPass<'_>| bound.judge((kept, &answers), (&profile, &sample), (&ledger, &names));
    let contract = bound.as_ref().map(judged);
    let anomalies = against_reference(keepers, &ledger, &names, &settings.anomalies);
    let timings =
        Timings { current_secs: secs, chunks: ledger.chunks(), slowest_chunk_secs, ..Timings::default() };
    Ok(ScoredTable { side, profile, sample, anomalies, contract, timings })
}

/// The same by others.
fn score_elsewhere(
    (table, name): (&Table, &str),
    (reference, settings, contract): (&Reference, &Settings, Option<&ContractPass<'_>>),
    (spread, context): (&Spread<'_>, &ScanContext<'_>),
) -> Result<ScoredTable, EngineError> {
    let mut read = spread.read(
        table,
        Pass { settings, reference: Some(reference), contract, sample_below: u64::MAX },
        context,
    )?;
    let names = source_names(table);
    let bound = contract.map(|contract| contract.bind(table.schema()));
    let carried = read.gathered.rest.contract.take();
    let state = match (&bound, carried) {
        (Some(bound), Some(carried)) => Some(bound.arrived(carried)),
        _ => None,
    };
    if let Some(bound) = &bound {
        read.show_unseen(bound, context)?;
    }
    let broken_off = read.broken_off();
    let Gathered { profile, rest } = read.gathered;
    let sample = profile.sample();
    let side = described((name, table, (&rest.ledger, &broken_off)), (&profile, &sample));
    let answers = contract.map(ContractPass::unasked).unwrap_or_default();
    let kept: Vec<_> = state.into_iter().collect();
    let judge =
        |bound: BoundPass<'_>| bound.judge((kept, &answers), (&profile, &sample), (&rest.ledger, &names));
    let contract = bound.map(judge);
    let rows: Vec<KeptRows> = rest.rows.into_iter().collect();
    let anomalies = against_reference(rows, &rest.ledger, &names, &settings.anomalies);
    let timings = Timings {
        current_secs: read.secs,
        chunks: rest.ledger.chunks(),
        slowest_chunk_secs: rest.slowest_chunk_secs,
        ..Timings::default()
    };
    Ok(ScoredTable { side, profile, sample, anomalies, contract, timings })
}

/// What the strangest rows say when a reference has judged them.
fn against_reference(
    rows: Vec<KeptRows>,
    ledger: &Ledger,
    names: &[String],
    settings: &AnomalySettings,
) -> Anomalies {
    let anomalies = strangest(rows, ledger, names, settings);
    Anomalies { methods: cell_methods(settings), judged_against: "reference".to_owned(), ..anomalies }
}

/// Ids of the methods that judge single cells.
pub(crate) fn cell_methods(settings: &AnomalySettings) -> Vec<String> {
    let mut methods = settings.column_methods.clone();
    if settings.rarity {
        methods.push("rarity".to_owned());
    }
    methods
}

pub(crate) fn source_names(table: &Table) -> Vec<String> {
    table.sources().iter().map(|source| source.name().to_owned()).collect()
}

/// Summarises chunks, scores their rows and judges them by a contract.
pub(crate) struct CheckWorker<'a> {
    profile: TableProfile,
    rows: RowKeeper<'a>,
    contract: Option<ContractPassWorker<'a>>,
}

impl<'a> CheckWorker<'a> {
    pub(crate) fn new(
        profile: TableProfile,
        rows: RowKeeper<'a>,
        contract: Option<ContractPassWorker<'a>>,
    ) -> Self {
        Self { profile, rows, contract }
    }

    /// What it knows in the end.
    pub(crate) fn into_parts(self) -> (TableProfile, RowKeeper<'a>, Option<ContractState>) {
        (self.profile, self.rows, self.contract.map(ContractPassWorker::into_state))
    }
}

impl Worker for CheckWorker<'_> {
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, _: &Halt<'_>) -> Result<(), EngineError> {
        self.rows.hashes.fill(&decoded.chunk);
        self.profile.update(&decoded.chunk, &self.rows.hashes);
        self.rows.model.score(&decoded.chunk, &self.rows.hashes, &mut self.rows.scores);
        self.rows.keep(ordinal, decoded);
        if let Some(contract) = &mut self.contract {
            contract.update(ordinal, decoded, &self.rows.hashes);
        }
        Ok(())
    }

    fn so_far(&self) -> Option<&TableProfile> {
        Some(&self.profile)
    }
}

/// Scores rows by the joint method too, and hands all scores on.
pub(crate) struct ScoreWorker<'a, 'out> {
    pub(crate) rows: RowKeeper<'a>,
    pub(crate) sink: Option<&'a ScoreSink<'out>>,
}

impl Worker for ScoreWorker<'_, '_> {
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, halt: &Halt<'_>) -> Result<(), EngineError> {
        self.rows.hashes.fill(&decoded.chunk);
        self.rows.model.score_with_joint(&decoded.chunk, &self.rows.hashes, &mut self.rows.scores);
        self.rows.keep(ordinal, decoded);
        let Some(sink) = self.sink else { return Ok(()) };
        let scores = Scores {
            scores: self.rows.scores.clone(),
            rejected: rejected_records(decoded),
            records: decoded.rows_seen,
        };
        sink.put(ordinal, scores, halt)
    }
}

/// Scores the rows that one worker sees, and keeps the strangest.
pub(crate) struct RowKeeper<'a> {
    model: &'a RowModel,
    hashes: ChunkHashes,
    scores: Vec<f32>,
    kept: KeptRows,
}

/// The strangest rows that were seen, with what is needed to number them later.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptRows {
    top: TopRows,
    /// For chunks of which a row may have been kept, by source and number in it: ordinal and rejected records.
    chunks: BTreeMap<(u32, u64), (u64, Vec<u64>)>,
}

impl KeptRows {
    pub(crate) fn new(settings: &AnomalySettings) -> Self {
        Self { top: TopRows::new(settings.top as usize, settings.threshold), chunks: BTreeMap::new() }
    }

    /// Rows that were scored, and how many of them are flagged.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.top.rows_scored(), self.top.rows_flagged())
    }

    /// Takes in what was kept of other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        self.top.merge(other.top);
        self.chunks.extend(other.chunks);
    }

    /// The same without what is not needed any more.
    pub(crate) fn pruned(mut self) -> Self {
        let mut needed = std::mem::take(&mut self.chunks);
        let keys = self.top.rows().map(|row| (row.source, row.sequence));
        self.chunks = keys.filter_map(|key| needed.remove_entry(&key)).collect();
        self
    }
}

impl<'a> RowKeeper<'a> {
    pub(crate) fn new(model: &'a RowModel, settings: &AnomalySettings) -> Self {
        Self { model, hashes: ChunkHashes::new(), scores: Vec::new(), kept: KeptRows::new(settings) }
    }

    pub(crate) fn into_kept(self) -> KeptRows {
        self.kept
    }

    /// Offers the rows of a chunk that was just scored.
    fn keep(&mut self, ordinal: u64, decoded: &Decoded) {
        let bar = self.kept.top.threshold();
        if self.scores.iter().any(|&score| score >= bar) {
            let key = (decoded.chunk.source(), decoded.chunk.sequence());
            self.kept.chunks.insert(key, (ordinal, rejected_records(decoded)));
        }
        self.kept.top.offer(self.model, &decoded.chunk, &self.scores);
    }
}

pub(crate) fn rejected_records(decoded: &Decoded) -> Vec<u64> {
    decoded.rejected.iter().map(|row| row.row_in_chunk).collect()
}

/// The strangest rows of all workers, with their numbers.
pub(crate) fn strangest(
    kept: Vec<KeptRows>,
    ledger: &Ledger,
    names: &[String],
    settings: &AnomalySettings,
) -> Anomalies {
    let mut all = KeptRows::new(settings);
    kept.into_iter().for_each(|rows| all.merge(rows));
    let KeptRows { top: all, chunks } = all;
    let mut anomalies = Anomalies {
        rows_scored: all.rows_scored(),
        rows_flagged: all.rows_flagged(),
        threshold: settings.threshold,
        ..Anomalies::default()
    };
    let rows: Vec<TopRow> = all.into_rows();
    let records: Vec<(u64, u64)> = rows
        .iter()
        .map(|row| match chunks.get(&(row.source, row.sequence)) {
            Some((ordinal, rejected)) => (*ordinal, record_of_row(row.row_in_chunk as usize, rejected)),
            None => (0, u64::from(row.row_in_chunk)),
        })
        .collect();
    anomalies.top = rows
        .into_iter()
        .zip(ledger.places(&records))
        .map(|(row, place)| RowAnomaly {
            source: names.get(place.source).cloned().unwrap_or_default(),
            row: place.row,
            byte_offset: row.offset,
            score: f64::from(row.score),
            cells: row.cells,
        })
        .collect();
    anomalies
}
