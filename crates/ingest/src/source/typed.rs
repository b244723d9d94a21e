//! Tables whose files know their columns: how several become one table, and how columns are held.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_schema::SchemaRef;
use driftline_chunk::{Field, Physical, Schema};

use super::Source;
use super::columns::{Value, ValueTally};
use super::parquet::ParquetFile;
use crate::IngestError;
use crate::dialect::Decimal;
use crate::infer::FITTING_SHARE;
use crate::limits::Limits;
use crate::opened::Opened;
use crate::options::ReadOptions;
use crate::parse::{DateFormat, NullSpellings};
use crate::part::{Groups, Part, Range, TablePlan, opened_again};
use crate::plan::ColumnPlan;
use crate::stored::Stored;
use crate::table::Seen;

/// Bytes of the first file that are looked at where texts may be held as something else.
const PROBE_BYTES: usize = 256 << 10;
/// Columns that may be found behind the sample.
const MAX_LATE_COLUMNS: usize = 10_000;

/// A file that knows its columns.
pub(crate) trait FormatFile: Send + Sync {
    /// What messages and reports call it.
    fn name(&self) -> &str;
    /// Its columns in order.
    fn columns(&self) -> &[FoundColumn];
    /// What is left out of it, and why.
    fn skipped(&self) -> &[String] {
        &[]
    }
    /// What it is, as messages say it.
    fn format(&self) -> &'static str;
    /// Its row groups in parts of about `part_bytes`, and the stored bytes of each, where it can be read so.
    fn cut(&self, _part_bytes: u64) -> Result<(&Stored, Ranges), IngestError> {
        Err(IngestError::Uncuttable { name: self.name().to_owned(), what: self.format() })
    }
    /// Whether a column that others have may be missing here, and is null then.
    fn may_lack_columns(&self) -> bool {
        false
    }
    /// Reads it from its beginning, as source number `number` of its table.
    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError>;
}

/// Row groups of a file in parts, and about how many stored bytes each of them reads.
pub(crate) type Ranges = Vec<(Groups, u64)>;

/// A column of a file.
#[derive(Debug, Clone)]
pub(crate) struct FoundColumn {
    pub(crate) name: String,
    pub(crate) held: Held,
}

/// What is known of how a column is held.
#[derive(Debug, Clone)]
pub(crate) enum Held {
    /// The file says so.
    Declared(Physical),
    /// Its values look like this.
    Sampled(ValueTally),
}

/// How a table is read: the columns that are wanted and how each is held.
pub(crate) struct Shape {
    pub(crate) schema: Schema,
    pub(crate) arrow: SchemaRef,
    pub(crate) plans: Arc<[ColumnPlan]>,
    pub(crate) nulls: Arc<NullSpellings>,
    by_name: HashMap<String, usize>,
    /// Whether all columns are wanted, so that others are worth noting.
    notes_late: bool,
    late: Mutex<BTreeMap<usize, (String, ValueTally)>>,
}

impl Shape {
    pub(crate) fn new(
        schema: Schema,
        plans: Vec<ColumnPlan>,
        nulls: Arc<NullSpellings>,
        notes_late: bool,
    ) -> Arc<Self> {
        let arrow = Arc::new(schema.arrow());
        let by_name =
            schema.fields().iter().enumerate().map(|(index, field)| (field.name.clone(), index)).collect();
        let plans = plans.into();
        Arc::new(Self { schema, arrow, plans, nulls, by_name, notes_late, late: Mutex::default() })
    }

    /// The place of a column, where it is wanted.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Takes in a value of a column that is not in the schema.
    pub(crate) fn see_late(&self, name: &str, value: Value<'_>) {
        if !self.notes_late || value == Value::Null {
            return;
        }
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let known = late.iter().find(|(_, (known, _))| known == name).map(|(place, _)| *place);
        let place = known.unwrap_or(late.len());
        if place < MAX_LATE_COLUMNS {
            let (_, tally) = late.entry(place).or_insert_with(|| (name.to_owned(), ValueTally::default()));
            tally.see(value, &self.nulls);
        }
    }
}

