//! One pass over a table: threads pull chunks, decode them and hand them to their workers.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use driftline_ingest::{Decoded, IngestError, RawChunk, Source, Table};
use driftline_model::RunSettings;
use driftline_profile::TableProfile;

use crate::EngineError;
use crate::event::{Event, Observer, Pace, Phase, Progress};
use crate::governor::Governor;
use crate::halt::Halt;
use crate::ledger::Ledger;
use crate::pacing::Reached;
use crate::partial::Partials;
use crate::spread::Spread;

/// Chunks whose times are told.
const RECENT_CHUNKS: usize = 60;

/// What is done with each chunk. Every thread has a worker of its own; nothing is shared between them.
pub(crate) trait Worker: Send {
    /// Takes in chunk number `ordinal` of the table. Chunks come in any order.
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, halt: &Halt<'_>) -> Result<(), EngineError>;

    /// What it knows so far, for those that want to know before the end.
    fn so_far(&self) -> Option<&TableProfile> {
        None
    }
}

/// How a scan is run.
pub(crate) struct ScanContext<'a> {
    pub(crate) run: &'a RunSettings,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) halt: &'a Halt<'a>,
    pub(crate) phase: Phase,
    /// Decides meanwhile, where somebody wants to know.
    pub(crate) partials: Option<&'a Partials<'a>>,
    /// Who reads instead of this process.
    pub(crate) spread: Option<Spread<'a>>,
    /// The first ordinal of the chunks, and the number of the first source, where the table is a part of another.
    pub(crate) origin: Option<(u64, usize)>,
}

impl<'a> ScanContext<'a> {
    /// A scan by this process, of a table of its own.
    pub(crate) fn new(
        run: &'a RunSettings,
        observer: &'a dyn Observer,
        (halt, phase): (&'a Halt<'a>, Phase),
    ) -> Self {
        Self { run, observer, halt, phase, partials: None, spread: None, origin: None }
    }
}

/// What a scan leaves behind.
pub(crate) struct Scanned<W> {
    /// The workers, in no order that means anything.
    pub(crate) workers: Vec<W>,
    /// Where the records lie.
    pub(crate) ledger: Ledger,
    /// How long it took.
    pub(crate) secs: f64,
    /// Longest time one chunk took.
    pub(crate) slowest_chunk_secs: f64,
    /// Why sources ended before their time.
    pub(crate) broken_off: Vec<String>,
}

/// Threads that a run uses.
pub(crate) fn threads(run: &RunSettings) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if run.threads > 0 { run.threads as usize } else { cores() }
}

