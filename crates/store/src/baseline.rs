use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{AtomicFile, BaselineName, BaselineReference, StoreError};

/// Earlier current versions that are remembered to go back to.
const MAX_HISTORY: usize = 100;

/// A folder that holds baselines: `baselines/NAME/index.json` and one file a version beside it.
///
/// Every change takes a lock on the baseline, writes new files whole, and changes the index last, so that a
/// reader or a crash sees the state before or after, never one between.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

/// One baseline with all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// The version that `baseline:NAME` means.
    pub current: u32,
    /// Versions that were current before, oldest first.
    pub history: Vec<u32>,
    /// All versions, oldest first.
    pub versions: Vec<BaselineVersion>,
}

/// One saved profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineVersion {
    /// Its number, from 1.
    pub version: u32,
    /// Size of its file in bytes.
    pub size_bytes: u64,
    /// What it was made from.
    #[serde(flatten)]
    pub details: VersionDetails,
}

/// What a version was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionDetails {
    /// The source, as the user gave it.
    pub source: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns.
    pub columns: u64,
    /// When it was saved, in seconds since 1970.
    pub saved_unix_secs: u64,
    /// The job that saved it, where a service did: a job saves one version at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

/// What becomes of a version that is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It becomes the current version.
    Current,
    /// It waits to be promoted, unless it is the first.
    Candidate,
}

impl Workspace {
    /// The workspace in a folder, which is made when something is first saved.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Saves a profile as a new version and returns its number. A job that has saved a version already gets the
    /// number of that one, and nothing is saved: who was cut off before they knew may simply save again.
    ///
    /// # Errors
    /// When the folder cannot be written to or the index is damaged.
    pub fn save(
        &self,
        name: &BaselineName,
        profile: &[u8],
        details: VersionDetails,
        placement: Placement,
    ) -> Result<u32, StoreError> {
        let folder = self.folder(name);
        fs::create_dir_all(&folder).map_err(StoreError::io("make the folder", &folder))?;
        let _lock = self.lock(name)?;
        let mut baseline = match self.read(name) {
            Err(StoreError::Unknown { .. }) => {
                Baseline { name: name.to_string(), current: 0, history: Vec::new(), versions: Vec::new() }
            }
            other => other?,
        };
        if let Some(version) = details.job.as_deref().and_then(|job| baseline.version_of(job)) {
            return Ok(version);
        }
        let version = baseline.versions.last().map_or(0, |last| last.version) + 1;
        AtomicFile::write(&self.file(name, version), profile)?;
        baseline.versions.push(BaselineVersion { version, size_bytes: profile.len() as u64, details });
        if placement == Placement::Current || version == 1 {
            baseline.make_current(version);
        }
        self.write(name, &baseline)?;
        Ok(version)
    }

    /// One baseline.
    ///
    /// # Errors
    /// When there is no such baseline, or its index cannot be read.
    pub fn baseline(&self, name: &BaselineName) -> Result<Baseline, StoreError> {
        self.read(name)
    }

