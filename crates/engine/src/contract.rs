//! Whether a table keeps a contract: as a part of a check, or by itself.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use driftline_chunk::Schema;
use driftline_detect::contract::sql::Answers;
use driftline_detect::contract::{
    BoundContract, CarriedContract, ChunkPlace, ContractPlan, ContractState, ContractTextError,
    JudgedContract, TableFacts, contract_headline,
};
use driftline_ingest::{Decoded, Table};
use driftline_model::{
    Contract, ContractOutcome, ContractReport, ContractRule, Finding, Report, RunSettings, SCHEMA_VERSION,
    Settings, Severity, SideReport, Timings, Verdict,
};
use driftline_profile::{ChunkHashes, ProfileOptions, RowSample, TableProfile};

use crate::contract_sql::{Ours, answers, checked};
use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, described, load_profile, open_input};
use crate::ledger::Ledger;
use crate::privacy::Veil;
use crate::profiling::{merged, seen};
use crate::reading::incomplete;
use crate::scan::{ScanContext, Scanned, Worker, past_damage, scan, threads};
use crate::scoring::{rejected_records, source_names};
use crate::{CancelToken, EngineError};

/// A contract to check against.
pub struct ContractInput {
    name: String,
    contract: Contract,
    plan: ContractPlan,
    now_ms: i64,
}

impl ContractInput {
    /// A contract by name; `now_ms` is the present moment, for rules about freshness.
    ///
    /// # Errors
    /// When a rule is not one that a contract can have.
    pub fn new(name: &str, contract: &Contract, now_ms: i64) -> Result<Self, ContractTextError> {
        let wrong = |(number, rule): (usize, &ContractRule)| {
            let message = checked(rule).err()?;
            Some(ContractTextError {
                line: number as u64 + 1,
                column: 1,
                message: format!("`{}`: {message}", rule.rule),
            })
        };
        if let Some(error) = contract.rules.iter().enumerate().find_map(wrong) {
            return Err(error);
        }
        let plan = ContractPlan::new(contract)?.with_sql(Box::new(Ours));
        Ok(Self { name: name.to_owned(), contract: contract.clone(), plan, now_ms })
    }
}

/// A contract during a run.
pub(crate) struct ContractPass<'a> {
    input: &'a ContractInput,
}

/// A contract on the columns of the table that is read.
pub(crate) struct BoundPass<'a> {
    input: &'a ContractInput,
    bound: BoundContract<'a>,
}

/// What one thread knows of a contract.
pub(crate) struct ContractPassWorker<'a> {
    bound: &'a BoundContract<'a>,
    state: ContractState,
}

/// A contract that was judged.
#[derive(Debug)]
pub(crate) struct JudgedPass(JudgedContract);

impl<'a> ContractPass<'a> {
    pub(crate) fn new(input: &'a ContractInput) -> Self {
        Self { input }
    }

    pub(crate) fn bind(&self, schema: &Schema) -> BoundPass<'a> {
        BoundPass { input: self.input, bound: self.input.plan.bind(schema) }
    }

    /// Judges what can be judged of a profile.
    pub(crate) fn judge_profile(
        &self,
        side: &SideReport,
        (profile, sample): (&TableProfile, &RowSample),
    ) -> JudgedPass {
        let facts = TableFacts {
            profile,
            sample,
            rejected_rows: side.quarantine.rows,
            now_micros: self.now_micros(),
            answers: &Answers::new(),
        };
        let nowhere = |places: &[(u64, u64)]| vec![(String::new(), 0); places.len()];
        let bound = self.input.plan.bind(profile.schema());
        JudgedPass(bound.finish(&self.input.name, None, &facts, (&nowhere, 1)))
    }

    pub(crate) fn input(&self) -> &'a ContractInput {
        self.input
    }

    /// Answers to what the rules in SQL want to know of a table that is read elsewhere: nobody is asked.
    pub(crate) fn unasked(&self) -> Answers {
        let cause = "it asks the whole table, and a cluster reads it in parts: check it on one machine";
        self.input.plan.questions().into_iter().map(|question| (question, Err(cause.to_owned()))).collect()
    }

    /// Asks a table what the rules in SQL want to know of it as a whole.
    pub(crate) fn ask(&self, table: &Table, context: &ScanContext<'_>) -> Result<Answers, EngineError> {
        answers(&self.input.plan.questions(), table, context)
    }

    fn now_micros(&self) -> f64 {
        self.input.now_micros()
    }
}