/// Reads every record of the table once.
///
/// # Errors
/// The first that a thread met; the others stop at their next chunk.
pub(crate) fn scan<W: Worker>(
    table: &Table,
    context: &ScanContext<'_>,
    make: impl Fn() -> W + Sync,
) -> Result<Scanned<W>, EngineError> {
    let threads = threads(context.run);
    context.observer.event(&Event::Phase(context.phase));
    let (first_ordinal, first_source) = context.origin.unwrap_or_default();
    let shared = Shared {
        context,
        sources: table.sources(),
        governor: Governor::new(context.run, threads),
        cursor: Mutex::new(Cursor { source: 0, ordinal: first_ordinal }),
        first_source,
        pace: Pace::new(),
        began: Instant::now(),
        rows: AtomicU64::new(0),
        recent_chunk_secs: Mutex::default(),
        broken_off: Mutex::default(),
    };
    let outcomes: Vec<Result<Done<W>, EngineError>> = std::thread::scope(|scope| {
        let (shared, make) = (&shared, &make);
        let handles: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || shared.guarded(thread, make()))).collect();
        handles
            .into_iter()
            .map(|handle| {
                handle.join().unwrap_or_else(|payload| Err(EngineError::panic("reading", &*payload)))
            })
            .collect()
    });
    let mut scanned = Scanned {
        workers: Vec::with_capacity(threads),
        ledger: Ledger::default(),
        secs: 0.0,
        slowest_chunk_secs: 0.0,
        broken_off: Vec::new(),
    };
    let mut failure = None;
    for outcome in outcomes {
        match outcome {
            Ok(done) => {
                scanned.ledger.merge(done.ledger);
                scanned.slowest_chunk_secs = scanned.slowest_chunk_secs.max(done.slowest_chunk_secs);
                scanned.workers.push(done.worker);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if context.halt.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    scanned.secs = shared.began.elapsed().as_secs_f64();
    let Shared { rows, broken_off, .. } = shared;
    let broken_off = broken_off.into_inner().unwrap_or_else(PoisonError::into_inner);
    if rows.into_inner() == 0 {
        // Nothing came before: there is nothing to keep.
        failure = failure.or_else(|| broken_off.into_iter().next().map(EngineError::from));
    } else {
        scanned.broken_off = table.broken().to_vec();
        scanned.broken_off.extend(broken_off.iter().map(ToString::to_string));
    }
    failure.map_or(Ok(scanned), Err)
}

/// Reads a table with `read`, which begins with a scan, and again from its beginning as long as that meets damage
/// which a table opened again leaves out. So the rows that count are the same whoever was quick enough to read
/// some behind the damage.
pub(crate) fn past_damage<T>(
    table: &Table,
    context: &ScanContext<'_>,
    read: impl Fn(&Table) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let met_damage = |table: &Table| table.sources().iter().any(|source| source.met_damage());
    let mut failure = match read(table) {
        Err(error) if met_damage(table) && !context.halt.is_cancelled() => error,
        outcome => return outcome,
    };
    // Every turn finds damage before that of the last one, or in another file.
    loop {
        context.halt.retry();
        let again = table.reopen(table.schema())?;
        match read(&again) {
            Err(error) if met_damage(&again) && !context.halt.is_cancelled() => failure = error,
            // Nothing is left: what was wrong in the first place says more.
            Err(EngineError::Ingest(IngestError::Spoilt { .. })) => return Err(failure),
            outcome => return outcome,
        }
    }
}

/// What all threads of a scan see.
struct Shared<'a> {
    context: &'a ScanContext<'a>,
    sources: &'a [Box<dyn Source>],
    governor: Governor,
    cursor: Mutex<Cursor>,
    first_source: usize,
    pace: Pace,
    began: Instant,
    rows: AtomicU64,
    recent_chunk_secs: Mutex<VecDeque<f64>>,
    broken_off: Mutex<Vec<IngestError>>,
}

/// How far the table has been handed out.
struct Cursor {
    source: usize,
    ordinal: u64,
}

/// What one thread leaves behind.
struct Done<W> {
    worker: W,
    ledger: Ledger,
    slowest_chunk_secs: f64,
}

impl Shared<'_> {
    /// The work of one thread; a panic becomes an error, and an error stops the others.
    fn guarded<W: Worker>(&self, thread: usize, worker: W) -> Result<Done<W>, EngineError> {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.work(thread, worker)))
            .unwrap_or_else(|payload| Err(EngineError::panic("reading a chunk", &*payload)));
        if outcome.is_err() {
            self.context.halt.fail();
        }
        outcome
    }

    fn work<W: Worker>(&self, thread: usize, worker: W) -> Result<Done<W>, EngineError> {
        let mut done = Done { worker, ledger: Ledger::default(), slowest_chunk_secs: 0.0 };
        while !self.context.halt.is_set() {
            let permit = self.governor.enter();
            let Some((ordinal, source, raw)) = self.pull()? else { break };
            let start = Instant::now();
            let mut decoded = self.sources[source].decode(raw)?;
            done.worker.chunk(ordinal, &decoded, self.context.halt)?;
            let rows = decoded.chunk.rows() as u64;
            done.ledger.note(ordinal, self.first_source + source, decoded.rows_seen, decoded.bytes);
            done.ledger.reject(ordinal, std::mem::take(&mut decoded.rejected));
            done.ledger.forensics(ordinal, std::mem::take(&mut decoded.forensics));
            let bytes = decoded.bytes;
            drop(decoded);
            drop(permit);
            let secs = start.elapsed().as_secs_f64();
            done.slowest_chunk_secs = done.slowest_chunk_secs.max(secs);
            self.governor.learn(bytes, secs);
            self.report(rows, secs);
            if let (Some(partials), Some(profile)) = (self.context.partials, done.worker.so_far()) {
                partials.offer(thread, profile, &self.reached());
            }
        }
        if let Some(partials) = self.context.partials {
            partials.end();
        }
        Ok(done)
    }

    /// The next run of records: its ordinal in the table, its source, and its bytes.
    fn pull(&self) -> Result<Option<(u64, usize, RawChunk)>, EngineError> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(source) = self.sources.get(cursor.source) {
            match source.pull(self.governor.chunk_bytes()) {
                Ok(Some(raw)) => {
                    let ordinal = cursor.ordinal;
                    cursor.ordinal += 1;
                    return Ok(Some((ordinal, cursor.source, raw)));
                }
                Ok(None) => {}
                // What came before stands; the report says that it is not all.
                Err(error) if error.is_broken_off() => {
                    self.broken_off.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                }
                Err(error) => return Err(error.into()),
            }
            cursor.source += 1;
        }
        Ok(None)
    }

    fn report(&self, rows: u64, chunk_secs: f64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        let mut recent = self.recent_chunk_secs.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT_CHUNKS {
            recent.pop_front();
        }
        recent.push_back(chunk_secs);
        let now = Instant::now();
        if !self.pace.is_due(now) {
            return;
        }
        let recent_chunk_secs = recent.iter().copied().collect();
        drop(recent);
        let secs = now.duration_since(self.began).as_secs_f64().max(1e-9);
        let Reached { bytes, bytes_total, .. } = self.reached();
        #[expect(clippy::cast_precision_loss, reason = "shown to three digits")]
        let rows_per_sec = rows as f64 / secs;
        self.context.observer.event(&Event::Progress(Progress {
            phase: self.context.phase,
            bytes,
            bytes_total,
            rows,
            rows_per_sec,
            chunk_secs,
            recent_chunk_secs,
            memory_bytes: self.governor.resident(),
            memory_budget_bytes: self.governor.budget().bytes,
        }));
    }

    fn reached(&self) -> Reached {
        let sizes: Option<Vec<u64>> = self.sources.iter().map(|source| source.size_bytes()).collect();
        Reached {
            bytes: self.sources.iter().map(|source| source.bytes_read()).sum(),
            bytes_total: sizes.map(|sizes| sizes.iter().sum()),
            is_tight: !self.governor.has_room_again(),
        }
    }
}
