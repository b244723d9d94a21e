//! Removes what nobody needs any more: what has expired, and what a crash has left behind.

use std::collections::BTreeMap;
use std::fs::ReadDir;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use axum::http::StatusCode;
use driftline_model::service::AuditOutcome;
use driftline_store::{AuditLine, StoreError};
use tokio::time::MissedTickBehavior;

use crate::receive::{Partial, delete_dataset, delete_upload};
use crate::state::{now_ms, stopped};
use crate::{ApiError, Service, check_deletion};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Rows that are dealt with in one round.
const MOST_ROWS: i64 = 200;
/// Files of a folder that are looked at in one round; the next round goes on behind them.
const MOST_FILES: usize = 1_000;
/// How long events are kept for clients that were away.
const KEPT_EVENTS_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Rounds from one look for leftovers to the next: they are rare, and looking goes through all baselines.
const LEFTOVERS_EVERY: u32 = 60;
/// What the folder of a backup that is being made is called, at its beginning.
pub const BACKUP_PREFIX: &str = ".driftline-backup-";
/// A day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Days that windows of monitors are kept, by resolution: the longer the more of them stand in one.
const KEPT_WINDOWS: [(&str, i64); 3] = [("window", 2), ("minute", 30), ("hour", 730)];
/// How long notices are kept.
const KEPT_NOTICES_MS: i64 = 90 * 24 * 60 * 60 * 1000;
/// Notices that are kept of a person; the newest ones.
const MOST_NOTICES: i64 = 1_000;
/// How long the coming and going of incidents is remembered: longer than any rule looks back.
const KEPT_FLAPS_MS: i64 = 2 * DAY_MS;
/// Age before which a file is left alone: it may be about to be used.
const LEAST_AGE_MS: i64 = 60 * 60 * 1000;

/// What one round has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Datasets whose time was over.
    pub datasets: u64,
    /// Checks that had grown old.
    pub checks: u64,
    /// Uploads that were given up.
    pub uploads: u64,
    /// Notices that are old, or too many.
    pub notices: u64,
    /// Deliveries of alerts that are old.
    pub deliveries: u64,
    /// Files that nothing refers to.
    pub files: u64,
}

/// Sweeps through everything once, as if it were `now_ms`: in as many rounds as the folders are large.
///
/// # Errors
/// When the database or the disk refuses; what was removed before stays removed.
pub async fn sweep(service: &Service, now_ms: i64) -> Result<Swept, ApiError> {
    let mut sweeper = Sweeper::new(service.clone());
    let mut swept = Swept::default();
    loop {
        let round = sweeper.round(now_ms).await?;
        swept.datasets += round.datasets;
        swept.checks += round.checks;
        swept.uploads += round.uploads;
        swept.notices += round.notices;
        swept.deliveries += round.deliveries;
        swept.files += round.files;
        if sweeper.uploads.at.is_none() && sweeper.blobs.at.is_none() {
            return Ok(swept);
        }
    }
}

/// Sweeps at once and then every minute, until the service stops.
pub(crate) async fn keep_sweeping(service: Service) {
    let mut stopping = service.stopping.clone();
    let mut sweeper = Sweeper::new(service);
    let mut clock = tokio::time::interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => return,
            _ = clock.tick() => {}
        }
        // Not cut off in the middle: a round is short.
        match sweeper.round(now_ms()).await {
            Ok(swept) if swept != Swept::default() => {
                let Swept { datasets, checks, uploads, notices, deliveries, files } = swept;
                tracing::info!(datasets, checks, uploads, notices, deliveries, files, "swept");
            }
            Ok(_) => {}
            // The next round tries again.
            Err(error) => tracing::warn!(status = error.status().as_u16(), "could not sweep"),
        }
    }
}

/// Goes round and round.
struct Sweeper {
    service: Service,
    uploads: Walk,
    blobs: Walk,
    rounds: u32,
}

impl Sweeper {
    fn new(service: Service) -> Self {
        let folder = |name: &str| Walk { folder: service.data.root().join(name), at: None };
        Self { uploads: folder("uploads"), blobs: folder("blobs"), rounds: 0, service }
    }

    async fn round(&mut self, now_ms: i64) -> Result<Swept, ApiError> {
        let (datasets, uploads) = (self.expired_datasets(now_ms).await?, self.expired_uploads(now_ms).await?);
        let checks = self.old_checks(now_ms).await?;
        let mut change = self.service.database.change().await?;
        change.forget_uploads(now_ms, MOST_ROWS).await?;
        let notices = change.forget_notices(now_ms - KEPT_NOTICES_MS, MOST_NOTICES).await?;
        let alert_days = i64::from(self.service.config.alerts.keep_days);
        let deliveries = change.forget_deliveries(now_ms - alert_days * DAY_MS).await?;
        change.forget_alert_flaps(now_ms - KEPT_FLAPS_MS).await?;
        for (resolution, days) in KEPT_WINDOWS {
            change.forget_windows(resolution, now_ms - days * DAY_MS).await?;
        }
        change.commit().await?;
        self.service.database.forget_events(now_ms - KEPT_EVENTS_MS).await?;
        let files =
            self.orphans(now_ms).await? + self.leftovers(now_ms).await? + self.left_by_monitors().await?;
        Ok(Swept { datasets, checks, uploads, notices, deliveries, files })
    }