impl ContractInput {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn contract(&self) -> &Contract {
        &self.contract
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    #[expect(clippy::cast_precision_loss, reason = "a moment of this millennium")]
    fn now_micros(&self) -> f64 {
        self.now_ms as f64 * 1e3
    }
}

impl BoundPass<'_> {
    /// What workers know, made ready to be sent; they know nothing any more.
    pub(crate) fn carry(&self, workers: Vec<ContractState>) -> CarriedContract {
        let mut state = self.bound.state();
        workers.into_iter().for_each(|worker| state.merge(worker));
        self.bound.carry(state)
    }

    /// What was known elsewhere.
    pub(crate) fn arrived(&self, carried: CarriedContract) -> ContractState {
        self.bound.arrived(carried)
    }

    /// The contract on the columns.
    pub(crate) fn bound(&self) -> &BoundContract<'_> {
        &self.bound
    }

    /// What all workers together say.
    pub(crate) fn judge(
        &self,
        (workers, answers): (Vec<ContractState>, &Answers),
        (profile, sample): (&TableProfile, &RowSample),
        (ledger, names): (&Ledger, &[String]),
    ) -> JudgedPass {
        let mut state = self.bound.state();
        workers.into_iter().for_each(|worker| state.merge(worker));
        let rejected_rows = ledger.rejected_rows();
        let now_micros = self.input.now_micros();
        let facts = TableFacts { profile, sample, rejected_rows, now_micros, answers };
        let locate = |records: &[(u64, u64)]| {
            let name = |source: usize| names.get(source).cloned().unwrap_or_default();
            ledger.places(records).into_iter().map(|place| (name(place.source), place.row)).collect()
        };
        JudgedPass(self.bound.finish(&self.input.name, Some(state), &facts, (&locate, names.len())))
    }
}

impl<'a> ContractPassWorker<'a> {
    pub(crate) fn new(bound: &'a BoundPass<'a>) -> Self {
        Self { bound: &bound.bound, state: bound.bound.state() }
    }

    pub(crate) fn update(&mut self, ordinal: u64, decoded: &Decoded, hashes: &ChunkHashes) {
        let rejected = rejected_records(decoded);
        let place = ChunkPlace { ordinal, rejected: &rejected };
        self.bound.update(&mut self.state, (&decoded.chunk, hashes), place);
    }

    pub(crate) fn into_state(self) -> ContractState {
        self.state
    }
}

impl JudgedPass {
    /// What a check found earlier: its rows were judged then.
    pub(crate) fn known(report: &Report) -> Option<Self> {
        let outcome = report.contract.clone()?;
        Some(Self(JudgedContract { outcome, violations: report.violations.clone() }))
    }

    pub(crate) fn violations(&self) -> &[Finding] {
        &self.0.violations
    }

    pub(crate) fn headline(&self) -> Option<String> {
        contract_headline(&self.0)
    }

    pub(crate) fn into_outcome(self) -> ContractOutcome {
        self.0.outcome
    }
}

/// What to check against a contract, without a reference.
#[derive(Debug, Clone)]
pub struct ContractCheckRequest {
    /// The data to judge.
    pub input: Input,
    /// How they are read.
    pub settings: Settings,
    /// How the run is run.
    pub run: RunSettings,
}

