//! Contracts: rules that a table must keep.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand, ValueEnum};
use driftline_detect::contract::MAX_TEXT_BYTES;
use driftline_engine::{ContractCheckRequest, ContractInput, InferRequest};
use driftline_export::{Charset, Colour, RenderOptions, contract_to_junit, contract_to_text};
use driftline_model::Severity;

use crate::arguments::{GlobalArguments, ReadArguments, override_with};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline contract infer january.csv -o flights.toml
  driftline contract check july.csv --contract flights.toml
  driftline check july.csv --against january.csv --contract flights.toml
  driftline contract infer --from baseline:flights
  driftline contract check july.csv --contract flights.toml --format junit -o rules.xml";

/// Rules that data must keep: propose them, or check them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct ContractArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Propose a contract that data keep, with a remark on every rule
    Infer(InferArguments),
    /// Say which rules of a contract data keep; exit code 1 when one is broken
    Check(CheckArguments),
}

#[derive(Debug, Args)]
struct InferArguments {
    /// The data: a file, a glob in quotes, a folder, `-`, or a saved profile (FILE.dlp)
    #[arg(value_name = "FILE", required_unless_present = "from", conflicts_with = "from")]
    file: Option<String>,
    /// Infer from baseline:NAME, baseline:NAME@VERSION or a saved profile instead of from data
    #[arg(long, value_name = "PROFILE")]
    from: Option<String>,
    /// Write the contract to FILE.toml, whole or not at all
    #[arg(long, short, value_name = "FILE.toml")]
    output: Option<PathBuf>,
    /// Infer from the rows of a SELECT instead of the whole data; `current` is their table
    #[arg(long, value_name = "SELECT", conflicts_with = "from")]
    sql: Option<String>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// The data to judge: a file, a glob in quotes, a folder, `-`, or a saved profile (FILE.dlp)
    #[arg(value_name = "FILE")]
    file: String,
    /// The contract [default: `check.contract` of the configuration]
    #[arg(long, value_name = "FILE.toml")]
    contract: Option<String>,
    /// Form of the result
    #[arg(long, short, value_enum, default_value_t = ContractForm::Text)]
    format: ContractForm,
    /// Write the result to FILE, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Least severity of a broken rule that gives exit code 1: low, medium, high, critical or never [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,
    /// Check the rows of a SELECT instead of the whole data; `current` is their table
    #[arg(long, value_name = "SELECT")]
    sql: Option<String>,
    #[command(flatten)]
    read: ReadArguments,
}

/// Forms of what came of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ContractForm {
    /// Text for the terminal
    Text,
    /// JSON
    Json,
    /// JUnit XML, one test case a rule
    Junit,
}

/// Does what was asked.
pub(crate) fn run(global: &GlobalArguments, arguments: &ContractArguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Infer(arguments) => infer(global, arguments),
        Action::Check(arguments) => check(global, arguments),
    }
}

fn infer(global: &GlobalArguments, arguments: &InferArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let location = arguments.file.as_deref().or(arguments.from.as_deref()).unwrap_or("-");
    let request = InferRequest {
        input: session.queried(location, arguments.sql.as_deref(), &[("current", location)])?,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let inferred = {
        let progress = session.progress();
        driftline_engine::infer_contract(&request, &progress, &cancel)?
    };
    output::write(arguments.output.as_deref(), &inferred.toml)?;
    if let Some(path) = arguments.output.as_deref().filter(|path| *path != Path::new("-")) {
        session.remark(&format!(
            "A contract of {} rules is in {}. Look through it, then use it with --contract {}.",
            inferred.rules.len(),
            path.display(),
            path.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(global: &GlobalArguments, arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let mut overrides = arguments.read.overrides();
    override_with(&mut overrides, "check.contract", "contract", arguments.contract.as_ref());
    override_with(&mut overrides, "report.fail_on", "fail-on", arguments.fail_on.as_ref());
    let session = Session::open(global, overrides)?;
    let contract = load(&session)?.ok_or_else(|| {
        let help =
            "give one with --contract FILE.toml; `driftline contract infer FILE` proposes one".to_owned();
        Failure::usage("contract", "no contract was given", Some(help))
    })?;
    let request = ContractCheckRequest {
        input: session.queried(&arguments.file, arguments.sql.as_deref(), &[("current", &arguments.file)])?,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let report = {
        let progress = session.progress();
        driftline_engine::check_contract(&request, &contract, &progress, &cancel)?
    };
    let to_file = arguments.output.as_deref().is_some_and(|path| path != Path::new("-"));
    let mut options = session.render_options();
    if to_file {
        options = RenderOptions { colour: Colour::Off, charset: Charset::Unicode, ..options };
    }
    let text = match arguments.format {
        ContractForm::Text => contract_to_text(&report, &options),
        ContractForm::Json => driftline_export::to_json(&report)?,
        ContractForm::Junit => contract_to_junit(&report)?,
    };
    output::write(arguments.output.as_deref(), &text)?;
    if to_file {
        session.remark(&driftline_export::harmless(&report.headline, Charset::Unicode));
    }
    let fail_on = session.configuration.report.fail_on.parse::<Severity>().ok();
    Ok(ExitCode::from(u8::from(fail_on.is_some_and(|least| report.severity >= least))))
}

/// The contract that the configuration names; none when it names none.
pub(crate) fn load(session: &Session) -> Result<Option<ContractInput>, Failure> {
    let name = session.configuration.check.contract.as_str();
    if name.is_empty() {
        return Ok(None);
    }
    let text = read(name)?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let contract = driftline_engine::read_contract(&text)
        .and_then(|contract| ContractInput::new(name, &contract, i64::try_from(now_ms).unwrap_or(i64::MAX)))
        .map_err(|error| {
            let help = "`driftline contract infer FILE` writes one to begin with; the book lists all rules"
                .to_owned();
            Failure::usage("contract", format!("{name}: {error}"), Some(help))
        })?;
    Ok(Some(contract))
}

/// The text of a contract, of which no more is read than a contract can have.
fn read(name: &str) -> Result<String, Failure> {
    let unreadable = |reason: String| {
        Failure::usage(
            "contract",
            format!("failed to read the contract {name}: {reason}"),
            Some("check the path".to_owned()),
        )
    };
    let file = std::fs::File::open(name).map_err(|error| unreadable(error.to_string()))?;
    let mut text = String::new();
    let most = MAX_TEXT_BYTES as u64 + 1;
    file.take(most).read_to_string(&mut text).map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}
