use std::io::Write;

use driftline_detect::rows::RowModel;
use driftline_model::{Anomalies, RunSettings, Settings, SideReport};

use crate::check::read_reference;
use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, open_input};
use crate::privacy::Veil;
use crate::profiling::read_table;
use crate::scan::{ScanContext, scan, threads};
use crate::score_sink::ScoreSink;
use crate::scoring::{RowKeeper, ScoreWorker, cell_methods, source_names, strangest};
use crate::{CancelToken, EngineError};

/// Chunks of scores, for each thread, that may wait for an earlier one.
const WAITING_PER_THREAD: usize = 4;

/// Which rows to score, and against what.
#[derive(Debug, Clone)]
pub struct AnomaliesRequest {
    /// The data to score.
    pub current: Input,
    /// What shows what is usual; without it, the data themselves.
    pub reference: Option<Input>,
    /// What decides the result.
    pub settings: Settings,
    /// How the run is run.
    pub run: RunSettings,
}

/// The scored table.
#[derive(Debug)]
pub struct AnomalyOutcome {
    /// The data that were scored.
    pub side: SideReport,
    /// Their strangest rows.
    pub anomalies: Anomalies,
    /// Columns with personal data, whose values are masked.
    pub masked_columns: Vec<String>,
}

/// Scores every row in two passes: the first learns what is usual (from the reference, where one is given),
/// the second scores by cells and by the joint method.
///
/// With a sink, writes `row,score` for every row that could be read, in the order of the table.
///
/// # Errors
/// When the data cannot be read, the scores cannot be written, or the run is cancelled.
pub fn anomalies(
    request: &AnomaliesRequest,
    sink: Option<&mut (dyn Write + Send)>,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<AnomalyOutcome, EngineError> {
    guarded("scoring rows", &request.run, || run(request, sink, observer, cancel))
}

fn run(
    request: &AnomaliesRequest,
    sink: Option<&mut (dyn Write + Send)>,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<AnomalyOutcome, EngineError> {
    if let Input::Profile { name, .. } = &request.current {
        return Err(EngineError::NoRows { name: name.clone() });
    }
    let halt = Halt::new(cancel);
    let context = |phase| ScanContext::new(&request.run, observer, (&halt, phase));
    let reference = match &request.reference {
        Some(input) => Some(read_reference(input, &request.settings, &context(Phase::Reference))?),
        None => None,
    };
    let held = reference.as_ref().map(|reference| reference.held()).unwrap_or_default();
    let table = open_input(&request.current, (&request.settings.csv, &request.run), held)?;
    let own = read_table(&table, &request.current.name(), &context(Phase::Reference))?;
    let judge = reference.as_ref().map_or_else(
        || driftline_profile::Side { profile: &own.profile, sample: &own.sample },
        |reference| reference.side(),
    );
    let settings = &request.settings.anomalies;
    let model = RowModel::fit_with_joint(&judge, own.profile.schema(), settings, request.run.seed);
    let again = table.reopen(own.profile.schema())?;
    let limit = threads(&request.run) * WAITING_PER_THREAD;
    let sink = sink.map(|out| ScoreSink::new(out, limit)).transpose()?;
    let scanned = scan(&again, &context(Phase::Current), || ScoreWorker {
        rows: RowKeeper::new(&model, settings),
        sink: sink.as_ref(),
    })?;
    let keepers = scanned.workers.into_iter().map(|worker| worker.rows.into_kept()).collect();
    let mut anomalies = strangest(keepers, &scanned.ledger, &source_names(&table), settings);
    sink.map_or(Ok(()), ScoreSink::finish)?;
    anomalies.methods = cell_methods(settings);
    if settings.joint != "none" {
        anomalies.methods.push(settings.joint.clone());
    }
    anomalies.judged_against = if reference.is_some() { "reference" } else { "self" }.to_owned();
    let judged = driftline_profile::Side { profile: &own.profile, sample: &own.sample };
    let mut veil = Veil::of(&[judged], &request.settings.privacy);
    let mut side = own.side;
    veil.anomalies(&mut anomalies);
    veil.side(&mut side);
    Ok(AnomalyOutcome { side, anomalies, masked_columns: veil.masked_columns() })
}
