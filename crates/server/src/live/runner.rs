//! One monitor at work: its feed, its process, and where the outcome goes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use driftline_engine::live::{Closed, Resolution};
use driftline_engine::{ProfileFile, read_options};
use driftline_feed::Feed;
use driftline_ingest::ReadOptions;
use driftline_model::BaselineSource;
use driftline_model::service::{FeedSettings, MonitorRecord};
use driftline_store::{AtomicFile, BaselineReference, StoreError};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::history::{self, Kept, Pending};
use super::process::{Arrived, Process};
use super::raise;
use super::recent::Seen;
use super::registry::Running;
use super::spool::{Place, Spool};
use super::thread::WorkThread;
use crate::Service;
use crate::state::stopped;

/// How often windows are looked at for being due, where they are longer than that.
const TICK: Duration = Duration::from_millis(200);
/// How often what was learned is kept; less often when keeping takes long.
const KEEP_EVERY: Duration = Duration::from_secs(3);
/// Share of the time that keeping may take.
const KEEPING_SHARE: u32 = 20;
/// Bytes that are taken from a spool at a time.
const STEP_BYTES: usize = 4 << 20;
/// Waits after a feed has failed: the first, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where rows come from.
enum Source {
    Sent(Spool),
    Feed {
        feed: Box<dyn Feed>,
        /// How long to wait after the next failure, and until when to wait now.
        wait: Duration,
        until: Option<tokio::time::Instant>,
    },
    /// The feed cannot be connected to, and says why in the status.
    Nothing,
}

/// Watches until it is told to stop.
pub(super) async fn run(
    service: Service,
    record: MonitorRecord,
    running: Arc<Running>,
    mut stop: watch::Receiver<bool>,
) {
    let mut work = match Work::begin(service, record, running).await {
        Ok(work) => work,
        Err((running, error)) => {
            running.set_error(Some((error.code(), error.to_string())));
            tracing::warn!(cause = %error, "a monitor cannot begin");
            stopped(&mut stop).await;
            return;
        }
    };
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let position = work.process.as_ref().and_then(|process| process.position.clone());
        let pieces = tokio::select! {
            () = stopped(&mut stop) => break,
            _ = tick.tick(), if work.source.is_caught_up(position.as_deref()) => Vec::new(),
            pieces = work.source.pieces((&work.running, &work.thread), position.as_deref()) => pieces,
        };
        work.step(pieces).await;
    }
    work.keep().await;
    work.written().await;
}

impl Source {
    /// Waits for the next pieces. It may be dropped at any time.
    async fn pieces(
        &mut self,
        (running, thread): (&Running, &WorkThread),
        position: Option<&str>,
    ) -> Vec<Arrived> {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Sent(spool) => {
                let place = place_of(position).unwrap_or_default();
                loop {
                    let (reader, from) = (spool.clone(), place);
                    let read = thread.run(move || reader.read(from, STEP_BYTES)).await;
                    match read.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                        Ok(sent) if !sent.is_empty() => {
                            return sent
                                .into_iter()
                                .map(|sent| Arrived {
                                    rows: sent.rows,
                                    at_ms: sent.arrived_ms,
                                    position: format!("{}/{}", sent.next.segment, sent.next.offset),
                                })
                                .collect();
                        }
                        Ok(_) => spool.arrived().await,
                        Err(error) => {
                            running.set_error(Some(("system.io", error.to_string())));
                            tokio::time::sleep(FIRST_WAIT).await;
                        }
                    }
                }
            }
            Self::Feed { feed, wait, until } => loop {
                if let Some(moment) = *until {
                    tokio::time::sleep_until(moment).await;
                    *until = None;
                }
                match feed.next().await {
                    Ok(piece) => {
                        *wait = FIRST_WAIT;
                        running.set_error(None);
                        let (rows, position) = (Some((piece.format, piece.bytes)), piece.position);
                        return vec![Arrived { rows, at_ms: running.now_ms(), position }];
                    }
                    Err(error) => {
                        running.set_error(Some((error.code(), error.to_string())));
                        *until = Some(tokio::time::Instant::now() + *wait);
                        *wait = (*wait * 2).min(LONGEST_WAIT);
                    }
                }
            },
        }
    }
}

impl Source {
    /// Whether all that came until now was taken in, as far as somebody stands who has taken in all before `position`.
    fn is_caught_up(&self, position: Option<&str>) -> bool {
        match self {
            Self::Sent(spool) => place_of(position).unwrap_or_default() >= spool.end(),
            Self::Feed { .. } | Self::Nothing => true,
        }
    }
}

fn place_of(position: Option<&str>) -> Option<Place> {
    let (segment, offset) = position?.split_once('/')?;
    Some(Place { segment: segment.parse().ok()?, offset: offset.parse().ok()? })
}

struct Work {
    service: Service,
    record: MonitorRecord,
    running: Arc<Running>,
    thread: WorkThread,
    source: Source,
    /// Away while it computes.
    process: Option<Process>,
    pending: [Pending; 3],
    file: PathBuf,
    kept: Instant,
    keep_every: Duration,
    is_changed: bool,
    writing: Option<Writing>,
    /// Windows whose outcome could not be kept yet: the database said no.
    untold: Vec<Closed>,
}

