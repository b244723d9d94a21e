//! Opening a table of any format, and what every open table offers.

use std::sync::Arc;

use driftline_chunk::Schema;

use crate::IngestError;
use crate::dialect::Dialect;
use crate::format::Format;
use crate::head::Head;
use crate::location::{Location, Place};
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::part::{Learnt, Part, TablePlan};
use crate::records::printable;
use crate::sniff::Decision;
use crate::source::typed::{FormatFile, TypedTable};
use crate::source::{Source, archive, arrow_ipc, avro, json, parquet, xlsx};
use crate::stored::Stored;
use crate::table::{CsvTable, Opening, Seen};

/// Nothing had to be found out.
static PLAIN: Opening = Opening { decisions: Vec::new(), preamble: Vec::new() };

/// A table that can be read.
pub struct Table {
    inner: Box<dyn Opened>,
    /// Why files of it are left out.
    broken: Vec<String>,
}

/// What a table of some format can do.
pub(crate) trait Opened: Send + Sync {
    /// The files in order.
    fn sources(&self) -> &[Box<dyn Source>];
    /// The columns.
    fn schema(&self) -> &Schema;
    /// The same table from its beginning, its columns held as `schema` says.
    fn reopen(&self, schema: &Schema) -> Result<Box<dyn Opened>, IngestError>;
    /// How the columns should have been held; nothing when all was right.
    fn corrected(&self, seen: &[Seen]) -> Option<Schema>;
    /// What was found out when it was opened; nothing where files say how they are written.
    fn opening(&self) -> &Opening {
        &PLAIN
    }
    /// What was left out, and why.
    fn notes(&self) -> &[String] {
        &[]
    }
    /// What reading any part of it needs, and its parts in order.
    fn cut(&self, part_bytes: u64) -> Result<(TablePlan, Vec<Part>), IngestError>;
    /// What was learnt while reading.
    fn learnt(&self) -> Learnt {
        Learnt::default()
    }
    /// Takes in what another reading learnt.
    fn learn(&self, _learnt: Learnt) {}
    /// The same table from its beginning with only some of its columns, where that saves work.
    fn projected(&self, _columns: &[usize]) -> Option<Result<Box<dyn Opened>, IngestError>> {
        None
    }
}

impl Table {
    pub(crate) fn of(inner: Box<dyn Opened>) -> Self {
        Self { inner, broken: Vec::new() }
    }

    /// Cuts it into parts of about `part_bytes` stored bytes that other machines can read, in the order of the
    /// table. With the first comes what reading any part of it needs. Files that can be read from their beginning
    /// only are one part.
    ///
    /// Where a part of a text begins is guessed by its reader: see [`Source::span`] for how that is checked.
    ///
    /// # Errors
    /// When other machines cannot read a file, or it is of a format that is not cut.
    pub fn cut(&self, part_bytes: u64) -> Result<(TablePlan, Vec<Part>), IngestError> {
        self.inner.cut(part_bytes.max(1))
    }

    /// A table with one source that reads this part only. Its rows, their numbers and their places are those that
    /// the table that was cut gives.
    ///
    /// # Errors
    /// When the file is not there any more, or not of the size that it had.
    pub fn of_part(plan: &TablePlan, part: &Part) -> Result<Self, IngestError> {
        part.open(plan).map(Self::of)
    }

    /// What was learnt while reading that [`Self::corrected`] needs.
    pub fn learnt(&self) -> Learnt {
        self.inner.learnt()
    }

    /// Takes in what the readers of parts of this table have learnt, each of them once.
    pub fn learn(&self, learnt: Learnt) {
        self.inner.learn(learnt);
    }

    /// The files in order.
    pub fn sources(&self) -> &[Box<dyn Source>] {
        self.inner.sources()
    }

    /// The columns.
    pub fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    /// What was found out when it was opened.
    pub fn opening(&self) -> &Opening {
        self.inner.opening()
    }

    /// What was left out, such as columns of binary data, and why.
    pub fn notes(&self) -> &[String] {
        self.inner.notes()
    }

    /// Why files that belong to it are left out: they are not what their names say, or damaged as a whole. What
    /// is said of the table is said of a part of it.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// The same table from its beginning, its columns held as `schema` says.
    ///
    /// # Errors
    /// When a file cannot be read any more.
    pub fn reopen(&self, schema: &Schema) -> Result<Self, IngestError> {
        let inner = self.inner.reopen(schema)?;
        Ok(Self { inner, broken: self.broken.clone() })
    }

    /// How the columns should have been held, now that all values were seen: a column of which more than a tenth
    /// did not fit is text, and one of which nothing was known is what its values are. Columns that first came
    /// behind the sample stand at the end. Nothing when all was right. `seen` has one element a column.
    pub fn corrected(&self, seen: &[Seen]) -> Option<Schema> {
        self.inner.corrected(seen)
    }

    /// The same table from its beginning with these columns, and whether it has no others any more.
    #[cfg_attr(not(feature = "datafusion"), expect(dead_code, reason = "only statements need it"))]
    pub(crate) fn projected(&self, columns: &[usize]) -> Result<(Self, bool), IngestError> {
        match self.inner.projected(columns) {
            Some(table) => Ok((Self { inner: table?, broken: self.broken.clone() }, true)),
            None => Ok((self.reopen(self.schema())?, false)),
        }
    }
}

