use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use driftline_ingest::{Decoded, Seen, Table};
use driftline_model::{RunSettings, Settings, SideReport};
use driftline_profile::{ChunkHashes, ColumnProfile, ProfileOptions, RowSample, TableProfile};

use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, describe, load_profile, open_table};
use crate::scan::{ScanContext, Scanned, Worker, scan};
use crate::{CancelToken, EngineError, ProfileFile};

/// What to summarise, and how.
#[derive(Debug, Clone)]
pub struct ProfileRequest {
    /// The data.
    pub input: Input,
    /// How they are read.
    pub settings: Settings,
    /// How the run is run.
    pub run: RunSettings,
}

/// Summarises a table.
///
/// # Errors
/// When the data cannot be read, or the run is cancelled.
pub fn profile(
    request: &ProfileRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ProfileFile, EngineError> {
    guarded("summarising", &request.run, || run(request, observer, cancel))
}

fn run(
    request: &ProfileRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ProfileFile, EngineError> {
    let halt = Halt::new(cancel);
    let context =
        ScanContext { run: &request.run, observer, halt: &halt, phase: Phase::Current, partials: None };
    match &request.input {
        Input::Profile { path, name } => load_profile(path, name),
        Input::Table(location) => {
            let table = open_table(location, &request.settings.csv, Vec::new())?;
            let read = read_table(&table, location, &context)?;
            Ok(ProfileFile::new(read.side, read.profile))
        }
    }
}

/// A table that was read once.
pub(crate) struct ReadTable {
    pub(crate) side: SideReport,
    pub(crate) profile: TableProfile,
    pub(crate) sample: RowSample,
    pub(crate) secs: f64,
    pub(crate) chunks: u64,
    pub(crate) slowest_chunk_secs: f64,
}

/// Reads a table and summarises it; a second time when a column turns out to be held wrongly.
pub(crate) fn read_table(
    table: &Table,
    name: &str,
    context: &ScanContext<'_>,
) -> Result<ReadTable, EngineError> {
    let read = read_once(table, name, context)?;
    match table.corrected(&seen(&read.profile)) {
        None => Ok(read),
        Some(schema) => read_once(&table.reopen(&schema)?, name, context),
    }
}

/// How many values of each column fitted the type it was held as.
pub(crate) fn seen(profile: &TableProfile) -> Vec<Seen> {
    let of = |column: &ColumnProfile| Seen { fitting: column.present(), failures: column.failures() };
    profile.columns().iter().map(of).collect()
}

fn read_once(table: &Table, name: &str, context: &ScanContext<'_>) -> Result<ReadTable, EngineError> {
    let shared_bound = Arc::new(AtomicU64::new(u64::MAX));
    let empty = || {
        let options = ProfileOptions::for_columns(table.schema().len());
        let mut profile = TableProfile::new(table.schema().clone(), options, None);
        profile.share_threshold(Arc::clone(&shared_bound));
        profile
    };
    let scanned = scan(table, context, || ProfileWorker { profile: empty(), hashes: ChunkHashes::new() })?;
    let Scanned { workers, ledger, secs, slowest_chunk_secs, .. } = scanned;
    let profile = merged(workers.into_iter().map(|worker| worker.profile), name, empty)?;
    let sample = profile.sample();
    let names: Vec<String> = table.sources().iter().map(|source| source.name().to_owned()).collect();
    let mut side = SideReport {
        name: name.to_owned(),
        bytes: ledger.bytes(),
        quarantine: ledger.quarantine(&names),
        ..SideReport::default()
    };
    describe(&mut side, &profile, &sample);
    Ok(ReadTable { side, profile, sample, secs, chunks: ledger.chunks(), slowest_chunk_secs })
}

/// The profiles of all workers in one.
pub(crate) fn merged(
    profiles: impl Iterator<Item = TableProfile>,
    name: &str,
    empty: impl FnOnce() -> TableProfile,
) -> Result<TableProfile, EngineError> {
    let mut profiles = profiles;
    let mut all = profiles.next().unwrap_or_else(empty);
    for profile in profiles {
        all.merge(profile).map_err(|source| EngineError::Profile { name: name.to_owned(), source })?;
    }
    Ok(all)
}

struct ProfileWorker {
    profile: TableProfile,
    hashes: ChunkHashes,
}

impl Worker for ProfileWorker {
    fn chunk(&mut self, _: u64, decoded: &Decoded, _: &Halt<'_>) -> Result<(), EngineError> {
        self.hashes.fill(&decoded.chunk);
        self.profile.update(&decoded.chunk, &self.hashes);
        Ok(())
    }
}