    /// Removes the folders of monitors that are gone; nobody runs them any more when they are looked at.
    async fn left_by_monitors(&self) -> Result<u64, ApiError> {
        let mut removed = 0;
        let Ok(mut folders) = tokio::fs::read_dir(self.service.data.monitors()).await else { return Ok(0) };
        while let Ok(Some(folder)) = folders.next_entry().await {
            let name = folder.file_name().to_string_lossy().into_owned();
            if self.service.live.get(&name).is_none() && !self.service.database.is_monitor(&name).await? {
                // What cannot be removed now is tried again.
                removed += u64::from(tokio::fs::remove_dir_all(folder.path()).await.is_ok());
            }
        }
        Ok(removed)
    }

    async fn expired_datasets(&self, now_ms: i64) -> Result<u64, ApiError> {
        let mut removed = 0;
        for (workspace_id, id) in self.service.database.expired_datasets(now_ms, MOST_ROWS).await? {
            let line = line(&workspace_id, "dataset.expire", &id);
            removed += u64::from(delete_dataset(&self.service, &line).await?);
        }
        Ok(removed)
    }

    /// Deletes checks that ended too long ago, with one line in the audit log for each workspace.
    async fn old_checks(&self, now_ms: i64) -> Result<u64, ApiError> {
        let days = i64::from(self.service.config.keep_checks_days);
        if days == 0 {
            return Ok(0);
        }
        let mut by_workspace: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for old in self.service.database.old_checks(now_ms - days * DAY_MS, MOST_ROWS).await? {
            by_workspace.entry(old.workspace_id).or_default().push(old.id);
        }
        let mut removed = 0;
        for (workspace_id, ids) in by_workspace {
            removed += self.delete_checks(&workspace_id, &ids).await?;
        }
        Ok(removed)
    }

    async fn delete_checks(&self, workspace_id: &str, ids: &[String]) -> Result<u64, ApiError> {
        let (mut removed, mut blobs) = (0, Vec::new());
        let mut change = self.service.database.change().await?;
        for id in ids {
            // Another instance, or somebody, may have been faster.
            let of = (workspace_id, id.as_str());
            let Some(gone) = check_deletion::delete(&mut change, of, now_ms()).await? else { continue };
            blobs.extend(gone);
            removed += 1;
        }
        if removed == 0 {
            return Ok(0);
        }
        let days = self.service.config.keep_checks_days;
        let detail = format!("{removed} checks that ended more than {days} days ago");
        let line = AuditLine { detail: &detail, ..line(workspace_id, "check.expire", "") };
        change.audit(&line, now_ms()).await?;
        change.commit().await?;
        check_deletion::remove(&self.service, &blobs).await;
        Ok(removed)
    }

