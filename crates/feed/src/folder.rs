//! New files in a folder, each once, in order of their names.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use driftline_ingest::live::RowFormat;
use glob::{MatchOptions, Pattern};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::part::{Growth, Part, Place, read_part};
use crate::position;
use crate::reach::unreadable;
use crate::watch::Watch;
use crate::{Feed, FeedError, NextPiece, Piece, Reach, blocking};

/// How long a file must keep its size until it is taken as whole.
const SETTLE: Duration = Duration::from_secs(1);
/// How long a folder may be missing until that is told.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most files that are remembered as done; of more, those that come first by name are forgotten, with all before them.
const MAX_DONE: usize = 10_000;
/// Most files of the pattern in the folder.
const MAX_FILES: usize = 100_000;

/// What a file looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    size: u64,
    modified_ms: u64,
    /// Some network drives give other ones every time: it only tells whether a file that has grown is the same.
    inode: u64,
}

impl Look {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let modified_ms = modified.map_or(0, |since| since.as_millis() as u64);
        Self { size: metadata.len(), modified_ms, inode: metadata.ino() }
    }

    fn is_like(self, other: Self) -> bool {
        (self.size, self.modified_ms) == (other.size, other.modified_ms)
    }
}

/// A file that is done, and the hash of its beginning: one that has grown goes on behind what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64, u64)", into = "(u64, u64, u64, u64)")]
struct Done {
    look: Look,
    start: u64,
}

// Thousands of them are kept with every piece: without names they take a third of the space.
impl From<(u64, u64, u64, u64)> for Done {
    fn from((size, modified_ms, inode, start): (u64, u64, u64, u64)) -> Self {
        Self { look: Look { size, modified_ms, inode }, start }
    }
}

impl From<Done> for (u64, u64, u64, u64) {
    fn from(Done { look, start }: Done) -> Self {
        (look.size, look.modified_ms, look.inode, start)
    }
}

/// A file that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reading {
    name: String,
    look: Look,
    place: Place,
}

/// Where the feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// All files up to this name are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<String>,
    /// Files behind it that are done.
    #[serde(default)]
    done: BTreeMap<String, Done>,
    /// The file that is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<Reading>,
}

/// New files in a folder.
pub(crate) struct FolderFeed {
    path: PathBuf,
    pattern: Pattern,
    format: RowFormat,
    reach: Reach,
    watch: Watch,
    position: Position,
    /// The file that is read, open.
    file: Option<Arc<File>>,
    /// How the files that wait look, and since when.
    waiting: HashMap<String, (Look, Instant)>,
    settle: Duration,
    missing_since: Option<Instant>,
}

impl FolderFeed {
    pub(crate) fn new(
        (path, pattern): (&str, &str),
        format: RowFormat,
        kept: Option<&str>,
        reach: &Reach,
    ) -> Result<Self, FeedError> {
        let path = PathBuf::from(path);
        reach.admit(&path)?;
        let wrong = |reason: String| FeedError::Settings { setting: "pattern", reason };
        if pattern.is_empty() || pattern.contains('/') {
            return Err(wrong("it must be a pattern of names such as `*.csv`, without `/`".to_owned()));
        }
        let pattern = Pattern::new(pattern).map_err(|error| wrong(error.to_string()))?;
        let position = position::parse("folder", kept)?.unwrap_or_default();
        Ok(Self {
            watch: Watch::new(&path),
            path,
            pattern,
            format,
            reach: reach.clone(),
            position,
            file: None,
            waiting: HashMap::new(),
            settle: SETTLE,
            missing_since: None,
        })
    }

