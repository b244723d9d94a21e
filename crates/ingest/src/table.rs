//! A table of delimited text: one or more files with the same columns.

use std::io::Read;
use std::sync::Arc;

use driftline_chunk::{Field, Physical, Schema};
use memchr::memchr;

use crate::IngestError;
use crate::decode::Decoder;
use crate::dialect::Dialect;
use crate::head::{Head, tally_rows};
use crate::infer::{FITTING_SHARE, Tallies, Tally};
use crate::location::Location;
use crate::opened::{Opened, delimited};
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::part::{Learnt, Part, TablePlan};
use crate::plan::ColumnPlan;
use crate::records::printable;
use crate::repair::Recipe;
use crate::sniff::Decision;
use crate::source::{CsvSource, Slice, Source};
use crate::stored::{Compression, Stored};

/// Places of a file, beside its beginning, whose values are looked at.
const SAMPLED_PLACES: u64 = 48;
/// Bytes looked at in each of them.
const PLACE_BYTES: u64 = 16 << 10;
/// Files of a table that are sampled at most.
const SAMPLED_FILES: usize = 8;

/// A table of delimited text that can be read.
pub(crate) struct CsvTable {
    sources: Vec<Box<dyn Source>>,
    layout: Layout,
    unknown: Arc<Tallies>,
    notes: Vec<String>,
}

/// Everything that was found out about a table; enough to read it again.
#[derive(Clone)]
struct Layout {
    files: Vec<FileLayout>,
    schema: Schema,
    plans: Vec<ColumnPlan>,
    tallies: Vec<Tally>,
    opening: Opening,
    max_cell_bytes: u64,
    nulls: Arc<NullSpellings>,
    text_special: Arc<NullSpellings>,
}

#[derive(Clone)]
struct FileLayout {
    stored: Stored,
    dialect: Dialect,
    start: u64,
    /// How to read it where the quick way cannot.
    recipe: Option<Recipe>,
    /// For every column of the table its place in this file.
    places: Arc<[usize]>,
    /// Its number in the table, and what is read of it.
    number: u32,
    slice: Slice,
}

/// What was found out when a table was opened, of its first file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opening {
    /// What was decided, how sure that is, and why.
    pub decisions: Vec<Decision>,
    /// Lines above the table: where they start, and what they say.
    pub preamble: Vec<(u64, String)>,
}

/// What was seen in a column over a whole scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Values that fit the column's type.
    pub fitting: u64,
    /// Values that did not.
    pub failures: u64,
}

/// The files of a location in order; all of them are delimited text.
pub(crate) fn stored(location: &Location) -> Result<Vec<Stored>, IngestError> {
    delimited(location, &ReadOptions::default())
}

impl Opened for CsvTable {
    fn cut(&self, part_bytes: u64) -> Result<(TablePlan, Vec<Part>), IngestError> {
        cut::cut(&self.layout, part_bytes)
    }

    fn learnt(&self) -> Learnt {
        Learnt { unknown: self.unknown.all() }
    }

    fn learn(&self, learnt: Learnt) {
        self.unknown.merge(&learnt.unknown);
    }

    fn sources(&self) -> &[Box<dyn Source>] {
        &self.sources
    }

    fn schema(&self) -> &Schema {
        &self.layout.schema
    }

    fn opening(&self) -> &Opening {
        &self.layout.opening
    }

