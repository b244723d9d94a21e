//! One comparison, from sources to the report.

use std::sync::Arc;
use std::time::Instant;

use driftline_chunk::{Physical, Schema};
use driftline_detect::cells::CellOptions;
use driftline_ingest::Table;
use driftline_model::{
    Anomalies, ColumnReport, Personal, Report, RunSettings, SCHEMA_VERSION, Settings, SideReport,
    SuspectedCells, Timings,
};
use driftline_profile::{BinPlan, NumberBins, RowSample, Side, TableProfile};
use rayon::prelude::*;

use crate::cells::{CellSearch, search_table};
use crate::contract::{ContractInput, ContractPass, JudgedPass};
use crate::deciding::decide;
use crate::event::{Event, Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::headline::{headline, verdict, with_contract};
use crate::input::{Input, load_profile, open_input};
use crate::memory::{peak_bytes, resident_bytes};
use crate::pacing::Pacing;
use crate::partial::Partials;
use crate::privacy::Veil;
use crate::profiling::{read_table, seen};
use crate::reading::of_reading;
use crate::scan::{ScanContext, past_damage, threads};
use crate::scoring::{ScoredTable, read_and_score};
use crate::spread::{Spread, Workers};
use crate::{CancelToken, EngineError, KeptProfiles, ProfileFile};

/// What to compare with what, and how.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The data to judge.
    pub current: Input,
    /// What to compare with.
    pub reference: Input,
    /// What decides the result.
    pub settings: Settings,
    /// How the run is run, without influence on the result.
    pub run: RunSettings,
}

