//! Rows without HTTP: any of them, in any order, the same every time.

use std::sync::Arc;

use crate::cell::Cell;
use crate::data::Data;
use crate::draw::{mix, unit_of};
use crate::fault::edit::Edit;
use crate::fault::{FOR_EVER, Fault, FaultKind, Occurrence, Planted};
use crate::row::{Header, Row};
use crate::settings::{GeneratorSettings, MockError};
use crate::timeline::{Place, Timeline};

/// What makes the rows.
#[derive(Debug)]
pub struct Generator {
    settings: GeneratorSettings,
    pub(crate) planted: Vec<Planted>,
    timelines: [Timeline; Data::ALL.len()],
}

/// A stretch of time in which the same faults are there.
#[derive(Debug, Clone)]
struct Phase {
    from_ms: i64,
    to_ms: i64,
    header: Arc<Header>,
    /// Which of the usual cells stay; all of them when none are named.
    kept: Option<Vec<usize>>,
    /// How many columns come behind.
    added: usize,
    edits: Vec<Edit>,
    copies: Option<(Planted, Occurrence)>,
    garbage: Option<(Planted, Occurrence)>,
}

/// Rows, one after the other.
#[derive(Debug)]
pub struct Rows<'a> {
    generator: &'a Generator,
    data: Data,
    next: u64,
    end: u64,
    horizon_ms: i64,
    place: Place,
    phase: Option<Phase>,
}

impl Generator {
    /// A generator of these settings.
    ///
    /// # Errors
    /// A [`MockError`] when the settings cannot stand.
    pub fn new(settings: GeneratorSettings) -> Result<Self, MockError> {
        settings.check()?;
        let GeneratorSettings { seed, start_ms, schedule, .. } = &settings;
        let plant = |fault: &Fault| Planted::new(fault.clone(), *start_ms, schedule.repeat_ms, *seed);
        let planted: Vec<Planted> = schedule.faults.iter().map(plant).collect();
        let first_ms = settings.start_ms - settings.history_ms;
        let timelines = Data::ALL
            .map(|data| Timeline::new(data, seed_of(settings.seed, data), first_ms, settings.rate, &planted));
        Ok(Self { settings, planted, timelines })
    }

    /// What it was told.
    pub fn settings(&self) -> &GeneratorSettings {
        &self.settings
    }

    /// When the first row could come.
    pub fn first_ms(&self) -> i64 {
        self.settings.start_ms - self.settings.history_ms
    }

    fn timeline(&self, data: Data) -> &Timeline {
        let [orders, sensors, web] = &self.timelines;
        match data {
            Data::Orders => orders,
            Data::Sensors => sensors,
            Data::Web => web,
        }
    }

    /// How many rows come before a moment, which is the number of the first row at or after it.
    pub fn count_before(&self, data: Data, at_ms: i64) -> u64 {
        self.timeline(data).count_before(at_ms)
    }

    /// When a row comes; none when that is after `until_ms`.
    pub fn time_of(&self, data: Data, number: u64, until_ms: i64) -> Option<i64> {
        let found = self.timeline(data).time_of(number, until_ms, &mut Place::default());
        found.filter(|at_ms| *at_ms <= until_ms)
    }

