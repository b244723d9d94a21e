//! Waiting for something to happen in a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// How often it is looked without being told: network drives tell nothing.
const POLL: Duration = Duration::from_millis(500);
/// How long it is waited for more when something has happened, so that rows come in fewer pieces.
const GATHER: Duration = Duration::from_millis(20);
/// Most names of files that are remembered as moved in: the others are taken as those that are written in place.
const MAX_MOVED: usize = 10_000;

/// Waits for changes in a folder.
pub(crate) struct Watch {
    folder: PathBuf,
    shared: Arc<Shared>,
    watcher: Option<RecommendedWatcher>,
    tried: Option<Instant>,
}

#[derive(Default)]
struct Shared {
    changed: Notify,
    moved: Mutex<BTreeSet<PathBuf>>,
    /// Whether the folder itself went away: one of the same name is another.
    is_lost: AtomicBool,
}

impl Shared {
    fn take_note(&self, event: Event, folder: &Path) {
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let is_gone = matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From))
        );
        if is_gone && event.paths.iter().any(|path| path == folder) {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        if let EventKind::Modify(ModifyKind::Name(mode)) = event.kind {
            let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
            let arrived = match mode {
                RenameMode::To => event.paths.into_iter().next(),
                RenameMode::Both => event.paths.into_iter().nth(1),
                _ => None,
            };
            if moved.len() < MAX_MOVED {
                moved.extend(arrived);
            }
        }
        self.changed.notify_one();
    }
}

impl Watch {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), shared: Arc::default(), watcher: None, tried: None }
    }

    /// Begins to be told, as soon as the folder is there. Where that is not possible it is looked again and again.
    pub(crate) fn begin(&mut self) {
        if self.shared.is_lost.swap(false, Ordering::Relaxed) {
            self.watcher = None;
        }
        if self.watcher.is_some() || self.tried.is_some_and(|tried| tried.elapsed() < POLL) {
            return;
        }
        self.tried = Some(Instant::now());
        let (shared, folder) = (Arc::clone(&self.shared), self.folder.clone());
        let told = move |event: notify::Result<Event>| match event {
            Ok(event) => shared.take_note(event, &folder),
            Err(_) => shared.changed.notify_one(),
        };
        let watcher = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(&self.folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        self.watcher = watcher.ok();
    }

    /// Waits until something has happened, or may have.
    pub(crate) async fn changed(&self) {
        if tokio::time::timeout(POLL, self.shared.changed.notified()).await.is_ok() {
            tokio::time::sleep(GATHER).await;
        }
    }

    /// Whether a file was moved in, and whole with that.
    pub(crate) fn is_moved_in(&self, name: &str) -> bool {
        let moved = self.shared.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.contains(&self.folder.join(name))
    }

    /// Keeps only those moved in that are asked for again.
    pub(crate) fn retain_moved(&self, is_kept: impl Fn(&str) -> bool) {
        let mut moved = self.shared.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(&is_kept));
    }
}