/// Files that know their columns, as one table.
pub(crate) struct TypedTable {
    files: Vec<Arc<dyn FormatFile>>,
    sources: Vec<Box<dyn Source>>,
    shape: Arc<Shape>,
    tallies: Vec<Held>,
    notes: Vec<String>,
    limits: Limits,
}

impl TypedTable {
    /// Puts files together: columns are matched by name.
    pub(crate) fn open(
        files: Vec<Arc<dyn FormatFile>>,
        options: &ReadOptions,
        nulls: Arc<NullSpellings>,
    ) -> Result<Self, IngestError> {
        let columns = united(&files)?;
        let names: Vec<&str> = files.iter().map(|file| file.name()).collect();
        if columns.is_empty() {
            let name = names.first().copied().unwrap_or_default().to_owned();
            return Err(IngestError::NoColumns { name });
        }
        let mut tallies: Vec<Held> = columns.iter().map(|column| column.held.clone()).collect();
        let preferred =
            |name: &str| options.prefer.iter().find(|(wanted, _)| wanted == name).map(|(_, held)| *held);
        let wanted: Vec<Option<Physical>> = columns.iter().map(|column| preferred(&column.name)).collect();
        let is_text = |held: &Held| matches!(held, Held::Declared(Physical::Text));
        if tallies.iter().zip(&wanted).any(|(held, wanted)| is_text(held) && differs(*wanted)) {
            probe(&files, &columns, (&mut tallies, &wanted), &nulls)?;
        }
        let plans: Vec<ColumnPlan> =
            tallies.iter().zip(&wanted).map(|(held, wanted)| held.plan(*wanted)).collect();
        let field = |(column, plan): (&FoundColumn, &ColumnPlan)| Field {
            name: column.name.clone(),
            physical: plan.physical,
        };
        let schema = Schema::new(columns.iter().zip(&plans).map(field).collect::<Vec<_>>());
        let mut notes: Vec<String> = files.iter().flat_map(|file| file.skipped().to_vec()).collect();
        notes.sort();
        notes.dedup();
        let shape = Shape::new(schema, plans, nulls, true);
        Self { files, sources: Vec::new(), shape, tallies, notes, limits: options.limits }.begun()
    }

    /// A table of one Parquet file that reads some of its row groups only.
    pub(crate) fn of_part(plan: &TablePlan, (part, groups): (&Part, Groups)) -> Result<Self, IngestError> {
        let stored = part.stored(0, plan.limits)?;
        let file = ParquetFile::open(stored)?.part((part.source, part.ordinal), (groups, part.bytes));
        let field =
            |(name, column): (&String, &ColumnPlan)| Field { name: name.clone(), physical: column.physical };
        let schema = Schema::new(plan.names.iter().zip(&plan.columns).map(field).collect::<Vec<_>>());
        let tallies = plan.columns.iter().map(|column| Held::Declared(column.physical)).collect();
        let nulls = Arc::new(NullSpellings::new(&plan.nulls));
        let shape = Shape::new(schema, plan.columns.clone(), nulls, false);
        let files: Vec<Arc<dyn FormatFile>> = vec![Arc::new(file)];
        Self { files, sources: Vec::new(), shape, tallies, notes: Vec::new(), limits: plan.limits }.begun()
    }

    fn begun(mut self) -> Result<Self, IngestError> {
        let begin = |(number, file): (usize, &Arc<dyn FormatFile>)| {
            file.source(&self.shape, u32::try_from(number).unwrap_or(u32::MAX))
        };
        self.sources = self.files.iter().enumerate().map(begin).collect::<Result<_, _>>()?;
        Ok(self)
    }

    fn again(&self, shape: Arc<Shape>, tallies: Vec<Held>) -> Result<Box<dyn Opened>, IngestError> {
        let (files, notes) = (self.files.clone(), self.notes.clone());
        let limits = self.limits;
        Ok(Box::new(Self { files, sources: Vec::new(), shape, tallies, notes, limits }.begun()?))
    }
}

impl Opened for TypedTable {
    fn sources(&self) -> &[Box<dyn Source>] {
        &self.sources
    }

    fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn reopen(&self, schema: &Schema) -> Result<Box<dyn Opened>, IngestError> {
        let late = self.shape.late.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut plans, mut tallies) = (Vec::new(), Vec::new());
        for field in schema.fields() {
            let known = self.shape.index_of(&field.name);
            let plan = known.and_then(|index| self.shape.plans.get(index)).copied();
            let of_late =
                || late.values().find(|(name, _)| *name == field.name).map(|(_, tally)| tally.clone());
            let held = known.and_then(|index| self.tallies.get(index)).cloned();
            let held =
                held.or_else(|| of_late().map(Held::Sampled)).unwrap_or(Held::Declared(field.physical));
            plans.push(match plan {
                Some(plan) if plan.physical == field.physical => plan,
                _ => {
                    ColumnPlan { physical: field.physical, unknown: false, ..held.plan(Some(field.physical)) }
                }
            });
            tallies.push(held);
        }
        let shape = Shape::new(schema.clone(), plans, Arc::clone(&self.shape.nulls), self.shape.notes_late);
        self.again(shape, tallies)
    }

    fn corrected(&self, seen: &[Seen]) -> Option<Schema> {
        let mut fields = self.shape.schema.fields().to_vec();
        for (field, seen) in fields.iter_mut().zip(seen) {
            let share = seen.fitting as f64 / (seen.fitting + seen.failures).max(1) as f64;
            if seen.failures > 0 && share < FITTING_SHARE {
                field.physical = Physical::Text;
            }
        }
        let late = self.shape.late.lock().unwrap_or_else(PoisonError::into_inner);
        let mut late: Vec<_> = late.values().map(|(name, tally)| (name, tally.plan(None).physical)).collect();
        // Which of them came first depends on the threads.
        late.sort_by_key(|(name, _)| *name);
        fields.extend(late.into_iter().map(|(name, physical)| Field { name: name.clone(), physical }));
        (fields != self.shape.schema.fields()).then(|| Schema::new(fields))
    }

    fn cut(&self, part_bytes: u64) -> Result<(TablePlan, Vec<Part>), IngestError> {
        let plan = TablePlan {
            names: self.shape.schema.fields().iter().map(|field| field.name.clone()).collect(),
            columns: self.shape.plans.to_vec(),
            nulls: self.shape.nulls.written(),
            max_cell_bytes: u64::MAX,
            limits: self.limits,
        };
        let mut parts: Vec<Part> = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let (stored, ranges) = file.cut(part_bytes)?;
            let (whereabouts, len) = opened_again(stored)?;
            parts.extend(ranges.into_iter().zip(parts.len() as u64..).map(|((groups, bytes), ordinal)| {
                Part {
                    source: number as u32,
                    name: file.name().to_owned(),
                    ordinal,
                    whereabouts: whereabouts.clone(),
                    len,
                    bytes,
                    range: Range::Groups(groups),
                }
            }));
        }
        Ok((plan, parts))
    }

    fn projected(&self, columns: &[usize]) -> Option<Result<Box<dyn Opened>, IngestError>> {
        let fields = self.shape.schema.fields();
        let wanted: Vec<Field> = columns.iter().filter_map(|index| fields.get(*index)).cloned().collect();
        let plans = columns.iter().filter_map(|index| self.shape.plans.get(*index)).copied().collect();
        let tallies = columns.iter().filter_map(|index| self.tallies.get(*index)).cloned().collect();
        let shape = Shape::new(Schema::new(wanted), plans, Arc::clone(&self.shape.nulls), false);
        Some(self.again(shape, tallies))
    }
}

impl Held {
    pub(crate) fn plan(&self, preferred: Option<Physical>) -> ColumnPlan {
        match self {
            Self::Sampled(tally) => tally.plan(preferred),
            Self::Declared(physical) => {
                let physical = match (physical, preferred) {
                    // What has a number is not a moment or a truth value, and the other way round.
                    (Physical::Boolean, Some(Physical::Number)) => Physical::Number,
                    (_, Some(Physical::Text)) => Physical::Text,
                    _ => *physical,
                };
                ColumnPlan {
                    physical,
                    format: DateFormat::YearFirst(b'-'),
                    decimal: Decimal::Point,
                    unknown: false,
                }
            }
        }
    }
}