    /// The rows that come from a moment on and before another.
    pub fn rows(&self, data: Data, from_ms: i64, to_ms: i64) -> Rows<'_> {
        let next = self.count_before(data, from_ms);
        let end = self.count_before(data, to_ms.max(from_ms));
        Rows { generator: self, data, next, end, horizon_ms: to_ms, place: Place::default(), phase: None }
    }

    /// So many rows from this number on; fewer when an outage never ends.
    pub fn numbered(&self, data: Data, from: u64, count: u64) -> Rows<'_> {
        let end = from.saturating_add(count);
        Rows {
            generator: self,
            data,
            next: from,
            end,
            horizon_ms: FOR_EVER,
            place: Place::default(),
            phase: None,
        }
    }

    /// The row of a number.
    pub fn row(&self, data: Data, number: u64) -> Option<Row> {
        self.numbered(data, number, 1).next()
    }

    /// All columns that rows have between two moments, in the order in which a table shows them.
    pub fn columns_between(&self, data: Data, from_ms: i64, to_ms: i64) -> Arc<Header> {
        let mut names: Vec<String> = Vec::new();
        for (place, column) in data.columns().iter().enumerate() {
            let of_column = || self.schema_faults(data).filter(move |it| it.fault.column == Some(place));
            // A column that is away all the time is not there.
            let covers = |it: &Planted| it.at(from_ms).is_some_and(|occurrence| occurrence.end_ms >= to_ms);
            if !of_column().any(covers) {
                names.push(column.name.to_owned());
            }
            let renamed = of_column().filter(|it| it.between(from_ms, to_ms).next().is_some());
            names.extend(renamed.filter_map(|it| it.fault.value.clone()));
        }
        let added = self.schema_faults(data).filter(|it| it.fault.kind == FaultKind::ColumnAdded);
        let added = added.filter(|it| it.between(from_ms, to_ms).next().is_some());
        names.extend(added.filter_map(|it| it.fault.value.clone()));
        Arc::new(Header::new(names))
    }

    fn schema_faults(&self, data: Data) -> impl Iterator<Item = &Planted> {
        self.planted.iter().filter(move |it| it.meets(data) && it.fault.kind.is_schema())
    }

    /// The same rows up to `from_ms`, and from there on those of other faults.
    pub(crate) fn with_faults(&self, planted: Vec<Planted>, from_ms: i64) -> Self {
        let timelines = self.timelines.each_ref().map(|timeline| timeline.with_faults(&planted, from_ms));
        Self { settings: self.settings.clone(), planted, timelines }
    }

    fn phase(&self, data: Data, at_ms: i64) -> Phase {
        let own = || self.planted.iter().filter(|planted| planted.meets(data));
        let to_ms = own().filter_map(|planted| planted.next_edge(at_ms)).min().unwrap_or(FOR_EVER);
        let there: Vec<(&Planted, Occurrence)> =
            own().filter_map(|planted| Some((planted, planted.at(at_ms)?))).collect();
        let first = |kind| {
            there.iter().find(|it| it.0.fault.kind == kind).map(|(planted, at)| ((*planted).clone(), *at))
        };
        let edits = there.iter().filter_map(|(planted, occurrence)| {
            let stuck = |place| self.value_at(data, occurrence.start_ms, place);
            Edit::of(planted, *occurrence, data, stuck)
        });
        let (names, kept, added) = columns(data, &there);
        Phase {
            from_ms: at_ms,
            to_ms,
            header: Arc::new(Header::new(names)),
            kept,
            added,
            edits: edits.collect(),
            copies: first(FaultKind::DuplicateRows),
            garbage: first(FaultKind::Garbage),
        }
    }

    /// Numbers and times of rows.
    pub(crate) fn times(&self, data: Data, from: u64, to: u64) -> impl Iterator<Item = (u64, i64)> + '_ {
        let mut place = Place::default();
        (from..to).map_while(move |number| {
            Some((number, self.timeline(data).time_of(number, FOR_EVER, &mut place)?))
        })
    }

    /// The value of a column without any fault.
    pub(crate) fn plain_value(&self, data: Data, number: u64, place: usize) -> Option<Cell> {
        let at_ms = self.timeline(data).time_of(number, FOR_EVER, &mut Place::default())?;
        data.cells(seed_of(self.settings.seed, data), number, at_ms).into_iter().nth(place)
    }

    /// The value of a column in the first row at or after a moment, without any fault.
    fn value_at(&self, data: Data, at_ms: i64, place: usize) -> Option<Cell> {
        self.plain_value(data, self.count_before(data, at_ms), place)
    }
}

/// What the rows of some data are drawn from.
fn seed_of(seed: u64, data: Data) -> u64 {
    mix(seed, crate::draw::seed_of(data.name()))
}

