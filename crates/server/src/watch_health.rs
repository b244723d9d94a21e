//! Whether the service is well: a list of things that are looked at.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use driftline_engine::{available_bytes, resident_bytes};
use driftline_store::{DeliveryQueue, Dialect, QueueState, StoreError};
use serde::Serialize;

use crate::Service;
use crate::state::now_ms;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that are written to see whether it can be done: one page of most disks.
const PROBE_BYTES: usize = 4096;
/// Free space below which nothing more is taken on.
const LEAST_SPACE: u64 = 500_000_000;
/// Free space below which somebody should know.
const LITTLE_SPACE: u64 = 2_000_000_000;
/// How long the database may take to answer before somebody should know.
const SLOW: Duration = Duration::from_secs(1);
/// Available memory below which somebody should know: a check slows down with less.
const LITTLE_MEMORY: u64 = 256 << 20;
/// How far the clock may differ from that of a shared database: a third of the lease of a job, after which another
/// instance takes the job for lost.
const MAX_SKEW_MS: i64 = 5_000;
/// How far behind the last line of the audit log the clock may be.
const MAX_BEHIND_MS: i64 = 60_000;
/// How far back alerts that were given up are looked for.
const RECENT_MS: i64 = 60 * 60 * 1000;
/// How long an alert may wait to arrive.
const MAX_DELAY_MS: i64 = 15 * 60 * 1000;
/// How long a job may wait.
const MAX_WAIT_MS: i64 = 10 * 60 * 1000;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthState {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warning,
    /// It does not work.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct HealthCheck {
    /// Its name, which stays.
    pub(crate) name: &'static str,
    /// Whether it works.
    pub(crate) ok: bool,
    /// How it is.
    pub(crate) state: HealthState,
    /// Whether the service cannot work without it.
    pub(crate) required: bool,
    /// What was seen.
    pub(crate) detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<&'static str>,
}

impl HealthCheck {
    pub(crate) fn new(
        name: &'static str,
        required: bool,
        state: HealthState,
        detail: impl Into<String>,
        help: &'static str,
    ) -> Self {
        let help = (state != HealthState::Ok).then_some(help);
        Self { name, ok: state != HealthState::Failed, state, required, detail: detail.into(), help }
    }
}

/// Whether the service can work with this.
pub(crate) fn can_work(checks: &[HealthCheck]) -> bool {
    checks.iter().all(|check| check.ok || !check.required)
}

/// What the machine gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resources {
    /// Memory that the process holds.
    pub(crate) resident: Option<u64>,
    /// Memory that it could still have.
    pub(crate) available: u64,
    /// Free and total bytes of the disk of the data folder.
    pub(crate) disk: Option<(u64, u64)>,
    /// Why the data folder cannot be written to.
    unwritable: Option<io::ErrorKind>,
}

/// What was seen in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) checks: Vec<HealthCheck>,
    pub(crate) resources: Resources,
    /// Absent when the database does not answer.
    pub(crate) queue: Option<QueueState>,
}

/// Looks at everything.
pub(crate) async fn look(service: &Service) -> Look {
    let timed = async {
        let begun = Instant::now();
        (soon(service.database.queue_state()).await, begun.elapsed())
    };
    let ((queue, took), known, resources, deliveries) = tokio::join!(
        timed,
        soon(service.database.known_moment_ms()),
        resources(service),
        soon(service.database.delivery_queue(now_ms() - RECENT_MS))
    );
    let dialect = service.database.dialect();
    let mut checks = vec![
        database(queue.map(|_| took)),
        folder(&resources),
        space(resources.disk),
        memory(&resources, service.telemetry.budget),
        waiting(queue, now_ms()),
        workers(service.telemetry.workers_alive(), service.config.workers.max(1)),
        clock(dialect, known.flatten(), now_ms()),
        alerts(deliveries, now_ms()),
    ];
    checks.extend(service.tls.as_ref().map(|serving| serving.health()));
    Look { checks, resources, queue }
}

