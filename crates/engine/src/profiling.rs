use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use driftline_ingest::{Decoded, Location, Seen, Table};
use driftline_model::{RunSettings, Settings, SideReport};
use driftline_profile::{ChunkHashes, ColumnProfile, ProfileOptions, RowSample, TableProfile};

use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, described, load_profile, open_input, read_options};
use crate::scan::{ScanContext, Scanned, Worker, past_damage, scan};
use crate::spread::{Gathered, Pass, Spread};
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

/// Several files to summarise as one table.
#[derive(Debug, Clone)]
pub struct CombinedRequest {
    /// The files, in order; the first one decides the order of the columns.
    pub files: Vec<String>,
    /// What they are called together.
    pub name: String,
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

/// Summarises several files as one table: what comes out is the profile of the files written behind each other.
/// Only which rows of a table too large for its sample stand in it may differ, because they are chosen by their
/// places in the files.
///
/// # Errors
/// When a file cannot be read, their columns differ, or the run is cancelled.
pub fn profile_combined(
    request: &CombinedRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ProfileFile, EngineError> {
    guarded("summarising", &request.run, || {
        let halt = Halt::new(cancel);
        let context = ScanContext::new(&request.run, observer, (&halt, Phase::Current));
        let location = Location::Several(request.files.clone());
        let table = driftline_ingest::open(&location, &read_options(&request.settings.csv)?)?;
        let read = read_table(&table, &request.name, &context)?;
        Ok(ProfileFile::new(read.side, read.profile))
    })
}

fn run(
    request: &ProfileRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<ProfileFile, EngineError> {
    let halt = Halt::new(cancel);
    let context = ScanContext::new(&request.run, observer, (&halt, Phase::Current));
    match &request.input {
        Input::Profile { path, name } => load_profile(path, name),
        input => {
            let table = open_input(input, (&request.settings.csv, &request.run), Vec::new())?;
            let read = read_table(&table, &input.name(), &context)?;
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
    let once = |table: &Table| past_damage(table, context, |table| read_once(table, name, context));
    let read = once(table)?;
    match table.corrected(&seen(&read.profile)) {
        None => Ok(read),
        Some(schema) => once(&table.reopen(&schema)?),
    }
}

/// How many values of each column fitted the type it was held as.
pub(crate) fn seen(profile: &TableProfile) -> Vec<Seen> {
    let of = |column: &ColumnProfile| Seen { fitting: column.present(), failures: column.failures() };
    profile.columns().iter().map(of).collect()
}

fn read_once(table: &Table, name: &str, context: &ScanContext<'_>) -> Result<ReadTable, EngineError> {
    if let Some(spread) = &context.spread {
        return read_elsewhere(table, name, spread, context);
    }
    let shared_bound = Arc::new(AtomicU64::new(u64::MAX));
    let empty = || {
        let options = ProfileOptions::for_columns(table.schema().len());
        let mut profile = TableProfile::new(table.schema().clone(), options, None);
        profile.share_threshold(Arc::clone(&shared_bound));
        profile
    };
    let scanned = scan(table, context, || ProfileWorker::new(empty()))?;
    let Scanned { workers, ledger, secs, slowest_chunk_secs, broken_off } = scanned;
    let profile = merged(workers.into_iter().map(|worker| worker.profile), name, empty)?;
    let sample = profile.sample();
    let side = described((name, table, (&ledger, &broken_off)), (&profile, &sample));
    Ok(ReadTable { side, profile, sample, secs, chunks: ledger.chunks(), slowest_chunk_secs })
}

/// The same by others.
fn read_elsewhere(
    table: &Table,
    name: &str,
    spread: &Spread<'_>,
    context: &ScanContext<'_>,
) -> Result<ReadTable, EngineError> {
    let settings = spread.settings;
    let read = spread.read(
        table,
        Pass { settings, reference: None, contract: None, sample_below: u64::MAX },
        context,
    )?;
    let broken_off = read.broken_off();
    let Gathered { profile, rest } = read.gathered;
    let sample = profile.sample();
    let side = described((name, table, (&rest.ledger, &broken_off)), (&profile, &sample));
    let (secs, slowest_chunk_secs) = (read.secs, rest.slowest_chunk_secs);
    Ok(ReadTable { side, profile, sample, secs, chunks: rest.ledger.chunks(), slowest_chunk_secs })
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

/// Summarises chunks and does nothing else.
pub(crate) struct ProfileWorker {
    profile: TableProfile,
    hashes: ChunkHashes,
}

impl ProfileWorker {
    pub(crate) fn new(profile: TableProfile) -> Self {
        Self { profile, hashes: ChunkHashes::new() }
    }

    pub(crate) fn into_profile(self) -> TableProfile {
        self.profile
    }
}

impl Worker for ProfileWorker {
    fn chunk(&mut self, _: u64, decoded: &Decoded, _: &Halt<'_>) -> Result<(), EngineError> {
        self.hashes.fill(&decoded.chunk);
        self.profile.update(&decoded.chunk, &self.hashes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Silent;

    const HEADER: &str = "order,amount,city\n";

    fn rows(from: u64, to: u64) -> String {
        (from..to).map(|row| format!("A-{row},{}.5,{}\n", row * 7_919 % 1_000, row % 13)).collect()
    }

    fn combined(folder: &Path, names: &[&str]) -> Result<ProfileFile, EngineError> {
        let files = names.iter().map(|name| folder.join(name).to_string_lossy().into_owned()).collect();
        let (settings, run) = (Settings::default(), RunSettings::default());
        let request = CombinedRequest { files, name: "all".to_owned(), settings, run };
        profile_combined(&request, &Silent, &CancelToken::new())
    }

    #[test]
    fn several_files_have_the_profile_of_the_files_behind_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, rows: &str| std::fs::write(folder.path().join(name), rows).unwrap();
        write("z.csv", &format!("{HEADER}{}", rows(0, 20_000)));
        write("a.csv", &format!("{HEADER}{}", rows(20_000, 20_003)));
        // Other columns first, and the same rows as a part of the whole.
        let turned: String = rows(20_003, 60_000)
            .lines()
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                format!("{},{},{}\n", cells[2], cells[0], cells[1])
            })
            .collect();
        write("turned.csv", &format!("city,order,amount\n{turned}"));
        write("whole.csv", &format!("{HEADER}{}", rows(0, 60_000)));
        let together = combined(folder.path(), &["z.csv", "a.csv", "turned.csv"]).unwrap();
        let whole = combined(folder.path(), &["whole.csv"]).unwrap();
        assert_eq!((together.side().rows, together.side().name.as_str()), (60_000, "all"));
        assert_eq!(together.statistics(), whole.statistics());
        let samples = [together.profile().sample(), whole.profile().sample()];
        assert_eq!(samples[0].columns, samples[1].columns, "all rows, in the order given");
        for (one, other) in together.profile().columns().iter().zip(whole.profile().columns()) {
            assert_eq!(
                (one.name(), one.physical(), one.kind()),
                (other.name(), other.physical(), other.kind())
            );
            assert_eq!(
                (one.count(), one.nulls(), one.failures()),
                (other.count(), other.nulls(), other.failures())
            );
            assert_eq!(one.number_counts(), other.number_counts());
            assert_eq!(one.text_counts(), other.text_counts());
        }
        assert!(together.profile().duplicate_ratio() == whole.profile().duplicate_ratio());
    }

    #[test]
    fn files_with_other_columns_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.csv"), format!("{HEADER}{}", rows(0, 10))).unwrap();
        std::fs::write(folder.path().join("two.csv"), "order,amount,town\nA-1,2,3\n").unwrap();
        let error = combined(folder.path(), &["one.csv", "two.csv"]).unwrap_err();
        assert_eq!(error.code(), "data.columns_differ");
        assert!(error.to_string().contains("two.csv") && error.to_string().contains("`city` is missing"));
        assert_eq!(combined(folder.path(), &["one.csv", "no.csv"]).unwrap_err().code(), "data.missing");
    }
}