/// Names of the columns, which of the usual ones stay, and how many are added.
fn columns(data: Data, there: &[(&Planted, Occurrence)]) -> (Vec<String>, Option<Vec<usize>>, usize) {
    let schema = || there.iter().map(|(planted, _)| &planted.fault).filter(|fault| fault.kind.is_schema());
    let is_dropped = |place: usize| {
        schema().any(|fault| fault.kind == FaultKind::ColumnDropped && fault.column == Some(place))
    };
    let kept: Vec<usize> = (0..data.columns().len()).filter(|place| !is_dropped(*place)).collect();
    let name = |place: &usize| {
        let renamed =
            schema().find(|fault| fault.kind == FaultKind::ColumnRenamed && fault.column == Some(*place));
        match renamed.and_then(|fault| fault.value.clone()) {
            Some(name) => name,
            None => data.columns().get(*place).map(|column| column.name.to_owned()).unwrap_or_default(),
        }
    };
    let mut names: Vec<String> = kept.iter().map(name).collect();
    let added = schema().filter(|fault| fault.kind == FaultKind::ColumnAdded);
    let usual = names.len();
    names.extend(added.filter_map(|fault| fault.value.clone()));
    let added = names.len() - usual;
    let all_stay = kept.len() == data.columns().len();
    (names, (!all_stay).then_some(kept), added)
}

impl Rows<'_> {
    /// The number of the next row.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    fn build(&mut self, number: u64, at_ms: i64) -> Row {
        let is_same = self.phase.as_ref().is_some_and(|it| (it.from_ms..it.to_ms).contains(&at_ms));
        if !is_same {
            self.phase = None;
        }
        let generator = self.generator;
        let data = self.data;
        let phase = self.phase.get_or_insert_with(|| generator.phase(data, at_ms));
        if let Some(source) = phase.source_of_copy(generator, data, (number, at_ms)) {
            let cut = phase.cut((number, at_ms));
            return Row { number, at_ms, cut, ..generator.numbered(data, source, 1).whole() };
        }
        let mut cells = data.cells(seed_of(generator.settings.seed, data), number, at_ms);
        let is_for: Vec<bool> = phase.edits.iter().map(|edit| edit.is_for(&cells)).collect();
        for (edit, _) in phase.edits.iter().zip(is_for).filter(|(_, is_for)| *is_for) {
            edit.apply(&mut cells, (number, at_ms));
        }
        if let Some(kept) = &phase.kept {
            cells = kept.iter().filter_map(|place| cells.get(*place).cloned()).collect();
        }
        for which in 0..phase.added {
            let lot = unit_of(mix(number, 0xadded), which as u64);
            cells.push(Cell::Word(if lot < 0.6 {
                "a"
            } else if lot < 0.9 {
                "b"
            } else {
                "c"
            }));
        }
        let cut = phase.cut((number, at_ms));
        Row { number, at_ms, header: Arc::clone(&phase.header), cells, cut }
    }

    /// The one row that was asked for, as it was without being a copy.
    fn whole(mut self) -> Row {
        let at_ms = self.generator.timeline(self.data).time_of(self.next, self.horizon_ms, &mut self.place);
        self.build(self.next, at_ms.unwrap_or_default())
    }
}

impl Phase {
    /// Where the line of a row is cut off, as a share of it.
    fn cut(&self, (number, at_ms): (u64, i64)) -> Option<f64> {
        let (planted, occurrence) = self.garbage.as_ref()?;
        let hits = planted.hits(*occurrence, number, at_ms);
        hits.then(|| 0.1 + 0.8 * unit_of(planted.lot(*occurrence, number), 2))
    }

    /// The row that this one is a copy of: the last one before it that is no copy itself.
    fn source_of_copy(&self, generator: &Generator, data: Data, (number, at_ms): (u64, i64)) -> Option<u64> {
        let (planted, occurrence) = self.copies.as_ref()?;
        if !planted.hits(*occurrence, number, at_ms) {
            return None;
        }
        let first = generator.count_before(data, occurrence.start_ms);
        let timeline = generator.timeline(data);
        let is_copy = |number: &u64| {
            *number > first
                && timeline
                    .time_of(*number, at_ms, &mut Place::default())
                    .is_some_and(|time| planted.hits(*occurrence, *number, time))
        };
        (first..number).rev().find(|number| !is_copy(number))
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.next >= self.end {
            return None;
        }
        let number = self.next;
        let at_ms = self.generator.timeline(self.data).time_of(number, self.horizon_ms, &mut self.place)?;
        self.next += 1;
        Some(self.build(number, at_ms))
    }
}
