//! A file that grows. It is followed when it is rotated (another file at its path) and when it is cut.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use driftline_ingest::live::RowFormat;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::part::{Growth, Part, Place, read_part};
use crate::position;
use crate::reach::unreadable;
use crate::watch::Watch;
use crate::{Feed, FeedError, NextPiece, Piece, Reach, blocking};

/// How long a file may be missing until that is told.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most files beside it that are looked through for the one that was rotated away.
const MAX_BESIDE: usize = 10_000;

/// Where the feed stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    inode: u64,
    #[serde(flatten)]
    place: Place,
}

/// A file that is read.
#[derive(Clone)]
struct Held {
    file: Arc<File>,
    position: Position,
    /// Done once another file has rows at the path.
    growth: Growth,
}

/// A file that grows.
pub(crate) struct FileFeed {
    path: PathBuf,
    format: RowFormat,
    reach: Reach,
    watch: Watch,
    kept: Option<Position>,
    held: Option<Held>,
    patience: Duration,
    missing_since: Option<Instant>,
}

impl FileFeed {
    pub(crate) fn new(
        path: &str,
        format: RowFormat,
        kept: Option<&str>,
        reach: &Reach,
    ) -> Result<Self, FeedError> {
        let path = PathBuf::from(path);
        reach.admit(&path)?;
        let Some(folder) = path.parent() else {
            let reason = "it must be the path of a file".to_owned();
            return Err(FeedError::Settings { setting: "path", reason });
        };
        let watch = Watch::new(folder);
        let kept = position::parse("file", kept)?;
        let reach = reach.clone();
        Ok(Self { path, format, reach, watch, kept, held: None, patience: PATIENCE, missing_since: None })
    }

    /// Shortens how long a missing file is waited for.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            self.watch.begin();
            let Some(held) = self.held.clone() else {
                self.open().await?;
                continue;
            };
            let (path, format) = (self.path.clone(), self.format);
            let part =
                blocking(move || read_part((&held.file, &path), &held.position.place, format, held.growth));
            match part.await? {
                Part::Rows(bytes, place) => {
                    let position = position::text(self.go_on(place));
                    return Ok(Piece { bytes, format: self.format, position });
                }
                Part::Blank(place) => {
                    self.go_on(place);
                }
                Part::Dropped(place) => {
                    self.go_on(place);
                    return Err(position::record_too_large(self.path.display().to_string()));
                }
                Part::Other => {
                    self.go_on(Place::default());
                }
                Part::Nothing => self.look_for_another().await?,
            }
        }
    }

    fn go_on(&mut self, place: Place) -> Option<&Position> {
        self.held.as_mut().map(|held| {
            held.position.place = place;
            &held.position
        })
    }

    /// Opens what is at the path, or what was there when the feed was last read.
    async fn open(&mut self) -> Result<(), FeedError> {
        let (path, reach, kept) = (self.path.clone(), self.reach.clone(), self.kept.clone());
        let opened = blocking(move || open(&path, &reach, kept.as_ref())).await?;
        if opened.is_some() {
            (self.held, self.kept, self.missing_since) = (opened, None, None);
            return Ok(());
        }
        let since = *self.missing_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.patience {
            self.missing_since = None;
            return Err(FeedError::Missing { path: self.path.clone() });
        }
        self.watch.changed().await;
        Ok(())
    }

    /// At the end of the file: waits for more, unless another one has taken its place.
    async fn look_for_another(&mut self) -> Result<(), FeedError> {
        let Some(held) = &mut self.held else { return Ok(()) };
        if held.growth == Growth::Done {
            self.held = None;
            return Ok(());
        }
        let (path, inode) = (self.path.clone(), held.position.inode);
        let is_replaced = blocking(move || match std::fs::metadata(&path) {
            // An empty one has just been made: the writer may not know of it yet.
            Ok(metadata) => Ok(metadata.ino() != inode && metadata.len() > 0),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(unreadable(&path, error)),
        });
        match is_replaced.await? {
            true => held.growth = Growth::Done,
            false => self.watch.changed().await,
        }
        Ok(())
    }
}

impl Feed for FileFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}

fn open(path: &Path, reach: &Reach, kept: Option<&Position>) -> Result<Option<Held>, FeedError> {
    let now = reach.open(path)?;
    let inode_now = now.as_ref().map(|file| inode_of(file, path)).transpose()?;
    if let Some(kept) = kept
        && inode_now != Some(kept.inode)
        && let Some(file) = rotated_away(path, reach, kept)?
    {
        return Ok(Some(Held { file: Arc::new(file), position: kept.clone(), growth: Growth::Open }));
    }
    let (Some(file), Some(inode)) = (now, inode_now) else { return Ok(None) };
    let place = kept.filter(|kept| kept.inode == inode).map(|kept| kept.place.clone()).unwrap_or_default();
    let position = Position { inode, place };
    Ok(Some(Held { file: Arc::new(file), position, growth: Growth::Open }))
}

/// The file that was read until the restart, under another name that begins with its own.
fn rotated_away(path: &Path, reach: &Reach, kept: &Position) -> Result<Option<File>, FeedError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(None);
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(None) };
    for entry in entries.take(MAX_BESIDE).flatten() {
        let is_named_like = entry.file_name().to_str().is_some_and(|other| other.starts_with(name));
        let is_it = is_named_like && entry.metadata().is_ok_and(|metadata| metadata.ino() == kept.inode);
        if is_it && let Some(file) = reach.open(&entry.path())? {
            let is_same = !matches!(
                read_part((&file, path), &kept.place, RowFormat::Ndjson, Growth::Open),
                Ok(Part::Other) | Err(_)
            );
            return Ok(is_same.then_some(file));
        }
    }
    Ok(None)
}

fn inode_of(file: &File, path: &Path) -> Result<u64, FeedError> {
    file.metadata().map(|metadata| metadata.ino()).map_err(|error| unreadable(path, error))
}
