use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Instant;

use driftline_ingest::{Part, Table, TablePlan};
use driftline_model::Settings;
use driftline_profile::ProfileOptions;

use super::Workers;
use super::gathered::{Gathered, damaged};
use super::pass::Pass;
use crate::EngineError;
use crate::event::{Event, Progress};
use crate::memory::{MemoryBudget, resident_bytes};
use crate::scan::ScanContext;

/// Bytes by which the length of rows is guessed.
const LOOKED_AT: usize = 1 << 20;
/// How many times as many rows as a sample holds may enter it on the way.
const LET_IN: f64 = 1.5;

/// Who reads the tables of a run, where it is not this process.
#[derive(Clone, Copy)]
pub(crate) struct Spread<'a> {
    pub(crate) workers: &'a dyn Workers,
    pub(crate) settings: &'a Settings,
}

/// A pass that was read elsewhere.
pub(crate) struct SpreadPass {
    pub(crate) gathered: Gathered,
    /// The parts as they were read in the end.
    pub(crate) parts: Vec<Part>,
    pub(crate) plan: TablePlan,
    /// Why files could not be opened in the first place.
    pub(crate) unopened: Vec<String>,
    pub(crate) secs: f64,
}

impl SpreadPass {
    /// Why sources ended before their time, in the order of the table.
    pub(crate) fn broken_off(&self) -> Vec<String> {
        let on_the_way = self.gathered.rest.broken_off.values().flatten();
        self.unopened.iter().chain(on_the_way).cloned().collect()
    }
}

impl Spread<'_> {
    /// Has every part of a table read once.
    ///
    /// Files are cut at guesses of where records begin, and the rows of the sample are bounded by a guess of how many
    /// rows there are. Where a guess turns out wrong it is read again without it: that costs time and changes nothing.
    pub(crate) fn read(
        &self,
        table: &Table,
        pass: Pass<'_>,
        context: &ScanContext<'_>,
    ) -> Result<SpreadPass, EngineError> {
        context.observer.event(&Event::Phase(context.phase));
        let began = Instant::now();
        let total = total_bytes(table);
        let part_bytes = self.workers.part_bytes(total.unwrap_or_default());
        let (mut whole, mut sample_below) = (BTreeSet::new(), None);
        loop {
            let (plan, parts) = table.cut(part_bytes)?;
            let parts = with_whole(parts, &whole);
            let below = match sample_below {
                Some(below) => below,
                None => likely_bound(&plan, &parts, total)?,
            };
            let sent = Pass { sample_below: below, ..pass }.to_bytes(plan.clone())?;
            let progress = Mutex::new((0, 0));
            let done = |bytes: u64, rows: u64| {
                let Ok(mut so_far) = progress.lock() else { return };
                *so_far = (so_far.0 + bytes, so_far.1 + rows);
                told(context, *so_far, total, began);
            };
            let gathered = self.workers.read(&sent, &parts, (&done, context.halt.token()))?;
            if context.halt.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let torn = torn(&gathered, &parts)?;
            let is_short = below < u64::MAX && gathered.profile.sample_bound() >= below;
            if torn.is_empty() && !is_short {
                gathered.rest.learnt.iter().for_each(|learnt| table.learn(learnt.clone()));
                let secs = began.elapsed().as_secs_f64();
                let unopened = table.broken().to_vec();
                return unless_empty(SpreadPass { gathered, parts, plan, unopened, secs });
            }
            if torn.iter().any(|source| whole.contains(source)) {
                return Err(damaged("parts of a file that was not cut do not fit together"));
            }
            context.observer.event(&Event::Notice(again(torn.len())));
            sample_below = is_short.then_some(u64::MAX).or(sample_below);
            whole.extend(torn);
        }
    }
}