/// Opens a table: finds its format, its columns and how they are held.
///
/// # Errors
/// When there is nothing, nothing readable, or files that do not belong together.
pub fn open(location: &Location, options: &ReadOptions) -> Result<Table, IngestError> {
    options.validate()?;
    let place = location.place(options.limits)?;
    let (stored, sheet) = match place {
        Place::Stored(stored, sheet) => (stored, sheet),
        #[cfg(feature = "remote")]
        Place::Query(query) => return crate::source::postgres::open(&query, options),
    };
    let first = stored.first().ok_or_else(|| IngestError::Missing { path: location.shown() })?;
    let format = Format::of(first)?;
    if stored.len() == 1 && !matches!(format, Format::Zip | Format::Tar) {
        return of_format(format, stored, (options, sheet.as_deref()));
    }
    let mut members = Vec::new();
    for stored in stored {
        members.extend(archive::members(stored)?);
    }
    let first = members.first().ok_or_else(|| IngestError::Missing { path: location.shown() })?;
    let (format, first) = (Format::of(first)?, first.name.clone());
    let (mut alike, mut broken) = (Vec::with_capacity(members.len()), Vec::new());
    for member in members {
        let other = Format::of(&member)?;
        if other == format {
            alike.push(member);
        } else if format == Format::Parquet && Format::by_name(&member.name) == Some(format) {
            let cause = "it does not begin as one does".to_owned();
            broken.push(IngestError::Unreadable { name: member.name, format: format.name(), cause });
        } else {
            let difference = format!("one is {}, the other {}", format.name(), other.name());
            return Err(IngestError::ColumnsDiffer { name: member.name, first, difference });
        }
    }
    let mut table = of_format(format, alike, (options, sheet.as_deref()))?;
    table.broken.extend(broken.iter().map(ToString::to_string));
    table.broken.sort();
    Ok(table)
}

fn of_format(
    format: Format,
    stored: Vec<Stored>,
    (options, sheet): (&ReadOptions, Option<&str>),
) -> Result<Table, IngestError> {
    let nulls = Arc::new(NullSpellings::new(&options.null_spellings));
    let open = |stored: Stored| -> Result<Arc<dyn FormatFile>, IngestError> {
        Ok(match format {
            Format::Parquet => Arc::new(parquet::ParquetFile::open(stored)?),
            Format::Arrow => Arc::new(arrow_ipc::ArrowFile::open(stored)?),
            Format::Avro => Arc::new(avro::AvroFile::open(stored)?),
            Format::Json => Arc::new(json::JsonFile::open(stored, &nulls)?),
            Format::Xlsx => Arc::new(xlsx::XlsxFile::open(&stored, (sheet, options), &nulls)?),
            Format::Csv | Format::Zip | Format::Tar => {
                return Err(IngestError::Nested { name: stored.name, format: format.name() });
            }
        })
    };
    if !matches!(format, Format::Csv | Format::Json)
        && let Some(last) = stored.iter().find(|stored| stored.is_cut_off())
    {
        // These have parts behind their rows without which they cannot be read.
        let (name, cause) = (last.name.clone(), "the archive that holds it is cut off".to_owned());
        return Err(IngestError::Unreadable { name, format: format.name(), cause });
    }
    if format == Format::Csv {
        return Ok(Table::of(Box::new(CsvTable::open(stored, options)?)));
    }
    let (mut files, mut broken) = (Vec::with_capacity(stored.len()), Vec::new());
    for stored in stored {
        match open(stored) {
            Ok(file) => files.push(file),
            // What is wrong with one of several does not hide the others; without the first no columns are known.
            Err(error @ IngestError::Unreadable { .. }) if format == Format::Parquet && !files.is_empty() => {
                broken.push(error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    let table = Table::of(Box::new(TypedTable::open(files, options, nulls)?));
    Ok(Table { broken, ..table })
}

/// The files of a location that are delimited text, archives unpacked.
pub(crate) fn delimited(location: &Location, options: &ReadOptions) -> Result<Vec<Stored>, IngestError> {
    let stored = match location.place(options.limits)? {
        Place::Stored(stored, _) => stored,
        #[cfg(feature = "remote")]
        Place::Query(query) => {
            return Err(IngestError::NotDelimited { name: query.shown().to_owned(), format: "a database" });
        }
    };
    let mut files = Vec::new();
    for stored in stored {
        files.extend(archive::members(stored)?);
    }
    for file in &files {
        let format = Format::of(file)?;
        if format != Format::Csv {
            return Err(IngestError::NotDelimited { name: file.name.clone(), format: format.name() });
        }
    }
    Ok(files)
}

/// How a file writes its table down, and how that was found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Sniffing {
    /// How it is written.
    pub dialect: Dialect,
    /// Names of the columns.
    pub names: Vec<String>,
    /// What was decided, how sure that is, and why.
    pub decisions: Vec<Decision>,
    /// Lines above the table.
    pub preamble: Vec<String>,
}

/// How a file writes its table down.
///
/// # Errors
/// When there is nothing readable, or it is not delimited text.
pub fn sniff(location: &Location, options: &ReadOptions) -> Result<Sniffing, IngestError> {
    let nulls = NullSpellings::new(&options.null_spellings);
    let mut files = delimited(location, options)?;
    let first = files.first_mut().ok_or_else(|| IngestError::Missing { path: location.shown() })?;
    let Head { sniffed, names, .. } = Head::read(first, options, &nulls)?;
    let preamble = sniffed.preamble.iter().map(|(_, line)| printable(line)).collect();
    Ok(Sniffing { dialect: sniffed.dialect, names, decisions: sniffed.decisions, preamble })
}
