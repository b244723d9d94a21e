use std::time::Instant;

use driftline_chunk::{Field, Physical, Schema};
use driftline_detect::cells::{CellModel, CellOptions, CellState, FoundCells, methods};
use driftline_detect::contract::ChunkPlace;
use driftline_ingest::{Decoded, Table};
use driftline_model::{
    CellReport, Personal, PrivacySettings, RunSettings, SCHEMA_VERSION, Settings, SideReport, Timings,
};
use driftline_profile::{ChunkHashes, Side};

use crate::event::{Observer, Phase};
use crate::guard::guarded;
use crate::halt::Halt;
use crate::input::{Input, open_input};
use crate::privacy::Veil;
use crate::profiling::{ReadTable, read_table};
use crate::scan::{ScanContext, Scanned, Worker, scan, threads};
use crate::scoring::{rejected_records, source_names};
use crate::{CancelToken, EngineError};

/// Which cells to judge, and how.
#[derive(Debug, Clone)]
pub struct CellsRequest {
    /// The data.
    pub input: Input,
    /// How they are read.
    pub settings: Settings,
    /// What is looked for.
    pub options: CellOptions,
    /// How the run is run.
    pub run: RunSettings,
}

/// Finds cells that are probably wrong, in two passes over the data read as text: the first learns, the second looks
/// every cell up. The same report, timings aside, for any threads and any chunks.
///
/// # Errors
/// When the data cannot be read, a column or a method is asked for that is not there, or the run is cancelled.
pub fn cells(
    request: &CellsRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<CellReport, EngineError> {
    guarded("looking for wrong cells", &request.run, || run(request, observer, cancel))
}

fn run(
    request: &CellsRequest,
    observer: &dyn Observer,
    cancel: &CancelToken,
) -> Result<CellReport, EngineError> {
    let halt = Halt::new(cancel);
    let opened = open_input(&request.input, (&request.settings.csv, &request.run), Vec::new())?;
    let search = CellSearch { options: &request.options, privacy: &request.settings.privacy, known: &[] };
    let context = ScanContext::new(&request.run, observer, (&halt, Phase::Cells));
    let report = search_table((&opened, &request.input.name()), &search, &context)?;
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    Ok(report)
}

/// What is looked for in a table.
pub(crate) struct CellSearch<'a> {
    pub(crate) options: &'a CellOptions,
    pub(crate) privacy: &'a PrivacySettings,
    /// Columns that are known to hold personal data.
    pub(crate) known: &'a [(String, Personal)],
}

/// The search in a table that is open, however its columns are held.
pub(crate) fn search_table(
    (opened, name): (&Table, &str),
    search: &CellSearch<'_>,
    context: &ScanContext<'_>,
) -> Result<CellReport, EngineError> {
    let began = Instant::now();
    let schema = as_text(opened.schema());
    asked_for(search.options, &schema)?;
    let options = &options_for(opened, search.options);
    let table = opened.reopen(&schema)?;
    let read = read_table(&table, name, context)?;
    let model = CellModel::fit(&Side { profile: &read.profile, sample: &read.sample }, options);
    let again = table.reopen(read.profile.schema())?;
    let scanned = scan(&again, context, || CellWorker {
        model: &model,
        options,
        state: model.state(),
        hashes: ChunkHashes::new(),
    })?;
    // Where the data break off is known from the first pass.
    let Scanned { workers, ledger, secs, slowest_chunk_secs, broken_off: _ } = scanned;
    let mut state = model.state();
    workers.into_iter().for_each(|worker| state.merge(worker.state));
    let names = source_names(&again);
    let locate = |records: &[(u64, u64)]| {
        let name = |source: usize| names.get(source).cloned().unwrap_or_default();
        ledger.places(records).into_iter().map(|place| (name(place.source), place.row)).collect()
    };
    let found = state.finish(&model, options, &locate);
    let mut report = report(options, &read, found);
    let side = Side { profile: &read.profile, sample: &read.sample };
    Veil::of(&[side], search.privacy).with(search.known).cells(&mut report);
    report.timings = Timings {
        reference_secs: read.secs,
        current_secs: secs,
        total_secs: began.elapsed().as_secs_f64(),
        chunks: read.chunks + ledger.chunks(),
        slowest_chunk_secs: slowest_chunk_secs.max(read.slowest_chunk_secs),
        threads: u32::try_from(threads(context.run)).unwrap_or(u32::MAX),
        ..Timings::default()
    };
    Ok(report)
}

/// The columns with every value kept as it is written.
fn as_text(schema: &Schema) -> Schema {
    let field = |field: &Field| Field { name: field.name.clone(), physical: Physical::Text };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
}

/// Moments that the data hold as such have no form of their own that could be wrong: they are judged when asked for only.
fn options_for(table: &Table, options: &CellOptions) -> CellOptions {
    let mut options = options.clone();
    if options.columns.is_empty() && table.opening().decisions.is_empty() {
        let fields = table.schema().fields().iter().filter(|field| field.physical != Physical::Datetime);
        options.columns = fields.map(|field| field.name.clone()).collect();
    }
    options
}