/// Whether a text is wanted as something else.
fn differs(wanted: Option<Physical>) -> bool {
    wanted.is_some_and(|wanted| wanted != Physical::Text)
}

/// The columns of all files, in the order of the first.
fn united(files: &[Arc<dyn FormatFile>]) -> Result<Vec<FoundColumn>, IngestError> {
    let Some((first, others)) = files.split_first() else { return Ok(Vec::new()) };
    let mut columns = first.columns().to_vec();
    for other in others {
        let differ = |difference: String| IngestError::ColumnsDiffer {
            name: other.name().to_owned(),
            first: first.name().to_owned(),
            difference,
        };
        let places: HashMap<String, usize> =
            columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        let theirs: HashSet<&str> = other.columns().iter().map(|column| column.name.as_str()).collect();
        if let Some(missing) = columns.iter().find(|column| !theirs.contains(column.name.as_str()))
            && !other.may_lack_columns()
        {
            return Err(differ(format!("`{}` is missing", missing.name)));
        }
        for column in other.columns() {
            match places.get(&column.name).and_then(|place| columns.get_mut(*place)) {
                Some(known) => known.held = both(&known.held, &column.held),
                None if other.may_lack_columns() => columns.push(column.clone()),
                None => return Err(differ(format!("`{}` is too much", column.name))),
            }
        }
    }
    Ok(columns)
}

fn both(one: &Held, other: &Held) -> Held {
    match (one, other) {
        (Held::Sampled(one), Held::Sampled(other)) => {
            let mut all = one.clone();
            all.merge(other);
            Held::Sampled(all)
        }
        (Held::Declared(one), Held::Declared(other)) if one != other => Held::Declared(Physical::Text),
        (one, _) => one.clone(),
    }
}

/// Looks at texts that are wanted as something else.
fn probe(
    files: &[Arc<dyn FormatFile>],
    columns: &[FoundColumn],
    (tallies, wanted): (&mut [Held], &[Option<Physical>]),
    nulls: &Arc<NullSpellings>,
) -> Result<(), IngestError> {
    let looked: Vec<usize> = tallies
        .iter()
        .zip(wanted)
        .enumerate()
        .filter(|(_, (held, wanted))| matches!(held, Held::Declared(Physical::Text)) && differs(**wanted))
        .map(|(index, _)| index)
        .collect();
    let names = looked.iter().filter_map(|index| columns.get(*index));
    let fields: Vec<Field> =
        names.map(|column| Field { name: column.name.clone(), physical: Physical::Text }).collect();
    let plans = fields.iter().map(|_| Held::Declared(Physical::Text).plan(None)).collect();
    let shape = Shape::new(Schema::new(fields), plans, Arc::clone(nulls), false);
    let Some(file) = files.first() else { return Ok(()) };
    let source = file.source(&shape, 0)?;
    let Some(raw) = source.pull(PROBE_BYTES)? else { return Ok(()) };
    let chunk = source.decode(raw)?.chunk;
    for (place, index) in looked.iter().enumerate() {
        let mut tally = ValueTally::default();
        for text in chunk.batch().column(place).as_string_view().iter().flatten() {
            tally.see(Value::Text(text), nulls);
        }
        if let Some(held) = tallies.get_mut(*index)
            && !tally.is_empty()
        {
            // Nothing is text by force here: what was wanted elsewhere decides with the values.
            let plan = tally.plan(wanted.get(*index).copied().flatten());
            if Some(plan.physical) == wanted.get(*index).copied().flatten() {
                *held = Held::Sampled(tally);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The shape of a table of these columns alone, as they are.
    pub(crate) fn shape_of(columns: &[FoundColumn], nulls: NullSpellings) -> Arc<Shape> {
        let plans: Vec<ColumnPlan> = columns.iter().map(|column| column.held.plan(None)).collect();
        let field = |(column, plan): (&FoundColumn, &ColumnPlan)| Field {
            name: column.name.clone(),
            physical: plan.physical,
        };
        let schema = Schema::new(columns.iter().zip(&plans).map(field).collect::<Vec<_>>());
        Shape::new(schema, plans, Arc::new(nulls), true)
    }
}
