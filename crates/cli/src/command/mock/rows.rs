use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use driftline_engine::{CancelToken, EngineError};
use driftline_mock::{Data, Generator, GeneratorSettings, TruthWindow};
use driftline_store::AtomicFile;

use super::{MadeArguments, data_named};
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline mock rows orders --rows 100000 -o orders.csv
  driftline mock rows sensors --rows 50000 --format ndjson -o sensors.ndjson
  driftline mock rows orders --schedule trouble.toml --truth truth.json -o orders.csv
  driftline mock rows web --from 100000 --rows 1000 | head

Row I of a file is the same that a mock with this seed, start, history, rate and schedule serves.";

/// Rows between two looks at whether somebody wants to stop.
const ROWS_AT_A_TIME: usize = 5_000;
/// Most single rows in an entry of the truth.
const MAX_LISTED: usize = 1_000_000;

/// Write rows to a file, without a server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RowsArguments {
    /// Which data: orders, sensors or web
    #[arg(value_name = "DATA", value_parser = data_named)]
    data: Data,
    /// Number of the first row, from 0
    #[arg(long, value_name = "I", default_value_t = 0)]
    from: u64,
    /// How many rows
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    rows: u64,
    /// Form of the file
    #[arg(long, short, value_enum, default_value_t = RowForm::Csv)]
    format: RowForm,
    /// Write to FILE, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write what was planted in the time of these rows to FILE.json
    #[arg(long, value_name = "FILE.json")]
    truth: Option<PathBuf>,
    #[command(flatten)]
    made: MadeArguments,
}

/// Forms of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RowForm {
    /// A table, under all columns that these rows have
    Csv,
    /// An object of JSON a line
    Ndjson,
}

/// The time of some rows: from the first one up to behind the last one.
#[derive(Clone, Copy)]
struct Span {
    from_ms: i64,
    to_ms: i64,
}

/// Writes the rows and the truth about them.
pub(super) fn run(global: &GlobalArguments, arguments: &RowsArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, Vec::new())?;
    let usual = (GeneratorSettings::default().start_ms, "0s");
    let settings = arguments.made.settings(&session, usual)?;
    let generator = Generator::new(settings).map_err(|error| Failure::from(&error))?;
    let cancel = session.cancel_token()?;
    let span = arguments.span(&generator);
    match arguments.output.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let mut file = AtomicFile::create(path)?;
            let place = path.display().to_string();
            arguments.write(&generator, span, (&mut file, &place), &cancel)?;
            file.commit()?;
        }
        None => {
            let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
            arguments.write(&generator, span, (&mut out, "standard output"), &cancel)?;
        }
    }
    if let Some(path) = &arguments.truth {
        let Span { from_ms, to_ms } = span;
        let window = TruthWindow { from_ms, to_ms, data: Some(arguments.data), max_rows: MAX_LISTED };
        let truth = serde_json::to_vec_pretty(&generator.truth(window))
            .map_err(|error| Failure::output(&path.display().to_string(), &error.into()))?;
        output::write_file(path, &truth)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl RowsArguments {
    fn span(&self, generator: &Generator) -> Span {
        let first = generator.row(self.data, self.from).map(|row| row.at_ms);
        let from_ms = first.unwrap_or(generator.settings().start_ms);
        let last =
            self.rows.checked_sub(1).and_then(|more| generator.row(self.data, self.from.checked_add(more)?));
        // Fewer rows than were asked for: an outage that does not end.
        let to_ms = match (last, self.rows) {
            (Some(last), _) => last.at_ms + 1,
            (None, 0) => from_ms,
            (None, _) => generator
                .numbered(self.data, self.from, self.rows)
                .last()
                .map_or(from_ms, |row| row.at_ms + 1),
        };
        Span { from_ms, to_ms }
    }

    fn write(
        &self,
        generator: &Generator,
        span: Span,
        (out, place): (&mut dyn Write, &str),
        cancel: &CancelToken,
    ) -> Result<(), Failure> {
        let header = generator.columns_between(self.data, span.from_ms, span.to_ms);
        let mut part = Vec::new();
        if self.format == RowForm::Csv {
            header.write_csv(&mut part);
        }
        let mut rows = generator.numbered(self.data, self.from, self.rows);
        loop {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled.into());
            }
            let mut count = 0;
            for row in rows.by_ref().take(ROWS_AT_A_TIME) {
                match self.format {
                    RowForm::Csv => row.write_csv(&header, &mut part),
                    RowForm::Ndjson => row.write_line(&mut part),
                }
                count += 1;
            }
            let written = out.write_all(&part).and_then(|()| if count == 0 { out.flush() } else { Ok(()) });
            match written {
                // A reader that has seen enough (`| head`) is no failure.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(Failure::output(place, &error)),
                Ok(()) if count == 0 => return Ok(()),
                Ok(()) => part.clear(),
            }
        }
    }
}