fn asked_for(options: &CellOptions, schema: &Schema) -> Result<(), EngineError> {
    let refuse = |setting, value: &String, there: Vec<&str>| {
        let wanted = format!("there are {}", there.join(", "));
        Err(EngineError::Setting { setting, value: format!("`{value}`"), wanted })
    };
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name.as_str()).collect();
    if let Some(unknown) = options.columns.iter().find(|name| !names.contains(&name.as_str())) {
        return refuse("the column", unknown, names.into_iter().take(30).collect());
    }
    let ids: Vec<&str> = methods().iter().map(|method| method.id).collect();
    match options.methods.iter().find(|id| !ids.contains(&id.as_str())) {
        Some(unknown) => refuse("the method", unknown, ids),
        None => Ok(()),
    }
}

fn report(options: &CellOptions, read: &ReadTable, found: FoundCells) -> CellReport {
    let ids = methods().iter().map(|method| method.id);
    let taken =
        ids.filter(|id| options.methods.is_empty() || options.methods.iter().any(|wanted| wanted == id));
    CellReport {
        schema_version: SCHEMA_VERSION,
        headline: headline(&read.side, &found),
        table: read.side.clone(),
        methods: taken.map(str::to_owned).collect(),
        cells_suspected: found.cells,
        columns: found.columns,
        suspects: found.suspects,
        dependencies: found.dependencies,
        masked_columns: Vec::new(),
        timings: Timings::default(),
    }
}

fn headline(side: &SideReport, found: &FoundCells) -> String {
    let columns = found.columns.len();
    let end = if side.broken_off.is_empty() { "." } else { "; the data are not complete." };
    match (found.cells, columns) {
        (0, _) => format!("No cell of {} columns is suspected{end}", side.columns),
        (1, _) => format!("1 cell is suspected{end}"),
        (cells, 1) => format!("{cells} cells of 1 column are suspected{end}"),
        (cells, columns) => format!("{cells} cells of {columns} columns are suspected{end}"),
    }
}

struct CellWorker<'a> {
    model: &'a CellModel,
    options: &'a CellOptions,
    state: CellState,
    hashes: ChunkHashes,
}

impl Worker for CellWorker<'_> {
    fn chunk(&mut self, ordinal: u64, decoded: &Decoded, _: &Halt<'_>) -> Result<(), EngineError> {
        self.hashes.fill(&decoded.chunk);
        let rejected = rejected_records(decoded);
        let place = ChunkPlace { ordinal, rejected: &rejected };
        self.model.update(&mut self.state, (&decoded.chunk, &self.hashes), place, self.options);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Silent;

    fn request(path: &std::path::Path, threads: u32) -> CellsRequest {
        CellsRequest {
            input: Input::Table(path.to_string_lossy().into_owned()),
            settings: Settings::default(),
            options: CellOptions::default(),
            run: RunSettings { threads, chunk_bytes: 4_096, ..RunSettings::default() },
        }
    }

    #[test]
    fn errors_are_found_with_their_rows_whatever_the_threads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.csv");
        let mut text = "id,day,city,amount\n".to_owned();
        for row in 1..=3_000_u32 {
            let city = ["Birmingham", "Liverpool", "Edinburgh"][(row % 3) as usize];
            let city = if row == 2_500 { "Edinbrugh" } else { city };
            let amount = if row == 1_700 { "1O5".to_owned() } else { format!("{}", 100 + row % 50) };
            text.push_str(&format!("{row},2024-03-{:02},{city},{amount}\n", 1 + row % 28));
        }
        text.push_str("\"broken\n");
        std::fs::write(&path, text).unwrap();
        let of = |threads| {
            let report = cells(&request(&path, threads), &Silent, &CancelToken::new()).unwrap();
            CellReport { timings: Timings::default(), ..report }
        };
        let report = of(1);
        let told: Vec<(&str, &str, u64, Option<&str>)> = report
            .suspects
            .iter()
            .map(|suspect| {
                let row = suspect.places[0].row;
                (suspect.column.as_str(), suspect.value.as_str(), row, suspect.suggestion.as_deref())
            })
            .collect();
        let wanted = [("city", "Edinbrugh", 2_500, Some("Edinburgh")), ("amount", "1O5", 1_700, Some("105"))];
        assert_eq!(told, wanted);
        assert_eq!(report.headline, "2 cells of 2 columns are suspected.");
        assert_eq!(report, of(3));
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        let mut wrong = request(&path, 1);
        wrong.options.columns = vec!["c".to_owned()];
        let error = cells(&wrong, &Silent, &CancelToken::new()).unwrap_err();
        assert!(error.to_string().contains("`c`") && error.to_string().contains("there are a, b"), "{error}");
        wrong.options = CellOptions { methods: vec!["guess".to_owned()], ..CellOptions::default() };
        assert!(cells(&wrong, &Silent, &CancelToken::new()).unwrap_err().to_string().contains("typo"));
    }
}
