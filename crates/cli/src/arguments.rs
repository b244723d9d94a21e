use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

use crate::command;
use crate::config::Overrides;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  driftline check july.csv --against january.csv
  driftline check july.csv --against january.csv --format md -o report.md
  driftline baseline save flights january.csv
  driftline check july.csv --against baseline:flights --fail-on high

Exit codes:
  0    nothing at or above --fail-on
  1    findings at or above --fail-on
  2    wrong use of the command line or the configuration
  3    the data: missing, unreadable, not what they claim to be
  4    processing or analytics went wrong
  5    the system said no: disk, memory, permissions
  130  interrupted with Ctrl-C";

/// Tells what changed in your data, whether it matters, and why.
#[derive(Debug, Parser)]
#[command(name = "driftline", version, styles = STYLES, max_term_width = 100, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArguments {
    /// Threads that read [default: one a core]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<String>,
    /// Memory the run may use, such as 300MB or 2GiB [default: 80 % of what is available]
    #[arg(long, global = true, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
    /// Seed of everything that draws lots [default: 0]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<String>,
    /// Configuration file [default: driftline.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder that holds the baselines [default: driftline-workspace]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<String>,
    /// Any setting of `driftline config`, such as drift.bins=30; may be given several times
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// No progress and no remarks, only the result
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// More: remarks on how the work went, and more rows
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// No colours (NO_COLOR in the environment does the same)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Show personal data (e-mails, phones, cards, names ...) as they are, instead of masked
    #[arg(long, global = true)]
    pub(crate) show_personal: bool,
    /// Bytes of one chunk, instead of adapting to time and memory
    #[arg(long, global = true, value_name = "SIZE", hide = true)]
    pub(crate) chunk_bytes: Option<String>,
}

/// Where the service keeps what it keeps.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DataArguments {
    /// Data folder of the service [default: driftline-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Database of the service: postgres://USER@HOST/NAME [default: a file in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// How CSV is read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading CSV")]
pub(crate) struct ReadArguments {
    /// Delimiter: one character, or `tab` [default: found out]
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<String>,
    /// Quote character, or `none` [default: found out]
    #[arg(long, value_name = "CHAR")]
    pub(crate) quote: Option<String>,
    /// How a quote within quotes is written: `doubled` or `\` [default: found out]
    #[arg(long, value_name = "HOW")]
    pub(crate) escape: Option<String>,
    /// Encoding, such as windows-1252 or utf-16le [default: found out]
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// How many records name the columns, or `none` [default: found out]
    #[arg(long, value_name = "none|N")]
    pub(crate) header: Option<String>,
    /// Whether the first record names the columns [default: found out]
    #[arg(long, value_name = "BOOL", conflicts_with = "header")]
    pub(crate) has_header: Option<String>,
    /// Lines above the table [default: found out]
    #[arg(long, value_name = "N")]
    pub(crate) skip_rows: Option<String>,
    /// Character that starts a line of comment [default: found out]
    #[arg(long, value_name = "CHAR")]
    pub(crate) comment: Option<String>,
    /// What ends a record: lf, crlf or cr [default: found out]
    #[arg(long, value_name = "HOW")]
    pub(crate) newline: Option<String>,
    /// What separates decimals: `.` or `,` [default: found out]
    #[arg(long, value_name = "CHAR")]
    pub(crate) decimal: Option<String>,
    /// Spellings of a missing value, separated by commas
    #[arg(long, value_name = "LIST")]
    pub(crate) null_spellings: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(command::check::CheckArguments),
    Profile(command::profile::ProfileArguments),
    Baseline(command::baseline::BaselineArguments),
    Anomalies(command::anomalies::AnomaliesArguments),
    Cells(command::cells::CellsArguments),
    Replay(command::replay::ReplayArguments),
    Contract(command::contract::ContractArguments),
    Sniff(command::sniff::SniffArguments),
    Clean(command::clean::CleanArguments),
    Demo(command::demo::DemoArguments),
    Watch(command::watch::WatchArguments),
    Mock(command::mock::MockArguments),
    Serve(command::serve::ServeArguments),
    User(command::user::UserArguments),
    Token(command::token::TokenArguments),
    Audit(command::audit::AuditArguments),
    Backup(command::backup::BackupArguments),
    Restore(command::backup::RestoreArguments),
    Cluster(command::cluster::ClusterArguments),
    Doctor(command::doctor::DoctorArguments),
    Config(command::config::ConfigArguments),
    Completions(command::completions::CompletionsArguments),
}

/// Adds a value to the overrides when its flag was given.
pub(crate) fn override_with(
    overrides: &mut Overrides,
    key: &'static str,
    flag: &'static str,
    value: Option<&String>,
) {
    overrides.extend(value.map(|value| (key, flag, value.clone())));
}

impl GlobalArguments {
    /// What these flags set.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::new();
        override_with(&mut overrides, "run.threads", "threads", self.threads.as_ref());
        override_with(&mut overrides, "run.memory_bytes", "memory", self.memory.as_ref());
        override_with(&mut overrides, "run.seed", "seed", self.seed.as_ref());
        override_with(&mut overrides, "run.chunk_bytes", "chunk-bytes", self.chunk_bytes.as_ref());
        let shown = self.show_personal.then(|| true.to_string());
        override_with(&mut overrides, "privacy.show_personal", "show-personal", shown.as_ref());
        override_with(&mut overrides, "workspace.folder", "workspace", self.workspace.as_ref());
        overrides
    }
}

impl DataArguments {
    /// What these flags set.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::new();
        override_with(&mut overrides, "server.data", "data", self.data.as_ref());
        override_with(&mut overrides, "server.database_url", "database", self.database.as_ref());
        overrides
    }
}

impl ReadArguments {
    /// What these flags set.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::new();
        override_with(&mut overrides, "csv.delimiter", "delimiter", self.delimiter.as_ref());
        override_with(&mut overrides, "csv.quote", "quote", self.quote.as_ref());
        override_with(&mut overrides, "csv.escape", "escape", self.escape.as_ref());
        override_with(&mut overrides, "csv.encoding", "encoding", self.encoding.as_ref());
        override_with(&mut overrides, "csv.header", "header", self.header.as_ref());
        override_with(&mut overrides, "csv.has_header", "has-header", self.has_header.as_ref());
        override_with(&mut overrides, "csv.skip_rows", "skip-rows", self.skip_rows.as_ref());
        override_with(&mut overrides, "csv.comment", "comment", self.comment.as_ref());
        override_with(&mut overrides, "csv.newline", "newline", self.newline.as_ref());
        override_with(&mut overrides, "csv.decimal", "decimal", self.decimal.as_ref());
        override_with(&mut overrides, "csv.null_spellings", "null-spellings", self.null_spellings.as_ref());
        overrides
    }
}