/// What the database answers, if it does so in time.
pub(crate) async fn soon<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()
}

/// What the machine gives at this moment.
pub(crate) async fn resources(service: &Service) -> Resources {
    let (root, uploads) = (service.data.root().to_path_buf(), service.data.root().join("uploads"));
    let looked = tokio::task::spawn_blocking(move || Resources {
        resident: resident_bytes(),
        available: available_bytes().0,
        disk: disk(&root),
        unwritable: probe(&uploads).err().map(|error| error.kind()),
    });
    // Only a panic or the end of the process keeps it from being tried.
    looked.await.unwrap_or(Resources {
        resident: None,
        available: 0,
        disk: None,
        unwritable: Some(io::ErrorKind::Other),
    })
}

/// Writes a little: a file without bytes can be made on a full disk too.
fn probe(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder)?.write_all(&[0; PROBE_BYTES])
}

#[cfg(unix)]
fn disk(folder: &Path) -> Option<(u64, u64)> {
    let figures = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(figures.f_frsize);
    Some((bytes(figures.f_bavail), bytes(figures.f_blocks)))
}

#[cfg(not(unix))]
fn disk(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether alerts arrive. Nothing that the service itself needs.
fn alerts(queue: Option<DeliveryQueue>, now_ms: i64) -> HealthCheck {
    let queue = queue.unwrap_or_default();
    let waits_ms = queue.oldest_ms.map_or(0, |since| now_ms.saturating_sub(since).max(0));
    let (state, detail) = match queue {
        DeliveryQueue { failed, .. } if failed > 0 => {
            (HealthState::Warning, format!("{failed} were given up in the last hour"))
        }
        DeliveryQueue { waiting, .. } if waits_ms > MAX_DELAY_MS => (
            HealthState::Warning,
            format!("{waiting} wait to be sent, the oldest for {} min", waits_ms / 60_000),
        ),
        _ => (HealthState::Ok, "arrive".to_owned()),
    };
    let help = "look at the deliveries of each channel, mend the channel and send them again";
    HealthCheck::new("alerts", false, state, detail, help)
}

/// The word for what speaks SQL.
pub(crate) fn kind_of_database(service: &Service) -> &'static str {
    match service.database.dialect() {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
    }
}

/// `took` is how long it took to answer, if it did.
fn database(took: Option<Duration>) -> HealthCheck {
    let (state, detail, help) = match took {
        None => (
            HealthState::Failed,
            "does not answer".to_owned(),
            "see that the database runs and can be reached; `driftline doctor` tells more",
        ),
        Some(took) if took > SLOW => (
            HealthState::Warning,
            format!("answers after {:.1} s", took.as_secs_f64()),
            "see what else the database and its disk are busy with",
        ),
        Some(_) => (HealthState::Ok, "answers".to_owned(), ""),
    };
    HealthCheck::new("database", true, state, detail, help)
}

fn folder(resources: &Resources) -> HealthCheck {
    let (state, detail) = match resources.unwritable {
        None => (HealthState::Ok, "can be written to".to_owned()),
        Some(kind) => (HealthState::Failed, format!("cannot be written to: {kind}")),
    };
    let help = match resources.unwritable {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
            "make room on the disk of the data folder: delete datasets and checks, or give it more"
        }
        Some(io::ErrorKind::ReadOnlyFilesystem) => {
            "see why the disk of the data folder has become read-only, often a fault of the disk, and mount it anew"
        }
        _ => "see that the data folder is there and belongs to the user that runs the service",
    };
    HealthCheck::new("data_folder", true, state, detail, help)
}

fn space(disk: Option<(u64, u64)>) -> HealthCheck {
    let (state, detail) = match disk {
        None => (HealthState::Ok, "not known on this system".to_owned()),
        Some((free, total)) => {
            let state = match free {
                ..LEAST_SPACE => HealthState::Failed,
                LEAST_SPACE..LITTLE_SPACE => HealthState::Warning,
                _ => HealthState::Ok,
            };
            (state, format!("{} of {} free", size(free), size(total)))
        }
    };
    HealthCheck::new("disk_space", true, state, detail, "delete datasets, or give the data folder more room")
}

