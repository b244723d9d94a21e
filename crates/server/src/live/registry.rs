//! Which monitors run here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use driftline_engine::live::{Closed, Resolution};
use driftline_ingest::live::RowFormat;
use driftline_model::service::{FeedSettings, MonitorRecord, MonitorStatus};
use driftline_store::new_id;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use super::clock::LiveClock;
use super::process::Process;
use super::recent::Recent;
use super::runner;
use super::sending::MOST_CONVERTED;
use super::spool::{SentKey, Spool, SpoolError};
use crate::Service;
use crate::state::{now_ms, stopped};

/// How long a monitor belongs to an instance that says nothing.
const LEASE_MS: i64 = 15_000;
/// How often an instance says that it is there, and looks for monitors of lost ones.
const LOOK_EVERY: Duration = Duration::from_secs(4);

/// The monitors that run here.
#[derive(Debug)]
pub(crate) struct LiveMonitors {
    owner: String,
    running: Mutex<HashMap<String, Entry>>,
    /// Wakes the supervisor when a monitor was made or changed.
    pub(crate) changed: Notify,
    /// Held while an Arrow stream is turned into rows.
    pub(crate) converting: Semaphore,
}

#[derive(Debug)]
struct Entry {
    version: i64,
    running: Arc<Running>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// A monitor that runs here.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) recent: Recent,
    status: watch::Sender<MonitorStatus>,
    spool: Option<Spool>,
    has_failed: watch::Sender<bool>,
    /// One time of day for rows that come and windows that are due.
    clock: Mutex<LiveClock>,
}

impl Default for LiveMonitors {
    fn default() -> Self {
        Self {
            owner: new_id(),
            running: Mutex::default(),
            changed: Notify::new(),
            converting: Semaphore::new(MOST_CONVERTED),
        }
    }
}

impl LiveMonitors {
    /// A monitor that runs here.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Running>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(id).map(|entry| Arc::clone(&entry.running))
    }

    fn take(&self, gone: impl Fn(&str, &Entry) -> bool) -> Vec<Entry> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<String> =
            running.iter().filter(|(id, entry)| gone(id, entry)).map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| running.remove(id)).collect()
    }

    fn insert(&self, id: &str, entry: Entry) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), entry);
    }

    fn is_running(&self, id: &str) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }
}

impl Running {
    /// Now, by the clock of the monitor, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).now_ms()
    }

    /// Its clock does not go behind what was seen.
    pub(super) fn not_before(&self, seen_ms: i64) {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).not_before(seen_ms);
    }

    /// How it is doing.
    pub(crate) fn status(&self) -> MonitorStatus {
        self.status.borrow().clone()
    }

    /// Keeps rows that were sent, once for each key. Once this returns they are safe on the disk. Blocks.
    ///
    /// # Errors
    /// When too much waits already, or the disk says no. `None`: its feed is another one.
    pub(crate) fn send(
        &self,
        rows: (RowFormat, &[u8]),
        key: Option<SentKey>,
    ) -> Option<Result<(), SpoolError>> {
        self.spool.as_ref().map(|spool| spool.append(rows, key, self.now_ms()))
    }

    pub(super) fn spool(&self) -> Option<Spool> {
        self.spool.clone()
    }

    pub(super) fn set_error(&self, error: Option<(&str, String)>) {
        let error = error.map(|(code, message)| [code.to_owned(), message]);
        self.status.send_if_modified(|status| {
            let is_news = status.error != error;
            status.error = error;
            is_news
        });
    }

    pub(super) fn judged(&self, process: &Process, closed: &[Closed], took: Duration) {
        let monitor = process.monitor();
        let windows = closed.iter().filter(|closed| closed.resolution == Resolution::Window).count();
        let last = closed.iter().rfind(|closed| closed.resolution == Resolution::Window);
        self.status.send_modify(|status| {
            status.learned_ratio = monitor.learned_ratio();
            status.series = monitor.series_watched() as u64;
            status.rows = monitor.rows();
            status.lost_rows = monitor.lost_rows();
            status.notes = process.notes();
            if let Some(closed) = last {
                status.last_window_ms = closed.summary.end_ms;
                status.rows_per_sec = closed.summary.values.get("rows_per_sec").copied().unwrap_or(0.0);
                status.judge_secs = took.as_secs_f64() / windows.max(1) as f64;
            }
        });
    }

    /// It broke down: the supervisor begins it again.
    pub(super) fn fail(&self) {
        self.has_failed.send_replace(true);
    }
}

/// Begins, changes and ends monitors until the service stops.
pub(crate) async fn supervise(service: Service) {
    let mut stopping = service.stopping.clone();
    loop {
        if let Err(error) = round(&service).await {
            tracing::warn!(cause = %error, "monitors could not be looked after");
        }
        tokio::select! {
            () = stopped(&mut stopping) => break,
            () = service.live.changed.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    end(service.live.take(|_, _| true)).await;
    if let Err(error) = service.database.release_monitors(&service.live.owner).await {
        tracing::warn!(cause = %error, "monitors could not be released; another instance takes them in a while");
    }
}

async fn round(service: &Service) -> Result<(), driftline_store::StoreError> {
    let live = &service.live;
    let now = now_ms();
    let taken = service.database.take_monitors(&live.owner, (now, now + LEASE_MS)).await?;
    let wanted: HashMap<&str, i64> =
        taken.iter().map(|record| (record.id.as_str(), record.version)).collect();
    let is_gone = |id: &str, entry: &Entry| {
        wanted.get(id) != Some(&entry.version)
            || *entry.running.has_failed.borrow()
            || entry.task.is_finished()
    };
    end(live.take(is_gone)).await;
    for record in taken {
        if !live.is_running(&record.id) {
            begin(service, record).await;
        }
    }
    Ok(())
}

async fn begin(service: &Service, record: MonitorRecord) {
    let spool = match &record.feed {
        FeedSettings::Push {} => {
            let folder = service.data.monitor(&record.id).join("sent");
            let opened = tokio::task::spawn_blocking(move || Spool::open(&folder, now_ms())).await;
            match opened.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                Ok(spool) => Some(spool),
                Err(error) => {
                    tracing::warn!(monitor = record.name, cause = %error, "what was sent cannot be read");
                    None
                }
            }
        }
        _ => None,
    };
    let (status, has_failed) = (watch::Sender::default(), watch::Sender::new(false));
    let running = Arc::new(Running {
        recent: Recent::new(),
        status,
        spool,
        has_failed,
        clock: Mutex::new(LiveClock::new()),
    });
    let (stop, stops) = watch::channel(false);
    let (id, version) = (record.id.clone(), record.version);
    let task = tokio::spawn(runner::run(service.clone(), record, Arc::clone(&running), stops));
    service.live.insert(&id, Entry { version, running, stop, task });
}

async fn end(entries: Vec<Entry>) {
    for entry in &entries {
        entry.stop.send_replace(true);
    }
    for entry in entries {
        // One that was lost has nothing left to keep.
        let _ = entry.task.await;
    }
}
