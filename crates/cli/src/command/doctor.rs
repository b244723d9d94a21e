use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{IsTerminal as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use driftline_engine::MemoryBudget;
use driftline_export::{Charset, Colour, byte_size};
use driftline_model::ErrorCategory;
use driftline_server::{Standing, TlsFiles};
use serde::Serialize;

use super::baseline::Form;
use super::serve::{runtime, service_config};
use crate::arguments::{DataArguments, GlobalArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  driftline doctor
  driftline doctor --format json
  driftline doctor --data /var/lib/driftline

Exit code 5 when a check fails; warnings do not count.";

/// Below this a run slows down.
const LITTLE_MEMORY_BYTES: u64 = 256 << 20;
/// Below this writing a large result may fail.
const LITTLE_SPACE_BYTES: u64 = 1 << 30;

/// Check that this machine and this folder are ready for work
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Form of the answer
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok,
    Warning,
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Checkup {
    id: &'static str,
    outcome: Outcome,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Checkup {
    fn ok(id: &'static str, detail: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Ok, detail: detail.into(), help: None }
    }

    fn bad(id: &'static str, outcome: Outcome, detail: impl Into<String>, help: &str) -> Self {
        Self { id, outcome, detail: detail.into(), help: Some(help.to_owned()) }
    }
}

/// Looks at everything and tells.
pub(crate) fn run(global: &GlobalArguments, arguments: &DoctorArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides());
    let mut checkups = vec![version(), processor()];
    match &session {
        Ok(session) => {
            checkups.push(memory(session));
            checkups.push(folder_of_temporary_files());
            checkups.push(workspace(session));
            checkups.push(service(session));
            checkups.push(address(session));
            checkups.extend(certificate(session));
            checkups.extend(provider(session));
            checkups.push(configuration(session));
        }
        Err(failure) => {
            checkups.push(folder_of_temporary_files());
            let help = "correct the file or the variable; `driftline config --init` writes a valid file";
            checkups.push(Checkup::bad("configuration", Outcome::Failed, failure.to_string(), help));
        }
    }
    checkups.push(screen(global.no_color));
    output::print(&match arguments.format {
        Form::Json => driftline_export::to_json(&checkups)?,
        Form::Text => as_text(&checkups),
    })?;
    let failed = checkups.iter().any(|checkup| checkup.outcome == Outcome::Failed);
    Ok(ExitCode::from(if failed { ErrorCategory::System.exit_code() } else { 0 }))
}

fn version() -> Checkup {
    Checkup::ok(
        "version",
        format!("driftline {} on {} {}", env!("CARGO_PKG_VERSION"), env::consts::OS, env::consts::ARCH),
    )
}

fn processor() -> Checkup {
    match std::thread::available_parallelism() {
        Ok(cores) => Checkup::ok("processor", format!("{cores} threads at once")),
        Err(error) => Checkup::bad(
            "processor",
            Outcome::Warning,
            format!("the number of cores is unknown: {error}"),
            "say how many threads to use with --threads",
        ),
    }
}

fn memory(session: &Session) -> Checkup {
    let (available, origin) = driftline_engine::available_bytes();
    let budget = MemoryBudget::of(&session.configuration.run);
    let detail =
        format!("{} available ({origin}); a run may use {}", byte_size(available), byte_size(budget.bytes));
    if budget.bytes > available {
        let help = "lower --memory, or the run may be killed by the system";
        Checkup::bad("memory", Outcome::Warning, detail, help)
    } else if budget.bytes < LITTLE_MEMORY_BYTES {
        let help = "runs work but slow down; give more with --memory or a higher limit";
        Checkup::bad("memory", Outcome::Warning, detail, help)
    } else {
        Checkup::ok("memory", detail)
    }
}

fn folder_of_temporary_files() -> Checkup {
    let folder = env::temp_dir();
    let id = "temporary files";
    if let Err(error) = tempfile::tempfile_in(&folder) {
        let detail = format!("{} cannot be written to: {error}", folder.display());
        return Checkup::bad(id, Outcome::Failed, detail, "name another folder with TMPDIR");
    }
    match free_bytes(&folder) {
        Some(free) if free < LITTLE_SPACE_BYTES => {
            let detail = format!("{} has only {} free", folder.display(), byte_size(free));
            Checkup::bad(id, Outcome::Warning, detail, "make room, or name another folder with TMPDIR")
        }
        Some(free) => Checkup::ok(id, format!("{} has {} free", folder.display(), byte_size(free))),
        None => Checkup::ok(id, format!("{} can be written to", folder.display())),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let figures = rustix::fs::statvfs(folder).ok()?;
    Some(figures.f_bavail.saturating_mul(figures.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

fn workspace(session: &Session) -> Checkup {
    let workspace = session.workspace();
    let root = workspace.root();
    let id = "workspace";
    // Looking must not make the folder, so that the nearest one that exists is tried.
    let existing = root.ancestors().find(|folder| folder.is_dir()).unwrap_or_else(|| Path::new("."));
    if fs::metadata(root).is_ok_and(|metadata| !metadata.is_dir()) {
        let detail = format!("{} is a file, not a folder", root.display());
        return Checkup::bad(id, Outcome::Failed, detail, "name another folder with --workspace");
    }
    if let Err(error) = tempfile::tempfile_in(existing) {
        let detail = format!("{} cannot be written to: {error}", existing.display());
        return Checkup::bad(id, Outcome::Failed, detail, "name another folder with --workspace");
    }
    match workspace.list() {
        Ok(baselines) if root.is_dir() => {
            Checkup::ok(id, format!("{} holds {} baselines", root.display(), baselines.len()))
        }
        Ok(_) => Checkup::ok(id, format!("{} is made when a baseline is saved", root.display())),
        Err(error) => Checkup::bad(
            id,
            Outcome::Failed,
            error.to_string(),
            "restore the file from a backup, or remove its folder",
        ),
    }
}

/// The data folder of the service: room, database, audit log.
fn service(session: &Session) -> Checkup {
    let id = "service data";
    let config = match service_config(session) {
        Ok(config) => config,
        Err(failure) => {
            return Checkup::bad(id, Outcome::Failed, failure.to_string(), "correct the configuration");
        }
    };
    let folder = config.data.display().to_string();
    if !config.data.is_dir() && config.database_url.is_none() {
        return Checkup::ok(id, format!("{folder} is made when the service first starts"));
    }
    let looked = runtime().and_then(|runtime| {
        runtime.block_on(async {
            let database = driftline_server::open_database(&config).await?;
            let report = database.verify_audit().await;
            database.close().await;
            Ok(report?)
        })
    });
    let report = match looked {
        Ok(report) => report,
        Err(failure) => {
            let help = match config.database_url {
                Some(_) => "see that the server runs and that server.database_url names it",
                None => "restore the last backup",
            };
            return Checkup::bad(id, Outcome::Failed, failure.to_string(), help);
        }
    };
    if let Some(line) = report.broken_at {
        let help = "somebody has changed the database from outside: compare with a backup";
        return Checkup::bad(id, Outcome::Failed, format!("the audit log is broken at line {line}"), help);
    }
    let place = match config.database_url {
        Some(_) => format!("{folder} can be used and PostgreSQL answers"),
        None => format!("{folder} can be used"),
    };
    let detail = format!("{place}; the audit log of {} lines is intact", report.entries);
    match free_bytes(&config.data) {
        Some(free) if free < LITTLE_SPACE_BYTES => {
            let detail = format!("{detail}; only {} free", byte_size(free));
            Checkup::bad(
                id,
                Outcome::Warning,
                detail,
                "make room, or let data grow old with server.keep_datasets_days",
            )
        }
        Some(free) => Checkup::ok(id, format!("{detail}; {} free", byte_size(free))),
        None => Checkup::ok(id, detail),
    }
}

/// Whether the service could listen where it should, and whether others could listen in.
fn address(session: &Session) -> Checkup {
    let id = "service address";
    let listen = &session.configuration.server.listen;
    let state = match std::net::TcpListener::bind(listen) {
        Ok(_) => format!("{listen} is free"),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            format!("{listen} is in use: by the service, if it runs")
        }
        Err(error) => {
            let detail = format!("{listen} cannot be listened on: {error}");
            return Checkup::bad(id, Outcome::Warning, detail, "choose another one with server.listen");
        }
    };
    if service_config(session).is_ok_and(|config| config.is_exposed()) {
        let help = "set server.tls_cert and server.tls_key, or server.public_url when something that encrypts \
                    stands in front";
        let detail = format!("{state}; other machines reach it without encryption");
        return Checkup::bad(id, Outcome::Warning, detail, help);
    }
    Checkup::ok(id, state)
}

/// The certificate for HTTPS, when there shall be one.
fn certificate(session: &Session) -> Option<Checkup> {
    let id = "certificate";
    let settings = &session.configuration.server;
    let checked = match TlsFiles::named(&settings.tls_cert, &settings.tls_key).transpose()? {
        Ok(files) => files.check().map(|validity| (files, validity)),
        Err(error) => Err(error),
    };
    let (files, validity) = match checked {
        Ok(checked) => checked,
        Err(error) => return Some(Checkup::bad(id, Outcome::Failed, error.to_string(), error.help())),
    };
    let now = driftline_server::now_ms();
    let detail = format!("{} {}", files.certificate.display(), validity.said(now));
    let renew = "renew it in the same files: the service notices by itself";
    Some(match validity.standing(now) {
        Standing::Holds(_) if is_open_to_all(&files.key) => {
            let detail = format!("{detail}; everybody on this machine may read {}", files.key.display());
            Checkup::bad(id, Outcome::Warning, detail, "take the key from others: chmod o= FILE")
        }
        Standing::Holds(_) => Checkup::ok(id, detail),
        Standing::EndsSoon(_) => Checkup::bad(id, Outcome::Warning, detail, renew),
        Standing::Ended => Checkup::bad(id, Outcome::Failed, detail, renew),
        Standing::NotBegun => {
            Checkup::bad(id, Outcome::Failed, detail, "wait, or see that the clock of this machine is right")
        }
    })
}

/// Signing in by OpenID Connect, when it is set up. The provider itself is not asked.
fn provider(session: &Session) -> Option<Checkup> {
    let id = "sign-in provider";
    let config = service_config(session).ok()?.oidc?;
    Some(match config.check() {
        Err(error) => Checkup::bad(id, Outcome::Failed, error.to_string(), error.help()),
        Ok(()) if !driftline_server::is_oidc_built_in() => {
            let detail =
                format!("{} is set, but this program is built without OpenID Connect", config.issuer);
            Checkup::bad(id, Outcome::Warning, detail, "build it with `--features oidc`")
        }
        Ok(()) => Checkup::ok(id, format!("{} is set up", config.issuer)),
    })
}

#[cfg(unix)]
fn is_open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}

fn configuration(session: &Session) -> Checkup {
    let configuration = &session.configuration;
    let changed = configuration.origins.len();
    match &configuration.file {
        Some(file) => Checkup::ok(
            "configuration",
            format!("{} is valid; {changed} settings are changed", file.display()),
        ),
        None => Checkup::ok("configuration", format!("no file; {changed} settings are changed")),
    }
}

fn screen(no_color: bool) -> Checkup {
    let kind = if stdout().is_terminal() { "a terminal" } else { "not a terminal" };
    let colours = if terminal::colour(no_color) == Colour::On { "colours" } else { "no colours" };
    let characters = if terminal::charset() == Charset::Unicode { "Unicode" } else { "ASCII only" };
    Checkup::ok("screen", format!("{kind}, {} columns, {colours}, {characters}", terminal::width()))
}

fn as_text(checkups: &[Checkup]) -> String {
    let mut out = String::new();
    for checkup in checkups {
        let word = match checkup.outcome {
            Outcome::Ok => "ok",
            Outcome::Warning => "warning",
            Outcome::Failed => "FAILED",
        };
        let detail = driftline_export::harmless(&checkup.detail, Charset::Unicode);
        let _ = writeln!(out, "{word:<8} {:<16} {detail}", checkup.id);
        if let Some(help) = &checkup.help {
            let _ = writeln!(out, "{:<25} help: {help}", "");
        }
    }
    out
}