fn memory(resources: &Resources, budget: u64) -> HealthCheck {
    let available = resources.available;
    let (state, detail) = match resources.resident {
        None => (HealthState::Ok, "not known on this system".to_owned()),
        Some(held) => {
            let state = match () {
                () if held > budget => HealthState::Failed,
                () if available < LITTLE_MEMORY => HealthState::Warning,
                () => HealthState::Ok,
            };
            let [held, budget, available] = [held, budget, available].map(size);
            (state, format!("holds {held}, the budget is {budget}, {available} are available"))
        }
    };
    let help = match state {
        HealthState::Warning => "end what else needs memory on this machine, or give it more",
        _ => "give the service a larger memory budget, or let fewer workers run at the same time",
    };
    HealthCheck::new("memory", false, state, detail, help)
}

fn waiting(queue: Option<QueueState>, now_ms: i64) -> HealthCheck {
    let (state, detail) = match queue {
        None => (HealthState::Warning, "not known: the database does not answer".to_owned()),
        Some(QueueState { oldest_ms: None, .. }) => (HealthState::Ok, "nothing waits".to_owned()),
        Some(QueueState { queued, oldest_ms: Some(oldest), .. }) => {
            let waits = now_ms.saturating_sub(oldest).max(0);
            let state = if waits > MAX_WAIT_MS { HealthState::Failed } else { HealthState::Ok };
            (state, format!("{queued} waiting, the oldest for {} s", waits / 1000))
        }
    };
    let help = "let more workers run at the same time, or cancel checks that nobody needs";
    HealthCheck::new("queue", false, state, detail, help)
}

fn workers(alive: u32, wanted: u32) -> HealthCheck {
    let state = match alive {
        0 => HealthState::Failed,
        _ if alive < wanted => HealthState::Warning,
        _ => HealthState::Ok,
    };
    let help = "start the service again; the log tells why workers were lost";
    HealthCheck::new("workers", true, state, format!("{alive} of {wanted} work"), help)
}

/// `known` is the latest moment that the database knows of.
fn clock(dialect: Dialect, known: Option<i64>, now_ms: i64) -> HealthCheck {
    let behind = known.map_or(0, |known| known.saturating_sub(now_ms));
    let (is_off, what) = match dialect {
        Dialect::Postgres => (behind.abs() > MAX_SKEW_MS, "the clock of the database"),
        // The last line may be old; it cannot be from the future.
        Dialect::Sqlite => (behind > MAX_BEHIND_MS, "the last line of the audit log"),
    };
    let (state, detail) = match is_off {
        false => (HealthState::Ok, "agrees with the database".to_owned()),
        true => {
            let word = if behind > 0 { "behind" } else { "ahead of" };
            (HealthState::Failed, format!("is {} s {word} {what}", behind.abs() / 1000))
        }
    };
    let help = "set the clock of this machine, best with NTP: sessions end and jobs are taken for lost by it";
    HealthCheck::new("clock", false, state, detail, help)
}