/// What was learned, on its way to the disk while the monitor goes on.
struct Writing {
    /// What came of it, and how long keeping took.
    done: JoinHandle<(Result<(), StoreError>, Duration)>,
    /// Up to where the rows that were sent are part of it.
    place: Option<Place>,
}

const RESOLUTIONS: [Resolution; 3] = [Resolution::Window, Resolution::Minute, Resolution::Hour];
/// Windows whose outcome may wait for the database; beyond, the monitor waits as well.
const MOST_UNTOLD: usize = 1000;

impl Work {
    async fn begin(
        service: Service,
        record: MonitorRecord,
        running: Arc<Running>,
    ) -> Result<Self, (Arc<Running>, StoreError)> {
        let thread = match WorkThread::start() {
            Ok(thread) => thread,
            Err(source) => {
                let path = service.data.monitor(&record.id);
                return Err((running, StoreError::Io { action: "start a thread for", path, source }));
            }
        };
        match Self::try_begin(&service, &record, &running).await {
            Ok((source, process, pending, file)) => Ok(Self {
                service,
                record,
                running,
                thread,
                source,
                process: Some(process),
                pending,
                file,
                kept: Instant::now(),
                keep_every: KEEP_EVERY,
                is_changed: false,
                writing: None,
                untold: Vec::new(),
            }),
            Err(error) => Err((running, error)),
        }
    }

    async fn try_begin(
        service: &Service,
        record: &MonitorRecord,
        running: &Running,
    ) -> Result<(Source, Process, [Pending; 3], PathBuf), StoreError> {
        let folder = service.data.monitor(&record.id);
        let io = |source| StoreError::Io { action: "open", path: folder.clone(), source };
        tokio::fs::create_dir_all(&folder).await.map_err(io)?;
        let file = folder.join("state");
        let kept = tokio::fs::read(&file).await.ok();
        let saved = match &record.settings.baseline {
            BaselineSource::Learned(_) => None,
            BaselineSource::Saved(name) => {
                let reference: BaselineReference = name.parse()?;
                let (_, path) = service.data.baselines(&record.workspace_id).resolve(&reference)?;
                let read = tokio::fs::read(&path).await;
                let bytes = read.map_err(|source| StoreError::Io { action: "read", path, source })?;
                let file = ProfileFile::from_bytes(&bytes);
                Some(file.map_err(|error| StoreError::Stored { reason: error.to_string() })?)
            }
        };
        let options = read_options(&record.settings.check.csv).unwrap_or_else(|_| ReadOptions::default());
        let mut process = Process::new(record, &options, saved, kept.as_deref());
        let mut pending = <[Pending; 3]>::default();
        running.not_before(process.monitor().now_ms());
        // What was sent says by itself when nobody listened.
        if !matches!(record.feed, FeedSettings::Push {}) && process.position.is_some() {
            process.resume(running.now_ms());
        }
        for (pending, resolution) in pending.iter_mut().zip(RESOLUTIONS) {
            let (kept, until_ms) = (Kept::of(resolution), process.monitor().closed_until_ms(resolution));
            let Some(until_ms) = until_ms else { continue };
            let row = kept.row_of(until_ms - 1);
            let windows =
                history::read(&service.database, &record.id, kept, (row, row + kept.span_ms)).await?;
            pending.resume(kept, windows, until_ms);
        }
        let source = match &record.feed {
            FeedSettings::Push {} => running.spool().map_or(Source::Nothing, Source::Sent),
            feed => {
                match driftline_feed::connect(feed, process.position.as_deref(), &service.config.monitors) {
                    Ok(feed) => Source::Feed { feed, wait: FIRST_WAIT, until: None },
                    Err(error) => {
                        running.set_error(Some((error.code(), error.to_string())));
                        Source::Nothing
                    }
                }
            }
        };
        Ok((source, process, pending, file))
    }

    /// Computes, and tells what came of it.
    async fn step(&mut self, pieces: Vec<Arrived>) {
        let Some(mut process) = self.process.take() else { return };
        self.is_changed |= !pieces.is_empty();
        // What waits came before now, and belongs into windows that must not be closed before it.
        let position = pieces.last().map(|piece| piece.position.clone()).or_else(|| process.position.clone());
        let now_ms = self.source.is_caught_up(position.as_deref()).then(|| self.running.now_ms());
        let began = Instant::now();
        let work = move || {
            let closed = process.step(pieces, now_ms);
            (process, closed)
        };
        let stepped = self.thread.run(work).await;
        let (process, closed) = match stepped {
            Ok(stepped) => stepped,
            Err(error) => {
                // What was learned is lost with the panic; what was kept is not.
                tracing::error!(cause = %error, "a monitor broke down and begins again from what it has kept");
                self.running.fail();
                return;
            }
        };
        // What comes again after a crash may have come by a clock that was ahead.
        self.running.not_before(process.monitor().now_ms());
        if !closed.is_empty() {
            self.is_changed = true;
            self.running.judged(&process, &closed, began.elapsed());
        }
        self.process = Some(process);
        // After a crash what is told need not be told again.
        let is_told = closed.iter().any(|closed| !closed.raised.is_empty() || !closed.recovered.is_empty());
        self.tell(closed).await;
        let is_written = self.writing.as_ref().is_none_or(|writing| writing.done.is_finished());
        if is_told {
            self.keep().await;
            self.written().await;
        } else if self.is_changed && is_written && self.kept.elapsed() >= self.keep_every {
            self.keep().await;
        }
    }