/// Reads both sides, decides and explains.
///
/// The reference comes first, so that its bins and its idea of a usual row travel with the only pass over the
/// current data. The report is the same, timings and memory aside, for any number of threads and any chunks.
///
/// # Errors
/// When a side cannot be read, or the run is cancelled.
pub fn check(
    request: &CheckRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<Report, EngineError> {
    check_with_contract(request, None, observer, cancel)
}

/// The same, and whether the current data keep a contract: in the same pass over them.
///
/// # Errors
/// When a side cannot be read, or the run is cancelled.
pub fn check_with_contract(
    request: &CheckRequest,
    contract: Option<&ContractInput>,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<Report, EngineError> {
    check_and_keep(request, contract, observer, cancel).map(|(report, _)| report)
}

/// The same, and which cells of the current data are probably wrong: in two more passes over them. They change no
/// verdict.
///
/// # Errors
/// When a side cannot be read, the current data are a profile, a column or a method is asked for that is not there,
/// or the run is cancelled.
pub fn check_with_cells(
    request: &CheckRequest,
    (contract, cells): (Option<&ContractInput>, &CellOptions),
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<Report, EngineError> {
    let wanted = Wanted { contract, cells: Some(cells), workers: None };
    check_paced((request, wanted), (observer, Pacing::default()), cancel).map(|(report, _)| report)
}

/// The same, with what it takes to say later what other settings would have said ([`crate::preview`]).
///
/// # Errors
/// When a side cannot be read, or the run is cancelled.
pub fn check_and_keep(
    request: &CheckRequest,
    contract: Option<&ContractInput>,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<(Report, KeptProfiles), EngineError> {
    let wanted = Wanted { contract, cells: None, workers: None };
    check_paced((request, wanted), (observer, Pacing::default()), cancel)
}

/// The same as [`check_and_keep`] where others read the data. The report is the same, timings and memory aside.
///
/// # Errors
/// When a side cannot be read, is nothing that can be read in parts, nobody reads it, or the run is cancelled.
pub fn check_spread(
    request: &CheckRequest,
    (contract, workers): (Option<&ContractInput>, &dyn Workers),
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<(Report, KeptProfiles), EngineError> {
    let wanted = Wanted { contract, cells: None, workers: Some(workers) };
    check_paced((request, wanted), (observer, Pacing::default()), cancel)
}

/// What is looked at beside drift, and by whom.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// Rules that the current data must keep.
    pub(crate) contract: Option<&'a ContractInput>,
    /// Wrong cells of the current data.
    pub(crate) cells: Option<&'a CellOptions>,
    /// Who reads the data, where it is not this process.
    pub(crate) workers: Option<&'a dyn Workers>,
}

/// The same with partial verdicts as often as `pacing` says.
pub(crate) fn check_paced(
    request: (&CheckRequest, Wanted<'_>),
    observer: (&dyn Observer, Pacing),
    cancel: &CancelToken,
) -> Result<(Report, KeptProfiles), EngineError> {
    guarded("comparing", &request.0.run, || run(request, observer, cancel))
}

fn run(
    (request, wanted): (&CheckRequest, Wanted<'_>),
    (observer, pacing): (&dyn Observer, Pacing),
    cancel: &CancelToken,
) -> Result<(Report, KeptProfiles), EngineError> {
    let contract = wanted.contract.map(ContractPass::new);
    let began = Instant::now();
    if let (Input::Profile { name, .. }, Some(_)) = (&request.current, wanted.cells) {
        return Err(EngineError::NoRows { name: name.clone() });
    }
    let halt = Halt::new(cancel);
    let spread = wanted.workers.map(|workers| Spread { workers, settings: &request.settings });
    let context = |phase| ScanContext { spread, ..ScanContext::new(&request.run, observer, (&halt, phase)) };
    let reference = read_reference(&request.reference, &request.settings, &context(Phase::Reference))?;
    let (current, table) =
        read_current((request, contract.as_ref()), &reference, (&context(Phase::Current), pacing))?;
    observer.event(&Event::Phase(Phase::Deciding));
    let deciding = Instant::now();
    let judged = Side { profile: &current.profile, sample: &current.sample };
    let sides = ((reference.side(), &reference.side), (judged, &current.side));
    let mut report = assemble(&request.settings, sides.0, sides.1, (current.anomalies, current.contract));
    report.timings = current.timings;
    report.timings.detect_secs = deciding.elapsed().as_secs_f64();
    if let Some(options) = wanted.cells {
        let name = request.current.name();
        let table = table.ok_or_else(|| EngineError::NoRows { name: name.clone() })?;
        report.cells = Some(suspected((&table, &name), &report, options, &context(Phase::Cells))?);
    }
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    report.timings.reference_secs = reference.secs;
    report.timings.total_secs = began.elapsed().as_secs_f64();
    report.timings.chunks += reference.chunks;
    report.timings.slowest_chunk_secs = report.timings.slowest_chunk_secs.max(reference.slowest_chunk_secs);
    report.timings.threads = u32::try_from(threads(&request.run)).unwrap_or(u32::MAX);
    report.memory_peak_bytes = peak_bytes().or_else(resident_bytes).unwrap_or(0);
    Ok((report, KeptProfiles { reference: reference.profile, current: current.profile }))
}

/// Cells of the current data that are probably wrong. What the report takes for personal is masked here, too.
fn suspected(
    table: (&Table, &str),
    report: &Report,
    options: &CellOptions,
    context: &ScanContext<'_>,
) -> Result<SuspectedCells, EngineError> {
    let of = |column: &ColumnReport| Some((column.name.clone(), column.personal.clone()?));
    let known: Vec<(String, Personal)> = report.columns.iter().filter_map(of).collect();
    let search = CellSearch { options, privacy: &report.settings.privacy, known: &known };
    search_table(table, &search, context).map(SuspectedCells::from)
}

/// The reference, read.
pub(crate) struct Reference {
    pub(crate) side: SideReport,
    pub(crate) profile: TableProfile,
    pub(crate) sample: RowSample,
    secs: f64,
    chunks: u64,
    slowest_chunk_secs: f64,
}

impl Reference {
    /// A saved profile, which took some time to load.
    pub(crate) fn of_file(file: ProfileFile, secs: f64) -> Self {
        let (side, profile) = file.into_parts();
        let sample = profile.sample();
        Self { side, profile, sample, secs, chunks: 0, slowest_chunk_secs: 0.0 }
    }

    /// Time that reading it took, in seconds.
    pub(crate) fn secs(&self) -> f64 {
        self.secs
    }

    /// What detection takes.
    pub(crate) fn side(&self) -> Side<'_> {
        Side { profile: &self.profile, sample: &self.sample }
    }

    /// How its columns are held, by name.
    pub(crate) fn held(&self) -> Vec<(String, Physical)> {
        self.profile.schema().fields().iter().map(|field| (field.name.clone(), field.physical)).collect()
    }

    /// Its bins for the columns of another table, where they are held alike.
    pub(crate) fn bin_plan(&self, schema: &Schema, bins: u32) -> Arc<BinPlan> {
        let columns = schema
            .fields()
            .par_iter()
            .map(|field| {
                let index = self.profile.index_of(&field.name)?;
                let column = self.profile.columns().get(index)?;
                let cells = self.sample.columns.get(index)?;
                (column.physical() == field.physical)
                    .then(|| NumberBins::from_reference(column, cells, bins as usize))?
            })
            .collect();
        Arc::new(BinPlan::new(columns))
    }
}

/// Reads the reference, or loads its profile.
pub(crate) fn read_reference(
    input: &Input,
    settings: &Settings,
    context: &ScanContext<'_>,
) -> Result<Reference, EngineError> {
    match input {
        Input::Profile { path, name } => {
            let began = Instant::now();
            let file = load_profile(path, name)?;
            let reference = Reference::of_file(file, 0.0);
            Ok(Reference { secs: began.elapsed().as_secs_f64(), ..reference })
        }
        input => {
            let table = open_input(input, (&settings.csv, context.run), Vec::new())?;
            let read = read_table(&table, &input.name(), context)?;
            Ok(Reference {
                side: read.side,
                profile: read.profile,
                sample: read.sample,
                secs: read.secs,
                chunks: read.chunks,
                slowest_chunk_secs: read.slowest_chunk_secs,
            })
        }
    }
}

/// Reads and scores the current data, or loads their profile, which has no rows to score. With the table, if it is one.
fn read_current(
    (request, contract): (&CheckRequest, Option<&ContractPass<'_>>),
    reference: &Reference,
    (context, pacing): (&ScanContext<'_>, Pacing),
) -> Result<(ScoredTable, Option<Table>), EngineError> {
    match &request.current {
        Input::Profile { path, name } => {
            let began = Instant::now();
            let (side, profile) = load_profile(path, name)?.into_parts();
            let sample = profile.sample();
            let judged = contract.map(|contract| contract.judge_profile(&side, (&profile, &sample)));
            let scored = ScoredTable {
                side,
                profile,
                sample,
                contract: judged,
                anomalies: Anomalies::default(),
                timings: Timings { current_secs: began.elapsed().as_secs_f64(), ..Timings::default() },
            };
            Ok((scored, None))
        }
        input => {
            let name = input.name();
            let table = open_input(input, (&request.settings.csv, &request.run), reference.held())?;
            let read = |table: &Table| {
                let plan = reference.bin_plan(table.schema(), request.settings.drift.bins);
                let pacing = (threads(&request.run), pacing);
                let partials = match context.spread {
                    None => Partials::new(context.observer, reference, &request.settings, pacing),
                    Some(_) => None,
                };
                let context = ScanContext { partials: partials.as_ref(), ..*context };
                read_and_score((table, &name), reference, (&request.settings, plan, contract), &context)
            };
            let read = |table: &Table| past_damage(table, context, read);
            let scored = read(&table)?;
            let scored = match table.corrected(&seen(&scored.profile)) {
                None => scored,
                Some(schema) => read(&table.reopen(&schema)?)?,
            };
            Ok((scored, Some(table)))
        }
    }
}

/// Decides, explains and puts the report together, without what the run took.
pub(crate) fn assemble(
    settings: &Settings,
    (reference, of_reference): (Side<'_>, &SideReport),
    (current, of_current): (Side<'_>, &SideReport),
    (anomalies, judged): (Anomalies, Option<JudgedPass>),
) -> Report {
    let decided = decide(&[reference, current], settings);
    let mut findings = decided.findings;
    findings.extend(of_reading(of_reference, "reference"));
    findings.extend(of_reading(of_current, "current data"));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let violations = judged.as_ref().map_or(&[][..], JudgedPass::violations);
    let told = headline(&decided.columns, &findings, &decided.insights);
    let mut report = Report {
        schema_version: SCHEMA_VERSION,
        verdict: verdict(&decided.columns, findings.iter().chain(violations)),
        severity: findings
            .iter()
            .chain(violations)
            .map(|finding| finding.severity)
            .chain(decided.columns.iter().map(|column| column.severity))
            .max()
            .unwrap_or_default(),
        headline: with_contract(told, &decided.columns, &findings, judged.as_ref()),
        reference: of_reference.clone(),
        current: of_current.clone(),
        columns: decided.columns,
        anomalies,
        cells: None,
        violations: violations.to_vec(),
        contract: judged.map(JudgedPass::into_outcome),
        findings,
        insights: decided.insights,
        settings: settings.clone(),
        timings: Timings::default(),
        memory_peak_bytes: 0,
    };
    Veil::of(&[reference, current], &settings.privacy).report(&mut report);
    report
}