/// A size as people say it.
fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to one digit")]
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 1000.0 { format!("{megabytes:.0} MB") } else { format!("{:.1} GB", megabytes / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_and_memory_are_judged_by_their_limits() {
        let states = [Some((499_999_999, 1)), Some((500_000_000, 1)), Some((2_000_000_000, 1)), None]
            .map(|disk| space(disk).state);
        assert_eq!(states, [HealthState::Failed, HealthState::Warning, HealthState::Ok, HealthState::Ok]);
        let with = |resident, available| Resources { resident, available, disk: None, unwritable: None };
        let check = memory(&with(Some(3_100_000_000), 5_000_000_000), 2_000_000_000);
        assert_eq!((check.ok, check.required), (false, false));
        assert_eq!(check.detail, "holds 3.1 GB, the budget is 2.0 GB, 5.0 GB are available");
        assert_eq!(memory(&with(Some(5), LITTLE_MEMORY), 5).state, HealthState::Ok);
        let little = memory(&with(Some(5), LITTLE_MEMORY - 1), 5);
        assert_eq!((little.state, little.ok), (HealthState::Warning, true));
        assert!(little.help.is_some_and(|help| help.starts_with("end what else")));
    }

    #[test]
    fn a_database_is_gone_slow_or_well() {
        assert!(!database(None).ok);
        let slow = database(Some(Duration::from_millis(1_400)));
        assert_eq!((slow.state, &*slow.detail), (HealthState::Warning, "answers after 1.4 s"));
        assert_eq!(database(Some(SLOW)).help, None);
    }

    #[test]
    fn a_folder_says_why_it_cannot_be_written_to() {
        for (why, help) in [
            (io::ErrorKind::StorageFull, "make room"),
            (io::ErrorKind::ReadOnlyFilesystem, "see why the disk"),
            (io::ErrorKind::PermissionDenied, "see that the data folder"),
        ] {
            let unwritable = Some(why);
            let check = folder(&Resources { resident: None, available: 0, disk: None, unwritable });
            assert!(!check.ok && check.help.is_some_and(|text| text.starts_with(help)), "{check:?}");
        }
    }

    #[test]
    fn a_clock_is_compared_with_what_the_database_knows() {
        let state = |dialect, known| clock(dialect, known, 100_000).state;
        let (ok, failed) = (HealthState::Ok, HealthState::Failed);
        for (dialect, known, expected) in [
            (Dialect::Sqlite, None, ok),
            (Dialect::Sqlite, Some(0), ok),
            (Dialect::Sqlite, Some(160_000), ok),
            (Dialect::Sqlite, Some(160_001), failed),
            (Dialect::Postgres, Some(105_000), ok),
            (Dialect::Postgres, Some(105_001), failed),
            (Dialect::Postgres, Some(94_999), failed),
        ] {
            assert_eq!(state(dialect, known), expected, "{dialect:?} {known:?}");
        }
        let detail = clock(Dialect::Sqlite, Some(190_000), 100_000).detail;
        assert_eq!(detail, "is 90 s behind the last line of the audit log");
        let detail = clock(Dialect::Postgres, Some(90_000), 100_000).detail;
        assert_eq!(detail, "is 10 s ahead of the clock of the database");
    }

    #[test]
    fn alerts_that_do_not_arrive_are_told() {
        let of = |waiting, oldest_ms, failed| {
            let check = alerts(Some(DeliveryQueue { waiting, oldest_ms, failed }), MAX_DELAY_MS + 60_000);
            (check.state, check.detail)
        };
        assert_eq!(of(0, None, 0), (HealthState::Ok, "arrive".to_owned()));
        assert_eq!(of(3, Some(60_000), 0).0, HealthState::Ok);
        let late = "3 wait to be sent, the oldest for 16 min".to_owned();
        assert_eq!(of(3, Some(0), 0), (HealthState::Warning, late));
        assert_eq!(of(0, None, 2), (HealthState::Warning, "2 were given up in the last hour".to_owned()));
        assert_eq!(alerts(None, 0).state, HealthState::Ok, "the database has a check of its own");
    }

    #[test]
    fn only_what_is_required_stops_the_service() {
        let old = QueueState { queued: 2, running: 0, oldest_ms: Some(1_000) };
        let queue = waiting(Some(old), 1_000 + MAX_WAIT_MS + 1);
        assert_eq!((queue.ok, queue.detail.as_str()), (false, "2 waiting, the oldest for 600 s"));
        assert!(waiting(Some(old), 1_000 + MAX_WAIT_MS).ok);
        assert!(can_work(&[queue, workers(1, 2)]));
        assert!(!can_work(&[workers(0, 2)]));
        assert!(!can_work(&[database(None)]));
    }
}