    /// Shows windows to whoever looks on, and keeps them and what they say.
    async fn tell(&mut self, closed: Vec<Closed>) {
        for closed in &closed {
            if closed.resolution == Resolution::Window {
                let (window, raised) = (closed.summary.clone(), closed.raised.clone());
                self.running.recent.push(Seen { window, raised, recovered: closed.recovered.clone() });
            }
        }
        self.untold.extend(closed);
        loop {
            match self.keep_outcome().await {
                Ok(()) => return,
                Err(error) => {
                    self.running.set_error(Some((error.code(), error.to_string())));
                    if self.untold.len() < MOST_UNTOLD {
                        return;
                    }
                    // The feed waits with us: nothing is let go unseen.
                    tokio::time::sleep(FIRST_WAIT).await;
                }
            }
        }
    }

    async fn keep_outcome(&mut self) -> Result<(), StoreError> {
        loop {
            for (pending, resolution) in self.pending.iter_mut().zip(RESOLUTIONS) {
                while let Some((start_ms, windows)) = pending.whole() {
                    let kept = Kept::of(resolution);
                    let mut change = self.service.database.change().await?;
                    history::write(&mut change, &self.record.id, (kept, start_ms), windows).await?;
                    change.commit().await?;
                    pending.whole_is_written();
                }
            }
            let Some(closed) = self.untold.first() else { return Ok(()) };
            raise::tell(&self.service, &self.record, closed).await?;
            let Closed { resolution, summary, .. } = self.untold.remove(0);
            for (pending, _) in self.pending.iter_mut().zip(RESOLUTIONS).filter(|(_, of)| *of == resolution) {
                pending.push(Kept::of(resolution), summary.clone());
            }
        }
    }

    /// Keeps what was learned, so that a restart goes on from here.
    async fn keep(&mut self) {
        self.written().await;
        match self.try_keep().await {
            Ok(()) => self.is_changed = false,
            Err(error) => self.not_kept(&error),
        }
        self.kept = Instant::now();
        if self.process.is_none() {
            self.running.fail();
        }
    }

    /// Waits until what was learned is on the disk.
    async fn written(&mut self) {
        let Some(Writing { done, place }) = self.writing.take() else { return };
        let failed =
            |error: JoinError| (Err(StoreError::Stored { reason: error.to_string() }), Duration::ZERO);
        let (done, took) = done.await.unwrap_or_else(failed);
        self.keep_every = KEEP_EVERY.max(took * KEEPING_SHARE);
        if let Err(error) = done {
            self.is_changed = true;
            self.not_kept(&error);
            return;
        }
        let spool = if let Source::Sent(spool) = &self.source { Some(spool.clone()) } else { None };
        if let Some((spool, place)) = spool.zip(place) {
            // What could not be removed is removed next time.
            let _ = self.thread.run(move || spool.forget(place)).await;
        }
    }

    /// Nothing is lost by that but time after a restart.
    fn not_kept(&self, error: &StoreError) {
        tracing::warn!(monitor = self.record.name, cause = %error, "what a monitor has learned could not be kept");
        self.running.set_error(Some((error.code(), error.to_string())));
    }

    async fn try_keep(&mut self) -> Result<(), StoreError> {
        self.keep_outcome().await?;
        let mut change = self.service.database.change().await?;
        for (pending, resolution) in self.pending.iter().zip(RESOLUTIONS) {
            if let Some((start_ms, windows)) = pending.so_far() {
                let kept = Kept::of(resolution);
                history::write(&mut change, &self.record.id, (kept, start_ms), windows).await?;
            }
        }
        change.commit().await?;
        self.pending.iter_mut().for_each(Pending::so_far_is_written);
        let Some(process) = self.process.take() else { return Ok(()) };
        let (began, place) = (Instant::now(), place_of(process.position.as_deref()));
        let work = move || {
            let bytes = process.to_bytes();
            (process, bytes)
        };
        let stored = |reason: String| StoreError::Stored { reason };
        let (process, bytes) = self.thread.run(work).await.map_err(|error| stored(error.to_string()))?;
        self.process = Some(process);
        let (bytes, path) = (bytes.map_err(|error| stored(error.to_string()))?, self.file.clone());
        let write = move || (AtomicFile::write(&path, &bytes), began.elapsed());
        self.writing = Some(Writing { done: tokio::task::spawn_blocking(write), place });
        Ok(())
    }
}