    /// Shortens how long files must keep their size.
    #[cfg(test)]
    pub(crate) fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            self.watch.begin();
            if self.position.reading.is_none() && !self.choose().await? {
                self.watch.changed().await;
            } else if let Some(piece) = self.read().await? {
                return Ok(piece);
            }
        }
    }

    /// Chooses the next file.
    async fn choose(&mut self) -> Result<bool, FeedError> {
        let (path, reach, pattern) = (self.path.clone(), self.reach.clone(), self.pattern.clone());
        let Some(files) = blocking(move || list(&path, &reach, &pattern)).await? else {
            let since = *self.missing_since.get_or_insert_with(Instant::now);
            if since.elapsed() < PATIENCE {
                return Ok(false);
            }
            self.missing_since = None;
            return Err(FeedError::Missing { path: self.path.clone() });
        };
        self.missing_since = None;
        // What is gone cannot come again: a file of the same name would be another. A drive that is not mounted is
        // an empty folder, though.
        if !files.is_empty() {
            self.position.done.retain(|name, _| files.contains_key(name));
        }
        self.waiting.retain(|name, _| files.contains_key(name));
        self.watch.retain_moved(|name| files.contains_key(name));
        let (now, mut chosen) = (Instant::now(), None);
        for (name, look) in &files {
            if self.position.is_done(name, *look) {
                self.waiting.remove(name);
                continue;
            }
            let (seen, since) = self.waiting.entry(name.clone()).or_insert((*look, now));
            if !seen.is_like(*look) {
                (*seen, *since) = (*look, now);
            }
            let is_whole = since.elapsed() >= self.settle || self.watch.is_moved_in(name);
            if is_whole && chosen.is_none() {
                chosen = Some((name.clone(), *look));
            }
        }
        let Some((name, look)) = chosen else { return Ok(false) };
        self.waiting.remove(&name);
        self.watch.retain_moved(|moved| moved != name);
        self.file = None;
        let place = self.position.place_in(&name, look);
        self.position.reading = Some(Reading { name, look, place });
        Ok(true)
    }

    /// Reads on in the file that was chosen.
    async fn read(&mut self) -> Result<Option<Piece>, FeedError> {
        let Some(reading) = self.position.reading.clone() else { return Ok(None) };
        let path = self.path.join(&reading.name);
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => {
                let (path, reach) = (path.clone(), self.reach.clone());
                match blocking(move || reach.open(&path)).await {
                    Ok(Some(file)) => Arc::clone(self.file.insert(Arc::new(file))),
                    // Somebody took it away; what cannot be opened is passed over until it changes.
                    Ok(None) => return Ok(self.finish(&reading)),
                    Err(error) => {
                        self.finish(&reading);
                        return Err(error);
                    }
                }
            }
        };
        let (place, format) = (reading.place.clone(), self.format);
        let part = blocking(move || {
            let part = read_part((&file, &path), &place, format, Growth::Done)?;
            let metadata = file.metadata().map_err(|error| unreadable(&path, error))?;
            Ok((part, Look::of(&metadata)))
        });
        let (part, now) = match part.await {
            Ok((part, now)) => (Ok(part), Some(now)),
            Err(error) => (Err(error), None),
        };
        match part {
            Ok(Part::Rows(bytes, place)) => {
                self.position.reading = Some(Reading { place, ..reading });
                let position = position::text(&self.position);
                return Ok(Some(Piece { bytes, format: self.format, position }));
            }
            Ok(Part::Blank(place)) => self.position.reading = Some(Reading { place, ..reading }),
            Ok(Part::Dropped(place)) => {
                let named = self.path.join(&reading.name).display().to_string();
                self.position.reading = Some(Reading { place, ..reading });
                return Err(position::record_too_large(named));
            }
            Ok(Part::Other) => {
                self.file = None;
                self.position.reading = Some(Reading { place: Place::default(), ..reading });
            }
            Ok(Part::Nothing) => {
                // It may have grown since it was chosen: what is done is what was read.
                let look = Look { size: reading.place.offset, ..now.unwrap_or(reading.look) };
                return Ok(self.finish(&Reading { look, ..reading }));
            }
            Err(error) => {
                self.finish(&reading);
                return Err(error);
            }
        }
        Ok(None)
    }

    /// The file is done.
    fn finish(&mut self, reading: &Reading) -> Option<Piece> {
        self.file = None;
        self.position.finish(reading);
        None
    }
}

impl Feed for FolderFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}

impl Position {
    fn is_done(&self, name: &str, look: Look) -> bool {
        let is_below = self.floor.as_deref().is_some_and(|floor| name <= floor);
        is_below || self.done.get(name).is_some_and(|done| done.look.is_like(look))
    }

    /// Where to begin in a file: behind what is done when it has grown since.
    fn place_in(&self, name: &str, look: Look) -> Place {
        match self.done.get(name) {
            Some(done) if look.size > done.look.size && look.inode == done.look.inode => {
                Place::behind(done.look.size, done.start)
            }
            _ => Place::default(),
        }
    }

    fn finish(&mut self, reading: &Reading) {
        self.reading = None;
        let done = Done { look: reading.look, start: reading.place.start };
        self.done.insert(reading.name.clone(), done);
        while self.done.len() > MAX_DONE {
            self.floor = self.done.pop_first().map(|(name, _)| name).or(self.floor.take());
        }
    }
}

/// The files of the pattern, by name; none when the folder is not there.
fn list(path: &Path, reach: &Reach, pattern: &Pattern) -> Result<Option<BTreeMap<String, Look>>, FeedError> {
    let Some(real) = reach.resolve(path)? else { return Ok(None) };
    let entries = match std::fs::read_dir(&real) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    // `*` leaves out names that begin with a dot: so do those who write files and rename them when they are whole.
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    let mut files = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(path, error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !pattern.matches_with(&name, options) {
            continue;
        }
        // Links are followed; what has just gone is left out.
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        if !metadata.is_file() {
            continue;
        }
        files.insert(name, Look::of(&metadata));
        if files.len() > MAX_FILES {
            return Err(FeedError::TooMany { path: path.to_owned(), max: MAX_FILES });
        }
    }
    Ok(Some(files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_bounded() {
        let look = Look { size: 1, modified_ms: 2, inode: 3 };
        let mut position = Position::default();
        for number in 0..=MAX_DONE + 1 {
            let name = format!("{number:06}.csv");
            position.finish(&Reading { name, look, place: Place::default() });
        }
        assert_eq!((position.done.len(), position.floor.as_deref()), (MAX_DONE, Some("000001.csv")));
        // What is forgotten stays done, and so does all before it.
        for name in ["000000.csv", "000001.csv", "000001", "000002.csv"] {
            assert!(position.is_done(name, look), "{name}");
        }
        assert!(!position.is_done("000002.csv", Look { size: 2, ..look }));
        let again: Position = serde_json::from_str(&position::text(&position)).unwrap();
        assert_eq!(again, position);
    }
}