    fn reopen(&self, schema: &Schema) -> Result<Box<dyn Opened>, IngestError> {
        let mut layout = self.layout.clone();
        for (column, (plan, field)) in layout.plans.iter_mut().zip(schema.fields()).enumerate() {
            if plan.physical == field.physical {
                continue;
            }
            let sampled = self.layout.tallies.get(column).filter(|tally| !tally.is_empty()).cloned();
            let tally = sampled.unwrap_or_else(|| self.unknown.of(column));
            *plan = tally.plan(Some(field.physical));
            plan.physical = field.physical;
            plan.unknown = false;
        }
        layout.schema = schema.clone();
        let mut table = Self::of(layout)?;
        table.note(self.notes.clone());
        Ok(Box::new(table))
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn corrected(&self, seen: &[Seen]) -> Option<Schema> {
        let correct = |(column, plan): (usize, &ColumnPlan)| {
            if plan.unknown {
                let tally = self.unknown.of(column);
                return if tally.is_empty() { Physical::Text } else { tally.plan(None).physical };
            }
            let Some(Seen { fitting, failures }) = seen.get(column).copied() else { return plan.physical };
            let share = fitting as f64 / (fitting + failures).max(1) as f64;
            if failures > 0 && share < FITTING_SHARE { Physical::Text } else { plan.physical }
        };
        let corrected: Vec<Physical> = self.layout.plans.iter().enumerate().map(correct).collect();
        if corrected.iter().zip(&self.layout.plans).all(|(now, plan)| *now == plan.physical) {
            return None;
        }
        let field = |(field, physical): (&Field, Physical)| Field { name: field.name.clone(), physical };
        let fields: Vec<Field> = self.layout.schema.fields().iter().zip(corrected).map(field).collect();
        Some(Schema::new(fields))
    }
}

impl CsvTable {
    /// Finds the dialect of the files, their columns and how they are held.
    pub(crate) fn open(stored: Vec<Stored>, options: &ReadOptions) -> Result<Self, IngestError> {
        let nulls = NullSpellings::new(&options.null_spellings);
        Self::of(lay_out(stored, options, nulls)?)
    }

    /// A table of one file that reads a part of it only.
    pub(crate) fn of_part(plan: &TablePlan, part: &Part) -> Result<Self, IngestError> {
        Self::of(cut::layout(plan, part)?)
    }

    /// Adds what was left out of it before.
    pub(crate) fn note(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
    }

