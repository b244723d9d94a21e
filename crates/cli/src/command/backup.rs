use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use driftline_export::byte_size;
use driftline_server::ServiceConfig;
use driftline_store::{AtomicFile, Database, StoreError};

use crate::arguments::{DataArguments, GlobalArguments};
use crate::command::serve::{runtime, service_config};
use crate::failure::Failure;
use crate::session::Session;

const BACKUP_EXAMPLES: &str = "\
Examples:
  driftline backup driftline-2026-11-25.tar.zst
  driftline backup backup.tar.zst --data /var/lib/driftline
  driftline backup backup.tar.zst --data /srv/driftline --database postgres://driftline@db/driftline

The service may run meanwhile. The backup holds the database as it was when the backup began, and every file that it
refers to. A backup of a PostgreSQL database can be brought back into a file, and the other way round.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  driftline restore driftline-2026-11-25.tar.zst --data /var/lib/driftline
  driftline restore backup.tar.zst --data /srv/driftline --database postgres://driftline@db/new

The data folder must be empty or missing, and no service may use it. A PostgreSQL database must be new.";

/// Speed against size: the default of zstd.
const LEVEL: i32 = 3;

/// Name of the database in data folder and backup.
const DATABASE: &str = "driftline.db";
/// Folders that a backup holds beside the database.
const FOLDERS: [&str; 2] = ["blobs", "workspaces"];

/// Write everything that the service keeps into one file
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArguments {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    data: DataArguments,
}

/// Bring back what a backup holds
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArguments {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    data: DataArguments,
}

/// Writes a backup.
pub(crate) fn run(global: &GlobalArguments, arguments: &BackupArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides())?;
    let config = service_config(&session)?;
    if !config.data.is_dir() {
        let message = format!("there is no data folder {}", config.data.display());
        return Err(Failure::usage("data", message, Some("name it with --data".to_owned())));
    }
    let written = |error: io::Error| Failure::output(&arguments.file.display().to_string(), &error);
    // The copy of the database comes first: every file that it names is there, and none is changed later.
    // A backup that is killed leaves its folder to the sweeper, which knows it by its name.
    let mut copies = tempfile::Builder::new();
    let copies = copies.prefix(driftline_server::BACKUP_PREFIX).tempdir_in(&config.data).map_err(written)?;
    let copy = copies.path().join(DATABASE);
    runtime()?.block_on(async {
        let database = driftline_server::open_database(&config).await?;
        let copied = database.copy_to(&copy).await;
        database.close().await;
        copied.map_err(Failure::from)
    })?;
    let file = AtomicFile::create(&arguments.file)?;
    let packer = zstd::Encoder::new(file, LEVEL).map_err(written)?;
    let mut archive = tar::Builder::new(packer);
    archive.append_path_with_name(&copy, DATABASE).map_err(written)?;
    for folder in FOLDERS {
        append(&mut archive, &config.data, Path::new(folder)).map_err(written)?;
    }
    let file = archive.into_inner().and_then(zstd::Encoder::finish).map_err(written)?;
    file.commit()?;
    let size = fs::metadata(&arguments.file).map_or(0, |metadata| metadata.len());
    session.remark(&format!("Wrote {} ({}).", arguments.file.display(), byte_size(size)));
    Ok(ExitCode::SUCCESS)
}

/// Appends a folder with all it holds. What is deleted meanwhile is left out: nothing in the copy of the database
/// that is still used refers to it.
fn append<W: io::Write>(archive: &mut tar::Builder<W>, root: &Path, relative: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(root.join(relative)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = relative.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            append(archive, root, &path)?;
            continue;
        }
        match File::open(entry.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => archive.append_file(&path, &mut file?)?,
        }
    }
    Ok(())
}

/// Brings back what a backup holds.
pub(crate) fn restore(global: &GlobalArguments, arguments: &RestoreArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides())?;
    let config = service_config(&session)?;
    let target = config.data.clone();
    let is_empty = fs::read_dir(&target).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        let message = format!("the data folder {} is not empty", target.display());
        let help = "move it away first, so that nothing is mixed".to_owned();
        return Err(Failure::usage("data", message, Some(help)));
    }
    expect_new(&config)?;
    let unreadable = |error: io::Error| {
        let message = format!("failed to read the backup {}: {error}", arguments.file.display());
        Failure::system(
            "backup",
            message,
            Some("the data folder is left as far as it came: remove it".to_owned()),
        )
    };
    let file = File::open(&arguments.file).map_err(unreadable)?;
    let unpacked = zstd::Decoder::new(BufReader::new(file)).map_err(unreadable)?;
    // Unpacking refuses paths that lead out of the folder.
    tar::Archive::new(unpacked).unpack(&target).map_err(unreadable)?;
    let report = runtime()?.block_on(async {
        let database = driftline_server::open_database(&config).await?;
        let report = async {
            if config.database_url.is_some() {
                database.fill_from(&target.join(DATABASE)).await?;
            }
            database.verify_audit().await
        };
        let report = report.await;
        database.close().await;
        report.map_err(Failure::from)
    })?;
    if config.database_url.is_some() {
        // What it holds is in the other database now; a second truth would only mislead.
        fs::remove_file(target.join(DATABASE)).map_err(unreadable)?;
    }
    let state = if report.is_intact { "intact" } else { "BROKEN" };
    let lines = report.entries;
    let place = target.display();
    session.remark(&format!("Restored into {place}; the audit log of {lines} lines is {state}."));
    Ok(ExitCode::SUCCESS)
}

/// Whether a database that a backup is to be brought into is as good as new, before anything is unpacked.
fn expect_new(config: &ServiceConfig) -> Result<(), Failure> {
    let Some(url) = &config.database_url else { return Ok(()) };
    runtime()?.block_on(async {
        let database = Database::open(url).await?;
        let is_new = database.is_new().await;
        database.close().await;
        if is_new? { Ok(()) } else { Err(Failure::from(StoreError::NotNew)) }
    })
}
