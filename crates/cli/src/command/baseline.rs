use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand, ValueEnum};
use driftline_engine::ProfileRequest;
use driftline_export::{Charset, byte_size, harmless, instant, thousands};
use driftline_store::{Baseline, BaselineName, Placement, VersionDetails};

use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline baseline save flights january.csv
  driftline check july.csv --against baseline:flights
  driftline baseline save flights february.csv --candidate
  driftline check july.csv --against baseline:flights@2
  driftline baseline promote flights 2
  driftline baseline rollback flights";

/// Keep references under a name, in versions
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct BaselineArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Save data as a new version, which becomes the current one
    Save(Box<SaveArguments>),
    /// List baselines and their versions
    List {
        /// Form of the list
        #[arg(long, value_enum, default_value_t = Form::Text)]
        format: Form,
    },
    /// Make a version the current one
    Promote {
        /// The baseline
        #[arg(value_name = "NAME")]
        name: String,
        /// The version
        #[arg(value_name = "VERSION")]
        version: u32,
    },
    /// Go back to the version that was current before
    Rollback {
        /// The baseline
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
struct SaveArguments {
    /// The name: letters, digits, `-`, `_` and `.`
    #[arg(value_name = "NAME")]
    name: String,
    /// The data, or a saved profile (FILE.dlp)
    #[arg(value_name = "FILE")]
    file: String,
    /// Do not make it the current version: it waits to be promoted
    #[arg(long)]
    candidate: bool,
    #[command(flatten)]
    read: ReadArguments,
}

/// Forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Text for the terminal
    Text,
    /// JSON
    Json,
}

/// Does what was asked.
pub(crate) fn run(global: &GlobalArguments, arguments: &BaselineArguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Save(save_arguments) => save(global, save_arguments)?,
        Action::List { format } => {
            let session = Session::open(global, Vec::new())?;
            let baselines = session.workspace().list()?;
            output::print(&match format {
                Form::Json => driftline_export::to_json(&baselines)?,
                Form::Text => as_text(&session, &baselines),
            })?;
        }
        Action::Promote { name, version } => {
            let session = Session::open(global, Vec::new())?;
            session.workspace().promote(&name.parse()?, *version)?;
            session.remark(&format!("baseline:{name} is version {version} now."));
        }
        Action::Rollback { name } => {
            let session = Session::open(global, Vec::new())?;
            let version = session.workspace().rollback(&name.parse()?)?;
            session.remark(&format!("baseline:{name} is version {version} again."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn save(global: &GlobalArguments, arguments: &SaveArguments) -> Result<(), Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    // The name is checked before the work, not after it.
    let name: BaselineName = arguments.name.parse()?;
    let input = session.input(&arguments.file)?;
    let source = input.name();
    let request = ProfileRequest {
        input,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let outcome = {
        let progress = session.progress();
        driftline_engine::profile(&request, &progress, &cancel)?
    };
    let details = VersionDetails {
        source,
        rows: outcome.side().rows,
        columns: outcome.side().columns,
        saved_unix_secs: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        job: None,
    };
    let placement = if arguments.candidate { Placement::Candidate } else { Placement::Current };
    let rows = thousands(details.rows);
    let version = session.workspace().save(&name, &outcome.to_bytes(), details, placement)?;
    session.remark(&format!(
        "Saved version {version} of baseline:{name} ({rows} rows). Use it with --against baseline:{name}."
    ));
    Ok(())
}

fn as_text(session: &Session, baselines: &[Baseline]) -> String {
    let mut out = String::new();
    if baselines.is_empty() {
        let folder: PathBuf = session.workspace().root().to_path_buf();
        return format!(
            "No baselines in {}. Save one with `driftline baseline save NAME FILE`.\n",
            folder.display()
        );
    }
    for baseline in baselines {
        let _ = writeln!(out, "baseline:{}", baseline.name);
        for version in &baseline.versions {
            let mark = if version.version == baseline.current { "*" } else { " " };
            let details = &version.details;
            #[expect(clippy::cast_precision_loss, reason = "a moment of this millennium")]
            let saved = instant(details.saved_unix_secs as f64 * 1e6);
            let _ = writeln!(
                out,
                "  {mark} @{:<4} {saved:<16} {:>13} rows {:>6} columns {:>8}  {}",
                version.version,
                thousands(details.rows),
                thousands(details.columns),
                byte_size(version.size_bytes),
                harmless(&details.source, Charset::Unicode),
            );
        }
    }
    out.push_str("(* is what baseline:NAME means; times are UTC)\n");
    out
}