    fn of(layout: Layout) -> Result<Self, IngestError> {
        let unknown = Arc::new(Tallies::default());
        let arrow_schema = Arc::new(layout.schema.arrow());
        let plans: Arc<[ColumnPlan]> = layout.plans.clone().into();
        let mut sources: Vec<Box<dyn Source>> = Vec::with_capacity(layout.files.len());
        for file in &layout.files {
            let decoder = Decoder {
                name: file.stored.name.clone(),
                source: file.number,
                schema: layout.schema.clone(),
                arrow_schema: Arc::clone(&arrow_schema),
                plans: Arc::clone(&plans),
                places: Arc::clone(&file.places),
                dialect: match &file.recipe {
                    None => file.dialect,
                    Some(_) => Dialect::plain(file.dialect.delimiter),
                },
                max_cell_bytes: layout.max_cell_bytes,
                nulls: Arc::clone(&layout.nulls),
                text_special: Arc::clone(&layout.text_special),
                unknown: Arc::clone(&unknown),
            };
            sources.push(Box::new(CsvSource::new(
                &file.stored,
                (&file.dialect, file.start, file.recipe.as_ref()),
                decoder,
                file.slice,
            )?));
        }
        Ok(Self { sources, layout, unknown, notes: Vec::new() })
    }
}

fn lay_out(stored: Vec<Stored>, options: &ReadOptions, nulls: NullSpellings) -> Result<Layout, IngestError> {
    let mut files: Vec<FileLayout> = Vec::with_capacity(stored.len());
    let mut table: Option<(String, Vec<String>, Vec<Tally>)> = None;
    let mut has_rows = false;
    let mut opening = Opening::default();
    let step = stored.len().div_ceil(SAMPLED_FILES).max(1);
    for (number, mut stored) in stored.into_iter().enumerate() {
        let mut head = Head::read(&mut stored, options, &nulls)?;
        has_rows |= head.sniffed.has_rows;
        if number % step == 0 {
            sample(&stored, &mut head, &nulls)?;
        }
        let places = match &mut table {
            None => {
                let preamble = head.sniffed.preamble.iter().map(|(at, line)| (*at, printable(line)));
                opening = Opening { decisions: head.sniffed.decisions.clone(), preamble: preamble.collect() };
                let places = (0..head.names.len()).collect();
                table = Some((stored.name.clone(), head.names.clone(), head.sniffed.tallies.clone()));
                places
            }
            Some((first, names, tallies)) => {
                let places = places(first, names, &stored.name, &head)?;
                for (tally, place) in tallies.iter_mut().zip(&places) {
                    if let Some(theirs) = head.sniffed.tallies.get(*place) {
                        tally.merge(theirs);
                    }
                }
                places
            }
        };
        let (dialect, start, recipe) = (*head.dialect(), head.start, head.recipe());
        let (places, number, slice) = (places.into(), number as u32, Slice::default());
        files.push(FileLayout { stored, dialect, start, recipe, places, number, slice });
    }
    let (name, names, tallies) =
        table.ok_or_else(|| IngestError::Missing { path: "nothing was given".to_owned() })?;
    if !has_rows {
        return Err(IngestError::HeaderOnly { name, columns: names.len() });
    }
    let preferred =
        |name: &String| options.prefer.iter().find(|(wanted, _)| wanted == name).map(|(_, held)| *held);
    let plans: Vec<ColumnPlan> =
        names.iter().zip(&tallies).map(|(name, tally)| tally.plan(preferred(name))).collect();
    let field = |(name, plan): (&String, &ColumnPlan)| Field { name: name.clone(), physical: plan.physical };
    let schema = Schema::new(names.iter().zip(&plans).map(field).collect::<Vec<_>>());
    let mut text_special = nulls.clone();
    text_special.suspect(b'"');
    files.iter().for_each(|file| text_special.suspect(file.dialect.quote_byte()));
    let (nulls, text_special) = (Arc::new(nulls), Arc::new(text_special));
    Ok(Layout {
        files,
        schema,
        plans,
        tallies,
        opening,
        max_cell_bytes: options.max_cell_bytes,
        nulls,
        text_special,
    })
}

/// Where the columns of the first file stand in another one.
fn places(first: &str, names: &[String], name: &str, head: &Head) -> Result<Vec<usize>, IngestError> {
    let differ = |difference: String| IngestError::ColumnsDiffer {
        name: name.to_owned(),
        first: first.to_owned(),
        difference,
    };
    if head.names.len() != names.len() {
        return Err(differ(format!("{} columns, not {}", head.names.len(), names.len())));
    }
    if !head.dialect().has_header {
        return Ok((0..names.len()).collect());
    }
    let by_name: std::collections::HashMap<&str, usize> =
        head.names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    names
        .iter()
        .map(|wanted| {
            by_name.get(wanted.as_str()).copied().ok_or_else(|| differ(format!("`{wanted}` is missing")))
        })
        .collect()
}

/// Looks at values all over a plain file, not only at its beginning.
fn sample(stored: &Stored, head: &mut Head, nulls: &NullSpellings) -> Result<(), IngestError> {
    let is_plain = stored.compression == Compression::None && stored.encoding.is_utf8() && stored.is_file();
    let is_quick = head.sniffed.trouble.is_none();
    if !is_plain || !is_quick || stored.len() <= SAMPLED_PLACES * PLACE_BYTES / 2 {
        return Ok(());
    }
    let record = (head.names.len() as u64 * 16).max(64);
    let place_bytes = PLACE_BYTES.max(4 * record);
    let terminator = head.dialect().terminator();
    let mut bytes = Vec::new();
    for place in 1..=SAMPLED_PLACES {
        let offset = stored.len() / (SAMPLED_PLACES + 1) * place;
        bytes.clear();
        let read = stored.at(offset).take(place_bytes).read_to_end(&mut bytes);
        read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause })?;
        let Some(from) = memchr(terminator, &bytes) else { continue };
        let mut seen = vec![Tally::default(); head.sniffed.tallies.len()];
        let (rows, bad) = tally_rows(&bytes, (from + 1, bytes.len()), head.dialect(), nulls, &mut seen);
        // More bad records than good ones: the place lies inside a quoted cell.
        if rows > bad {
            head.sniffed.tallies.iter_mut().zip(&seen).for_each(|(tally, seen)| tally.merge(seen));
        }
    }
    Ok(())
}

mod cut;
#[cfg(test)]
mod tests;
