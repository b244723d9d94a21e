use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use driftline_detect::cells::CellOptions;
use driftline_engine::{CheckRequest, EngineError, Input};
use driftline_export::{Charset, Colour, FORMATS, Format, RenderOptions, Rendered, find};
use driftline_model::{Report, Severity};

use crate::arguments::{GlobalArguments, ReadArguments, override_with};
use crate::config::Overrides;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline check july.csv --against january.csv
  driftline check july.csv --against baseline:flights --fail-on high
  driftline check 'feed/2013-07-*.csv' --against 'feed/2013-06-*.csv' --exclude id,ts
  driftline check july.csv.gz --against january.csv --format junit -o drift.xml
  driftline check july.csv --against january.csv --cells -o drift.xlsx
  gunzip -c july.csv.gz | driftline check - --against january.dlp --format json
  driftline check july.csv --against january.csv --conform evidently --format json
  driftline check july.parquet --against s3://feed/june/ --sql \"select * from current where paid\"
  driftline check 'postgres://me@db/shop?table=public.orders' --against orders.csv

CURRENT and REFERENCE are a file (CSV, Parquet, JSON, Arrow, Avro, XLSX, zip or tar), a glob in
quotes, a folder, a URL (http, https, s3, postgres), `-` for standard input, a saved profile
(FILE.dlp), or baseline:NAME or baseline:NAME@VERSION (REFERENCE only).";

/// Compare data with a reference and report what changed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArguments {
    /// The data to judge
    #[arg(value_name = "CURRENT")]
    current: String,
    /// What to compare with
    #[arg(long, value_name = "REFERENCE")]
    against: String,
    /// Form of the report: text, json, md, csv, junit, html, xlsx or parquet [default: by the ending of FILE, else text]
    #[arg(long, short, value_name = "FORMAT")]
    format: Option<String>,
    /// Write the report to FILE, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Least severity of a finding that gives exit code 1: low, medium, high, critical or never [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,
    /// Rules that the data must keep, as `driftline contract infer` writes them
    #[arg(long, value_name = "FILE.toml")]
    contract: Option<String>,
    /// Also look for cells of the current data that are probably wrong: reads them twice more. They are for
    /// information and change neither verdict nor exit code
    #[arg(long)]
    cells: bool,
    /// Let a cluster read the data: the address of its scheduler, as df://HOST:PORT (see `driftline cluster --help`)
    #[arg(long, value_name = "URL")]
    cluster: Option<String>,
    /// Judge the rows of a SELECT instead of the whole data: tables are `current`, `reference`, and the names of
    /// the files. One that names only `current` is carried out on the reference as well
    #[arg(long, value_name = "SELECT")]
    sql: Option<String>,
    /// Compare with the rows of this SELECT
    #[arg(long, value_name = "SELECT")]
    against_sql: Option<String>,
    #[command(flatten)]
    drift: DriftArguments,
    #[command(flatten)]
    read: ReadArguments,
}

/// How drift is decided.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deciding drift")]
struct DriftArguments {
    /// How easily a change is called drift: low, normal or high [default: normal]
    #[arg(long, value_name = "LEVEL")]
    sensitivity: Option<String>,
    /// Columns that are not judged, separated by commas
    #[arg(long, value_name = "COLUMNS")]
    exclude: Option<String>,
    /// More scores for each column, by id and separated by commas, or `all`
    #[arg(long, value_name = "METHODS")]
    methods: Option<String>,
    /// The score in the first column of the report [default: kl]
    #[arg(long, value_name = "METHOD")]
    headline: Option<String>,
    /// Also compute scores exactly as evidently, great-expectations or nannyml does
    #[arg(long, value_name = "TOOL")]
    conform: Option<String>,
}

impl CheckArguments {
    fn current(&self, session: &Session) -> Result<Input, Failure> {
        let tables = [("current", self.current.as_str()), ("reference", self.against.as_str())];
        session.queried(&self.current, self.sql.as_deref(), &tables)
    }

    /// The reference goes through the statement of the current data when that is about nothing else.
    fn reference(&self, session: &Session) -> Result<Input, Failure> {
        let plain = session.input(&self.against)?;
        if let Some(statement) = &self.against_sql {
            let tables = [("reference", self.against.as_str()), ("current", self.current.as_str())];
            return session.queried(&self.against, Some(statement), &tables);
        }
        let Some(statement) = self.sql.as_deref().filter(|_| matches!(plain, Input::Table(_))) else {
            return Ok(plain);
        };
        let named = driftline_ingest::named_tables(statement).map_err(EngineError::from)?;
        if named.iter().all(|name| name == "current") {
            return session.queried(&self.against, Some(statement), &[("current", self.against.as_str())]);
        }
        Ok(plain)
    }