/// The parts, but for files that must not be cut: each of them is one part.
fn with_whole(parts: Vec<Part>, whole: &BTreeSet<usize>) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        if !whole.contains(&part.source()) {
            all.push(part);
        } else if all.last().is_none_or(|last| last.source() != part.source()) {
            all.push(part.whole_file());
        }
    }
    all
}

/// Why a table is read again.
fn again(torn: usize) -> String {
    match torn {
        0 => "there are fewer rows than it seemed: the table is read again".to_owned(),
        1 => "one file could not be read in parts: it is read again as a whole".to_owned(),
        _ => format!("{torn} files could not be read in parts: they are read again as a whole"),
    }
}

fn total_bytes(table: &Table) -> Option<u64> {
    table.sources().iter().map(|source| source.size_bytes()).sum()
}

/// Up to which hash rows may enter the sample, by how long the first rows are: half as many again as it holds are let in,
/// so that parts need not send more.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a guess")]
fn likely_bound(plan: &TablePlan, parts: &[Part], total: Option<u64>) -> Result<u64, EngineError> {
    let (Some(first), Some(total)) = (parts.first(), total) else { return Ok(u64::MAX) };
    let Ok(table) = Table::of_part(plan, first) else { return Ok(u64::MAX) };
    let Some(source) = table.sources().first() else { return Ok(u64::MAX) };
    let Ok(Some(raw)) = source.pull(LOOKED_AT) else { return Ok(u64::MAX) };
    let decoded = source.decode(raw)?;
    // Of formats whose pieces have no bytes of their own, what was read of the file is what the rows took.
    let bytes = decoded.bytes.max(source.bytes_read().min(decoded.bytes * 8)).max(1);
    let rows = decoded.chunk.rows() as f64 / bytes as f64 * total as f64;
    let wanted = ProfileOptions::for_columns(plan.schema().len()).sample_rows as f64 * LET_IN;
    Ok(if rows <= wanted { u64::MAX } else { (wanted / rows * u64::MAX as f64) as u64 })
}

/// Where nothing at all could be read there is nothing to judge.
fn unless_empty(pass: SpreadPass) -> Result<SpreadPass, EngineError> {
    match pass.broken_off().into_iter().next() {
        Some(cause) if pass.gathered.rows() == 0 => Err(EngineError::Cluster { cause }),
        _ => Ok(pass),
    }
}

/// The sources whose parts do not fit together, or of which one broke off: what comes behind it in its file does not
/// count, and others have read it.
fn torn(gathered: &Gathered, parts: &[Part]) -> Result<BTreeSet<usize>, EngineError> {
    let mut torn = BTreeSet::new();
    for pair in parts.windows(2) {
        let [before, after] = pair else { continue };
        let span = |part: &Part| gathered.rest.spans.get(&part.ordinal()).copied();
        let (Some(first), Some(second)) = (span(before), span(after)) else {
            return Err(damaged("a part is missing"));
        };
        if before.source() != after.source() {
            continue;
        }
        if [before, after].iter().any(|part| gathered.rest.broken_off.contains_key(&part.ordinal())) {
            torn.insert(before.source());
        }
        if let (Some(first), Some(second)) = (first, second)
            && first.end != second.start
        {
            torn.insert(before.source());
        }
    }
    Ok(torn)
}

#[expect(clippy::cast_precision_loss, reason = "shown to three digits")]
fn told(context: &ScanContext<'_>, (bytes, rows): (u64, u64), bytes_total: Option<u64>, began: Instant) {
    let secs = began.elapsed().as_secs_f64();
    context.observer.event(&Event::Progress(Progress {
        phase: context.phase,
        bytes: bytes_total.map_or(bytes, |total| bytes.min(total)),
        bytes_total,
        rows,
        rows_per_sec: rows as f64 / secs.max(1e-9),
        chunk_secs: 0.0,
        recent_chunk_secs: Vec::new(),
        memory_bytes: resident_bytes().unwrap_or(0),
        memory_budget_bytes: MemoryBudget::of(context.run).bytes,
    }));
}