    /// All baselines, sorted by name. A workspace that is not there has none.
    ///
    /// # Errors
    /// When a folder or an index cannot be read.
    pub fn list(&self) -> Result<Vec<Baseline>, StoreError> {
        let folder = self.root.join("baselines");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(StoreError::io("read", &folder))?,
        };
        let mut baselines = Vec::new();
        for entry in entries {
            let entry = entry.map_err(StoreError::io("read", &folder))?;
            // What is not a baseline's name is not ours.
            let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            match self.read(&name) {
                Ok(baseline) => baselines.push(baseline),
                Err(StoreError::Unknown { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        baselines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(baselines)
    }

    /// Makes a version the current one.
    ///
    /// # Errors
    /// When there is no such version.
    pub fn promote(&self, name: &BaselineName, version: u32) -> Result<(), StoreError> {
        self.read(name)?;
        let _lock = self.lock(name)?;
        let mut baseline = self.read(name)?;
        baseline.check(version)?;
        baseline.make_current(version);
        self.write(name, &baseline)
    }

    /// Makes the version current that was current before, and returns its number.
    ///
    /// # Errors
    /// When there was none.
    pub fn rollback(&self, name: &BaselineName) -> Result<u32, StoreError> {
        self.read(name)?;
        let _lock = self.lock(name)?;
        let mut baseline = self.read(name)?;
        let earlier =
            baseline.history.pop().ok_or_else(|| StoreError::NothingBefore { name: name.to_string() })?;
        baseline.current = earlier;
        self.write(name, &baseline)?;
        Ok(earlier)
    }

    /// The version that is meant, and its file.
    ///
    /// # Errors
    /// When there is no such baseline or version.
    pub fn resolve(&self, reference: &BaselineReference) -> Result<(u32, PathBuf), StoreError> {
        let baseline = self.read(&reference.name)?;
        let version = reference.version.unwrap_or(baseline.current);
        baseline.check(version)?;
        Ok((version, self.file(&reference.name, version)))
    }

    /// Removes what savers that were killed have left behind: files that were never finished, and profiles that no
    /// version names. Only what was last written to before `before`. Says how many files that were.
    ///
    /// # Errors
    /// When a folder cannot be read or a file not be removed.
    pub fn remove_leftovers(&self, before: SystemTime) -> Result<u64, StoreError> {
        let folder = self.root.join("baselines");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other.map_err(StoreError::io("read", &folder))?,
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry.map_err(StoreError::io("read", &folder))?;
            let Some(name) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            removed += self.remove_leftovers_of(&name, before)?;
        }
        Ok(removed)
    }

    fn remove_leftovers_of(&self, name: &BaselineName, before: SystemTime) -> Result<u64, StoreError> {
        let folder = self.folder(name);
        let _lock = self.lock(name)?;
        let known: Vec<PathBuf> = match self.read(name) {
            Ok(baseline) => baseline.versions.iter().map(|one| self.file(name, one.version)).collect(),
            Err(StoreError::Unknown { .. }) => Vec::new(),
            // What a damaged index names is not known: nothing is touched.
            Err(_) => return Ok(0),
        };
        let mut removed = 0;
        for entry in fs::read_dir(&folder).map_err(StoreError::io("read", &folder))? {
            let path = entry.map_err(StoreError::io("read", &folder))?.path();
            let ends = |end: &str| path.extension().is_some_and(|extension| extension == end);
            let is_leftover = ends("partial") || (ends("dlp") && !known.contains(&path));
            let is_old =
                fs::metadata(&path).and_then(|metadata| metadata.modified()).is_ok_and(|at| at < before);
            if is_leftover && is_old {
                fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn folder(&self, name: &BaselineName) -> PathBuf {
        self.root.join("baselines").join(name.as_str())
    }

    fn file(&self, name: &BaselineName, version: u32) -> PathBuf {
        self.folder(name).join(format!("v{version:06}.dlp"))
    }

    fn index(&self, name: &BaselineName) -> PathBuf {
        self.folder(name).join("index.json")
    }

    /// Waits until no other process changes this baseline; released when dropped.
    fn lock(&self, name: &BaselineName) -> Result<File, StoreError> {
        let path = self.folder(name).join(".lock");
        let file = File::create(&path).map_err(StoreError::io("write", &path))?;
        file.lock().map_err(StoreError::io("lock", &path))?;
        Ok(file)
    }

    fn read(&self, name: &BaselineName) -> Result<Baseline, StoreError> {
        let path = self.index(name);
        let bytes = match fs::read(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(StoreError::Unknown { name: name.to_string(), workspace: self.root.clone() });
            }
            other => other.map_err(StoreError::io("read", &path))?,
        };
        let baseline: Baseline = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.to_string() })?;
        if baseline.check(baseline.current).is_err() || !baseline.versions.is_sorted_by_key(|v| v.version) {
            return Err(StoreError::Damaged { path, reason: "its versions do not agree".to_owned() });
        }
        Ok(baseline)
    }

    fn write(&self, name: &BaselineName, baseline: &Baseline) -> Result<(), StoreError> {
        let path = self.index(name);
        let mut bytes = serde_json::to_vec_pretty(baseline)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.to_string() })?;
        bytes.push(b'\n');
        AtomicFile::write(&path, &bytes)
    }
}

impl Baseline {
    /// The version that a job has saved.
    pub fn version_of(&self, job: &str) -> Option<u32> {
        let saved = self.versions.iter().find(|version| version.details.job.as_deref() == Some(job));
        saved.map(|version| version.version)
    }

    fn check(&self, version: u32) -> Result<(), StoreError> {
        if self.versions.iter().any(|known| known.version == version) {
            return Ok(());
        }
        let newest = self.versions.last().map_or(0, |last| last.version);
        Err(StoreError::UnknownVersion { name: self.name.clone(), version, newest })
    }