    fn overrides(&self) -> Overrides {
        let mut overrides = self.read.overrides();
        let drift = &self.drift;
        override_with(&mut overrides, "drift.sensitivity", "sensitivity", drift.sensitivity.as_ref());
        override_with(&mut overrides, "drift.exclude", "exclude", drift.exclude.as_ref());
        override_with(&mut overrides, "drift.methods", "methods", drift.methods.as_ref());
        override_with(&mut overrides, "drift.headline", "headline", drift.headline.as_ref());
        override_with(&mut overrides, "drift.conform", "conform", drift.conform.as_ref());
        override_with(&mut overrides, "report.format", "format", self.format.as_ref());
        override_with(&mut overrides, "report.fail_on", "fail-on", self.fail_on.as_ref());
        override_with(&mut overrides, "check.contract", "contract", self.contract.as_ref());
        override_with(&mut overrides, "cluster.url", "cluster", self.cluster.as_ref());
        overrides
    }
}

/// Runs the check.
pub(crate) fn run(global: &GlobalArguments, arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.overrides())?;
    let format = format(&session, arguments)?;
    let to_screen = !is_file(arguments.output.as_deref()) && io::stdout().is_terminal();
    refuse_noise(format, to_screen)?;
    let fail_on = session.configuration.report.fail_on.parse::<Severity>().ok();
    let contract = super::contract::load(&session)?;
    let request = CheckRequest {
        current: arguments.current(&session)?,
        reference: arguments.reference(&session)?,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let report = {
        let progress = session.progress();
        let contract = contract.as_ref();
        if let Some(workers) = super::cluster::workers(&session.configuration.cluster)? {
            if arguments.cells {
                let help = "leave one of them out: cells are looked for on one machine".to_owned();
                return Err(Failure::usage("cells", "--cells and --cluster do not go together", Some(help)));
            }
            driftline_engine::check_spread(&request, (contract, &*workers), &progress, &cancel)?.0
        } else if arguments.cells {
            let wanted = (contract, &CellOptions::default());
            driftline_engine::check_with_cells(&request, wanted, &progress, &cancel)?
        } else {
            driftline_engine::check_with_contract(&request, contract, &progress, &cancel)?
        }
    };
    write(&session, &report, format, arguments.output.as_deref())?;
    let alarmed = fail_on.is_some_and(|least| report.severity >= least);
    Ok(ExitCode::from(u8::from(alarmed)))
}

fn write(session: &Session, report: &Report, format: &Format, path: Option<&Path>) -> Result<(), Failure> {
    let to_file = is_file(path);
    let options = if to_file {
        RenderOptions { colour: Colour::Off, charset: Charset::Unicode, ..session.render_options() }
    } else {
        session.render_options()
    };
    match format.render(report, &options)? {
        Rendered::Text(text) => output::write(path, &text)?,
        Rendered::Binary(bytes) => write_binary(path, &bytes)?,
    }
    if let Some(path) = path.filter(|_| to_file) {
        let headline = driftline_export::harmless(&report.headline, Charset::Unicode);
        session.remark(&format!("{headline}\nThe report is in {}.", path.display()));
    }
    Ok(())
}

/// Whether the report goes to a file and not to standard output.
fn is_file(path: Option<&Path>) -> bool {
    path.is_some_and(|path| path != Path::new("-"))
}

/// Writes a file for programs. A reader of standard output that has seen enough (`| head`) is no failure.
fn write_binary(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(path) = path.filter(|path| is_file(Some(path))) {
        return output::write_file(path, bytes);
    }
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::output("standard output", &error))
        }
        _ => Ok(()),
    }
}

/// A file for programs says nothing on a screen and may upset it.
fn refuse_noise(format: &Format, to_screen: bool) -> Result<(), Failure> {
    if format.is_text() || !to_screen {
        return Ok(());
    }
    Err(Failure::usage(
        "binary",
        format!("a terminal cannot show `{}`", format.id),
        Some(format!("write it to a file with -o report.{}, or into a pipe", format.extension)),
    ))
}

/// The format that was asked for, else the one that the ending of the file names, else the configured one.
fn format(session: &Session, arguments: &CheckArguments) -> Result<&'static Format, Failure> {
    let configured = session.configuration.origins.contains_key("report.format");
    let extension = arguments.output.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
    let by_extension = || FORMATS.iter().find(|format| Some(format.extension) == extension);
    if let Some(format) = (!configured).then(by_extension).flatten() {
        return Ok(format);
    }
    // A wrong ending would only be found out when somebody opens the file.
    let id = match extension.filter(|_| !configured) {
        Some(ending @ ("doc" | "docx" | "ods" | "pdf" | "xls")) => ending,
        _ => session.configuration.report.format.as_str(),
    };
    find(id).ok_or_else(|| {
        let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
        Failure::usage(
            "format",
            format!("`{id}` is not a format that a report can have"),
            Some(format!("use one of {}", ids.join(", "))),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_screen_refuses_what_it_cannot_show() {
        for format in FORMATS {
            assert!(refuse_noise(format, false).is_ok());
            assert_eq!(refuse_noise(format, true).is_ok(), format.is_text(), "{}", format.id);
        }
        let failure = refuse_noise(find("xlsx").unwrap(), true).unwrap_err();
        assert!(failure.to_string().contains("`xlsx`"), "{failure}");
        assert!(failure.help().unwrap().contains("-o report.xlsx"));
    }
}