/// Reads a table once and says which rules of a contract it keeps.
///
/// The same report, timings aside, for any number of threads and any chunks.
///
/// # Errors
/// When the data cannot be read, or the run is cancelled.
pub fn check_contract(
    request: &ContractCheckRequest,
    contract: &ContractInput,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ContractReport, EngineError> {
    guarded("checking a contract", &request.run, || run(request, contract, observer, cancel))
}

fn run(
    request: &ContractCheckRequest,
    contract: &ContractInput,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ContractReport, EngineError> {
    let began = Instant::now();
    let halt = Halt::new(cancel);
    let context = ScanContext::new(&request.run, observer, (&halt, Phase::Current));
    let pass = ContractPass::new(contract);
    let mut read = match &request.input {
        Input::Profile { path, name } => {
            let (side, profile) = load_profile(path, name)?.into_parts();
            let sample = profile.sample();
            let judged = pass.judge_profile(&side, (&profile, &sample));
            JudgedTable { side, profile, judged, timings: Timings::default() }
        }
        input => {
            let table = open_input(input, (&request.settings.csv, &request.run), contract.plan.prefer())?;
            read_and_judge(&table, &input.name(), &pass, &context)?
        }
    };
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    read.timings.threads = u32::try_from(threads(&request.run)).unwrap_or(u32::MAX);
    read.timings.total_secs = began.elapsed().as_secs_f64();
    Ok(report(read, &request.settings))
}

fn report(mut read: JudgedTable, settings: &Settings) -> ContractReport {
    let is_complete = read.side.broken_off.is_empty();
    // What is kept by a part of the data may be broken by the rest.
    let mut violations: Vec<Finding> = incomplete(&read.side, "data").collect();
    violations.extend_from_slice(read.judged.violations());
    let severity = violations.iter().map(|finding| finding.severity).max().unwrap_or_default();
    let mut headline = read.judged.headline().unwrap_or_else(|| match read.judged.0.outcome.kept {
        0 => "The contract has no rules.".to_owned(),
        kept if !is_complete => format!("The data are not complete; what there is keeps all {kept} rules."),
        1 => "The one rule of the contract is kept.".to_owned(),
        kept => format!("All {kept} rules of the contract are kept."),
    });
    let mut contract = read.judged.into_outcome();
    let sample = read.profile.sample();
    let side = driftline_profile::Side { profile: &read.profile, sample: &sample };
    let mut veil = Veil::of(&[side], &settings.privacy);
    veil.contract(&mut contract, &mut violations, (&mut read.side, &mut headline));
    ContractReport {
        schema_version: SCHEMA_VERSION,
        verdict: if severity > Severity::None { Verdict::Suspect } else { Verdict::Stable },
        severity,
        headline,
        table: read.side,
        contract,
        violations,
        timings: read.timings,
    }
}

/// A table that was read and judged.
pub(crate) struct JudgedTable {
    pub(crate) side: SideReport,
    pub(crate) profile: TableProfile,
    pub(crate) judged: JudgedPass,
    pub(crate) timings: Timings,
}

/// Reads a table, a second time when a column turns out to be held wrongly.
pub(crate) fn read_and_judge(
    table: &Table,
    name: &str,
    pass: &ContractPass<'_>,
    context: &ScanContext<'_>,
) -> Result<JudgedTable, EngineError> {
    let once = |table: &Table| past_damage(table, context, |table| read_once(table, name, pass, context));
    let read = once(table)?;
    match table.corrected(&seen(&read.profile)) {
        None => Ok(read),
        Some(schema) => once(&table.reopen(&schema)?),
    }
}

fn read_once(
    table: &Table,
    name: &str,
    pass: &ContractPass<'_>,
    context: &ScanContext<'_>,
) -> Result<JudgedTable, EngineError> {
    let shared_bound = Arc::new(AtomicU64::new(u64::MAX));
    let empty = || {
        let options = ProfileOptions::for_columns(table.schema().len());
        let mut profile = TableProfile::new(table.schema().clone(), options, None);
        profile.share_threshold(Arc::clone(&shared_bound));
        profile
    };
    let bound = pass.bind(table.schema());
    let scanned = scan(table, context, || JudgeWorker {
        profile: empty(),
        hashes: ChunkHashes::new(),
        contract: ContractPassWorker::new(&bound),
    })?;
    let Scanned { workers, ledger, secs, slowest_chunk_secs, broken_off } = scanned;
    let (profiles, states): (Vec<_>, Vec<_>) =
        workers.into_iter().map(|worker| (worker.profile, worker.contract.into_state())).unzip();
    let profile = merged(profiles.into_iter(), name, empty)?;
    let sample = profile.sample();
    let names = source_names(table);
    let side = described((name, table, (&ledger, &broken_off)), (&profile, &sample));
    let answers = pass.ask(table, context)?;
    let judged = bound.judge((states, &answers), (&profile, &sample), (&ledger, &names));
    let timings =
        Timings { current_secs: secs, chunks: ledger.chunks(), slowest_chunk_secs, ..Timings::default() };
    Ok(JudgedTable { side, profile, judged, timings })
}

struct JudgeWorker<'a> {
    profile: TableProfile,
    hashes: ChunkHashes,
    contract: ContractPassWorker<'a>,
}

impl Worker for JudgeWorker<'_> {
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, _: &Halt<'_>) -> Result<(), EngineError> {
        self.hashes.fill(&decoded.chunk);
        self.profile.update(&decoded.chunk, &self.hashes);
        self.contract.update(ordinal, decoded, &self.hashes);
        Ok(())
    }
}