    async fn expired_uploads(&self, now_ms: i64) -> Result<u64, ApiError> {
        let mut removed = 0;
        for (workspace_id, id) in self.service.database.expired_uploads(now_ms, MOST_ROWS).await? {
            let line = line(&workspace_id, "upload.expire", &id);
            match delete_upload(&self.service, &line).await {
                Ok(was_there) => removed += u64::from(was_there),
                // Somebody writes to it: it has not been given up after all.
                Err(error) if error.status() == StatusCode::LOCKED => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    async fn orphans(&mut self, now_ms: i64) -> Result<u64, ApiError> {
        let before_ms = now_ms - LEAST_AGE_MS;
        let mut removed = 0;
        for file in self.uploads.next(before_ms).await? {
            if !self.service.database.is_upload_open(&file.name).await? {
                removed += u64::from(self.remove(&file).await?);
            }
        }
        for file in self.blobs.next(before_ms).await? {
            let database = &self.service.database;
            if !database.is_blob_used(&file.name).await? && !database.is_upload_open(&file.name).await? {
                removed += u64::from(self.remove(&file).await?);
            }
        }
        Ok(removed)
    }

    /// Removes what was killed in the middle of saving a baseline or of a backup.
    async fn leftovers(&mut self, now_ms: i64) -> Result<u64, ApiError> {
        self.rounds += 1;
        if self.rounds % LEFTOVERS_EVERY != 1 {
            return Ok(0);
        }
        let (mut removed, before_ms) = (0, now_ms - LEAST_AGE_MS);
        let before = UNIX_EPOCH + Duration::from_millis(before_ms.max(0).unsigned_abs());
        for (workspace_id, _) in self.service.database.workspaces().await? {
            let baselines = self.service.data.baselines(&workspace_id);
            let looked = tokio::task::spawn_blocking(move || baselines.remove_leftovers(before)).await;
            removed += looked.map_err(|error| ApiError::internal(error.to_string()))??;
        }
        let root = self.service.data.root().to_path_buf();
        let looked = tokio::task::spawn_blocking(move || lost_backups(&root, now_ms - DAY_MS)).await;
        removed += looked.map_err(|error| ApiError::internal(error.to_string()))?;
        if removed > 0 {
            let detail = format!("{removed} files");
            let mut change = self.service.database.change().await?;
            let line = AuditLine { detail: &detail, ..line("", "file.remove", "leftovers") };
            change.audit(&line, crate::state::now_ms()).await?;
            change.commit().await?;
        }
        Ok(removed)
    }

    /// Removes a file unless somebody writes to it; says whether it is gone.
    async fn remove(&self, file: &Found) -> Result<bool, ApiError> {
        let path = &file.path;
        let Ok(Some(_held)) = Partial::open([path.clone(), path.clone()]).await else { return Ok(false) };
        if tokio::fs::remove_file(path).await.is_err() {
            return Ok(false);
        }
        let mut change = self.service.database.change().await?;
        change.audit(&line("", "file.remove", &file.name), now_ms()).await?;
        change.commit().await?;
        Ok(true)
    }
}

/// Removes the folders of backups that were killed; says how many.
fn lost_backups(root: &Path, before_ms: i64) -> u64 {
    let Ok(entries) = std::fs::read_dir(root) else { return 0 };
    let is_lost = |entry: &std::fs::DirEntry| {
        let is_ours = entry.file_name().to_string_lossy().starts_with(BACKUP_PREFIX);
        is_ours && entry.metadata().is_ok_and(|metadata| written_ms(&metadata) < before_ms)
    };
    let lost = entries.flatten().filter(is_lost);
    // What cannot be removed now is tried again.
    lost.filter(|entry| std::fs::remove_dir_all(entry.path()).is_ok()).count() as u64
}

/// When a file was last written to; far in the future where that is not known.
fn written_ms(metadata: &std::fs::Metadata) -> i64 {
    let written = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    written.map_or(i64::MAX, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn line<'a>(workspace_id: &'a str, action: &'a str, subject: &'a str) -> AuditLine<'a> {
    AuditLine {
        actor: "system",
        address: "local",
        workspace_id,
        action,
        subject,
        outcome: AuditOutcome::Done,
        detail: "",
    }
}

/// A file of a folder.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    name: String,
    path: PathBuf,
}

/// Walks through a folder in pieces, again and again. It holds a place in the folder and no list of it.
struct Walk {
    folder: PathBuf,
    at: Option<ReadDir>,
}

impl Walk {
    /// Those of the next files that were last written to before `before_ms`.
    async fn next(&mut self, before_ms: i64) -> Result<Vec<Found>, ApiError> {
        let (folder, at) = (self.folder.clone(), self.at.take());
        let walked = tokio::task::spawn_blocking(move || walk(&folder, at, before_ms)).await;
        let (found, at) = walked.map_err(|error| ApiError::internal(error.to_string()))??;
        self.at = at;
        Ok(found)
    }
}

fn walk(
    folder: &Path,
    at: Option<ReadDir>,
    before_ms: i64,
) -> Result<(Vec<Found>, Option<ReadDir>), StoreError> {
    let refused = |source| StoreError::Io { action: "read", path: folder.to_path_buf(), source };
    let mut entries = match at {
        Some(entries) => entries,
        None => std::fs::read_dir(folder).map_err(refused)?,
    };
    let mut found = Vec::new();
    for _ in 0..MOST_FILES {
        let Some(entry) = entries.next() else { return Ok((found, None)) };
        // What vanishes meanwhile, or has a name that is none of ours, is left alone.
        let Ok(entry) = entry else { continue };
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(name) = entry.file_name().into_string() else { continue };
        if metadata.is_file() && written_ms(&metadata) < before_ms {
            found.push(Found { name, path: entry.path() });
        }
    }
    Ok((found, Some(entries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_in_pieces_and_young_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = MOST_FILES + 5;
        for number in 0..files {
            std::fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        let (first, at) = walk(folder.path(), None, i64::MAX).unwrap();
        assert!(at.is_some());
        let (second, at) = walk(folder.path(), at, i64::MAX).unwrap();
        assert!(at.is_none());
        assert_eq!((first.len(), second.len()), (MOST_FILES, 5));
        assert_eq!(walk(folder.path(), None, 0).unwrap().0, []);
    }
}