    fn make_current(&mut self, version: u32) {
        if self.current == version {
            return;
        }
        if self.current != 0 {
            self.history.push(self.current);
        }
        let surplus = self.history.len().saturating_sub(MAX_HISTORY);
        self.history.drain(..surplus);
        self.current = version;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn details() -> VersionDetails {
        VersionDetails {
            source: "a.csv".to_owned(),
            rows: 3,
            columns: 2,
            saved_unix_secs: 1_700_000_000,
            job: None,
        }
    }

    fn name() -> BaselineName {
        "flights".parse().unwrap()
    }

    fn resolve(workspace: &Workspace, text: &str) -> (u32, Vec<u8>) {
        let (version, path) = workspace.resolve(&text.parse().unwrap()).unwrap();
        (version, fs::read(path).unwrap())
    }

    #[test]
    fn versions_are_saved_promoted_and_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().join("workspace"));
        assert!(workspace.list().unwrap().is_empty());
        assert_eq!(workspace.save(&name(), b"one", details(), Placement::Candidate).unwrap(), 1);
        assert_eq!(workspace.save(&name(), b"two", details(), Placement::Current).unwrap(), 2);
        assert_eq!(workspace.save(&name(), b"three", details(), Placement::Candidate).unwrap(), 3);
        assert_eq!(resolve(&workspace, "flights"), (2, b"two".to_vec()));
        assert_eq!(resolve(&workspace, "flights@3"), (3, b"three".to_vec()));
        workspace.promote(&name(), 3).unwrap();
        workspace.promote(&name(), 3).unwrap();
        assert_eq!(resolve(&workspace, "flights").0, 3);
        assert_eq!(workspace.rollback(&name()).unwrap(), 2);
        assert_eq!(workspace.rollback(&name()).unwrap(), 1);
        assert_eq!(workspace.rollback(&name()).unwrap_err().code(), "data.baseline_no_earlier");
        let listed = workspace.list().unwrap();
        assert_eq!((listed.len(), listed[0].current, listed[0].versions.len()), (1, 1, 3));
    }

    #[test]
    fn a_job_saves_one_version_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        let by = |job: &str| VersionDetails { job: Some(job.to_owned()), ..details() };
        let save = |job: &str| workspace.save(&name(), b"x", by(job), Placement::Current).unwrap();
        std::thread::scope(|scope| {
            for job in ["one", "two", "one", "two", "one"] {
                scope.spawn(move || save(job));
            }
        });
        let baseline = workspace.baseline(&name()).unwrap();
        assert_eq!(baseline.versions.len(), 2);
        assert_eq!(save("one"), baseline.version_of("one").unwrap());
        assert_eq!(baseline.version_of("three"), None);
    }

    #[test]
    fn what_is_not_there_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        let missing = workspace.resolve(&"nothing".parse().unwrap()).unwrap_err();
        assert_eq!(missing.code(), "data.baseline_missing");
        assert_eq!(workspace.promote(&name(), 1).unwrap_err().code(), "data.baseline_missing");
        workspace.save(&name(), b"one", details(), Placement::Current).unwrap();
        let version = workspace.resolve(&"flights@9".parse().unwrap()).unwrap_err();
        assert_eq!(version.to_string(), "baseline `flights` has no version 9; its newest is 1");
    }

    #[test]
    fn a_damaged_index_is_told_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        workspace.save(&name(), b"one", details(), Placement::Current).unwrap();
        let index = folder.path().join("baselines/flights/index.json");
        fs::write(&index, "{").unwrap();
        let error = workspace.save(&name(), b"two", details(), Placement::Current).unwrap_err();
        assert_eq!(error.code(), "data.baseline_damaged");
        assert_eq!(fs::read(&index).unwrap(), b"{");
    }

    #[test]
    fn savers_at_the_same_time_get_versions_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        workspace.save(&name(), b"x", details(), Placement::Current).unwrap();
                    }
                });
            }
        });
        let baseline = &workspace.list().unwrap()[0];
        let versions: Vec<u32> = baseline.versions.iter().map(|version| version.version).collect();
        assert_eq!(versions, (1..=20).collect::<Vec<u32>>());
    }

    #[test]
    fn only_what_nothing_names_and_is_old_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path());
        let name: BaselineName = "orders".parse().unwrap();
        workspace.save(&name, b"one", details(), Placement::Current).unwrap();
        let place = |file: &str| folder.path().join("baselines/orders").join(file);
        for file in ["v000002.dlp", ".driftline-x.partial", "note.txt"] {
            fs::write(place(file), "x").unwrap();
        }
        fs::create_dir_all(folder.path().join("baselines/empty")).unwrap();
        let now = SystemTime::now();
        assert_eq!(workspace.remove_leftovers(now - Duration::from_secs(60)).unwrap(), 0);
        assert_eq!(workspace.remove_leftovers(now + Duration::from_secs(60)).unwrap(), 2);
        assert!(place("v000001.dlp").exists() && place("note.txt").exists());
        fs::write(place("index.json"), "damaged").unwrap();
        assert_eq!(workspace.remove_leftovers(now + Duration::from_secs(60)).unwrap(), 0);
        assert!(place("v000001.dlp").exists());
    }
}
