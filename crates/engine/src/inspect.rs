//! A look at the beginning of a table: how it is written, its columns, its first rows.

use std::borrow::Cow;

use driftline_chunk::{Chunk, ColumnValues, Physical};
use driftline_detect::personal::{mask_value, of_values};
use driftline_ingest::{Contents, Dialect, Limits, Location, ReadOptions, Table, contents};
use driftline_model::CsvSettings;

use crate::EngineError;
use crate::input::read_options;

/// Rows that are looked at to tell whether a column holds personal data.
const LOOKED_AT: usize = 200;
/// Bytes of text that are decoded for the first rows.
const LOOK_BYTES: usize = 256 << 10;
/// Characters of a cell or a name that are shown.
const MAX_CHARACTERS: usize = 200;
/// Cells that are shown; a very wide table shows fewer rows.
const MAX_CELLS: usize = 20_000;

/// What a look at the beginning of a table shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The format of the (first) file as `format`, what it is packed in as `packed_in`, and where it is delimited
    /// text how it is written, in the words of `driftline sniff`.
    pub dialect: serde_json::Value,
    /// Names of the columns with how they are held: `number`, `boolean`, `datetime` or `text`. Names are cut at
    /// 200 characters.
    pub columns: Vec<[String; 2]>,
    /// The first rows as text, cut at 200 characters. Nothing stands for a missing value and for one that does
    /// not fit its column.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Looks at the beginning of a table whose contents are known: at its first `rows` rows, fewer when it is very
/// wide. No more than its first chunk is read. Cells of columns with personal data are masked.
///
/// # Errors
/// When there is nothing readable, a setting makes no sense, or it costs more than `limits` allow.
pub fn inspect(
    location: &str,
    (csv, limits): (&CsvSettings, Limits),
    rows: usize,
) -> Result<Inspection, EngineError> {
    let (location, options) = (Location::parse(location), ReadOptions { limits, ..read_options(csv)? });
    let contents = contents(&location, limits, &|| false)?;
    let dialect = if contents.is_delimited {
        Some(driftline_ingest::sniff(&location, &options)?.dialect)
    } else {
        None
    };
    let table = driftline_ingest::open(&location, &options)?;
    let fields = table.schema().fields();
    let columns: Vec<_> =
        fields.iter().map(|field| [shortened(&field.name), held_as(field.physical).to_owned()]).collect();
    let most = (MAX_CELLS / columns.len().max(1)).max(1);
    let rows = rows.min(most);
    let mut first = first_rows(&table, LOOKED_AT.max(rows).min(most))?;
    veiled(&columns, &mut first);
    first.truncate(rows);
    Ok(Inspection { dialect: in_words(&contents, dialect.as_ref()), columns, rows: first })
}

/// Masks the cells of columns that hold personal data.
fn veiled(columns: &[[String; 2]], rows: &mut [Vec<Option<String>>]) {
    for (index, [name, held]) in columns.iter().enumerate() {
        let cells = |rows: &[Vec<Option<String>>]| -> Vec<String> {
            rows.iter().filter_map(|row| row.get(index).cloned().flatten()).collect()
        };
        let cells = cells(rows);
        let values: Vec<(Cow<'_, str>, u64)> =
            cells.iter().map(|cell| (Cow::Borrowed(cell.as_str()), 1)).collect();
        let Some(personal) = of_values(name, &values, held == held_as(Physical::Number)) else { continue };
        for cell in rows.iter_mut().filter_map(|row| row.get_mut(index).and_then(Option::as_mut)) {
            *cell = mask_value(personal.kind, cell);
        }
    }
}

fn in_words(contents: &Contents, dialect: Option<&Dialect>) -> serde_json::Value {
    let mut words = dialect.map_or_else(|| serde_json::json!({}), of_dialect);
    words["format"] = contents.format.into();
    if let Some(packed_in) = contents.packed_in {
        words["packed_in"] = packed_in.into();
    }
    words
}

fn of_dialect(dialect: &Dialect) -> serde_json::Value {
    serde_json::json!({
        "delimiter": char::from(dialect.delimiter).to_string(),
        "quote": dialect.quote_shown(),
        "escape": dialect.escape.name(),
        "encoding": dialect.encoding.name(),
        "has_header": dialect.has_header,
        "preamble_rows": dialect.preamble_rows,
        "newline": dialect.newline.as_str(),
    })
}

/// How a column is held, in a word: `number`, `boolean`, `datetime` or `text`.
pub fn held_as(physical: Physical) -> &'static str {
    match physical {
        Physical::Number => "number",
        Physical::Boolean => "boolean",
        Physical::Datetime => "datetime",
        Physical::Text => "text",
    }
}

fn first_rows(table: &Table, rows: usize) -> Result<Vec<Vec<Option<String>>>, EngineError> {
    let Some(source) = table.sources().first() else { return Ok(Vec::new()) };
    let Some(raw) = source.pull(LOOK_BYTES)? else { return Ok(Vec::new()) };
    let chunk = source.decode(raw)?.chunk;
    let mut shown = vec![Vec::with_capacity(chunk.schema().len()); rows.min(chunk.rows())];
    for column in 0..chunk.schema().len() {
        for (row, cell) in shown.iter_mut().zip(cells(&chunk, column, rows)) {
            row.push(cell);
        }
    }
    Ok(shown)
}

/// The first cells of a column as text.
fn cells(chunk: &Chunk, column: usize, rows: usize) -> Vec<Option<String>> {
    match chunk.column(column) {
        ColumnValues::Number(array) => array.iter().take(rows).map(|value| value.map(number)).collect(),
        ColumnValues::Boolean(array) => {
            array.iter().take(rows).map(|value| value.map(|value| value.to_string())).collect()
        }
        ColumnValues::Datetime(array) => array
            .iter()
            .take(rows)
            .enumerate()
            .map(|(row, value)| {
                // What no calendar reaches is shown as it is held: microseconds since 1970.
                let held = value?.to_string();
                let moment = array.value_as_datetime(row).map(|moment| format!("{moment:?}"));
                Some(moment.map_or(held, |text| text.strip_suffix("T00:00:00").unwrap_or(&text).to_owned()))
            })
            .collect(),
        ColumnValues::Text(array) => array.iter().take(rows).map(|value| value.map(shortened)).collect(),
    }
}

fn number(value: f64) -> String {
    let is_usual = value == 0.0 || (1e-5..1e21).contains(&value.abs());
    if is_usual { format!("{}", value + 0.0) } else { format!("{value:e}") }
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(text: &str, rows: usize) -> Result<Inspection, EngineError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        std::fs::write(&path, text).unwrap();
        inspect(&path.to_string_lossy(), (&CsvSettings::default(), Limits::default()), rows)
    }

    #[test]
    fn columns_and_first_rows_are_shown() {
        let mut text = "id;when;name;ok;tiny\n".to_owned();
        for row in 0..50 {
            text.push_str(&format!("{row}.5;2024-01-02;{};true;1e-9\n", "ü".repeat(300)));
        }
        text.push_str("x;;;;\n");
        let found = looked_at(&text, 2).unwrap();
        assert_eq!(found.dialect["delimiter"], ";");
        assert_eq!(found.dialect["has_header"], true);
        assert_eq!((&found.dialect["format"], &found.dialect["packed_in"]), (&"CSV".into(), &().into()));
        let held: Vec<&str> = found.columns.iter().map(|[_, held]| held.as_str()).collect();
        assert_eq!(held, ["number", "datetime", "text", "boolean", "number"]);
        let name = "ü".repeat(MAX_CHARACTERS);
        let row = |id: &str| [id, "2024-01-02", &name, "true", "1e-9"].map(|cell| Some(cell.to_owned()));
        assert_eq!(found.rows, [row("0.5"), row("1.5")]);
        let all = looked_at(&text, 100).unwrap();
        assert_eq!(all.rows.len(), 51);
        assert_eq!(all.rows[50], [const { None::<String> }; 5]);
    }

    #[test]
    fn what_is_no_delimited_text_is_told_by_its_content() {
        let found =
            looked_at("{\"id\":1,\"when\":\"2024-01-02\"}\n{\"id\":2.5,\"name\":\"x\"}\n", 5).unwrap();
        assert_eq!(found.dialect, serde_json::json!({ "format": "JSON" }));
        let held = [["id", "number"], ["when", "datetime"], ["name", "text"]];
        assert_eq!(found.columns, held.map(|column| column.map(str::to_owned)));
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(found.rows[0], [cell("1"), cell("2024-01-02"), None]);
        assert_eq!(found.rows[1], [cell("2.5"), None, cell("x")]);
    }

    #[test]
    fn a_very_wide_table_shows_fewer_rows() {
        let header: Vec<String> = (0..5_000).map(|column| format!("c{column}")).collect();
        let text = format!("{}\n{}", header.join(","), format!("{}1\n", "1,".repeat(4_999)).repeat(30));
        let found = looked_at(&text, 20).unwrap();
        assert_eq!((found.columns.len(), found.rows.len()), (5_000, 4));
    }

    #[test]
    fn nothing_is_an_error() {
        assert_eq!(looked_at("\n\n", 20).unwrap_err().code(), "data.empty");
    }
}
