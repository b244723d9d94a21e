//! What a fault does to a row.

use super::{FaultKind, Occurrence, Planted};
use crate::cell::Cell;
use crate::data::{Data, Holds, Measure};
use crate::draw::unit_of;

/// A fault that is there for some time, ready to be applied to rows.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) planted: Planted,
    pub(crate) occurrence: Occurrence,
    /// The place of the cell that it changes.
    place: usize,
    /// What is usual there; none for columns without numbers.
    measure: Option<Measure>,
    /// What the column stands still at.
    stuck: Option<Cell>,
    /// The word that it brings.
    word: Cell,
}

impl Edit {
    /// None for faults that change no cell. `stuck` gives the value of a column when the fault began.
    pub(crate) fn of(
        planted: &Planted,
        occurrence: Occurrence,
        data: Data,
        stuck: impl Fn(usize) -> Option<Cell>,
    ) -> Option<Self> {
        let fault = &planted.fault;
        let is_of_cells = match fault.kind {
            FaultKind::DuplicateRows | FaultKind::Garbage => false,
            FaultKind::HttpErrors | FaultKind::SlowAnswers => false,
            kind => !kind.is_volume() && !kind.is_schema(),
        };
        let place = fault.column.or_else(|| data.time_column()).filter(|_| is_of_cells)?;
        let measure = match data.columns().get(place)?.holds {
            Holds::Number(measure) => Some(measure),
            _ => None,
        };
        let stuck = if fault.kind == FaultKind::StuckValue { Some(stuck(place)?) } else { None };
        let word = word(planted, data, place);
        Some(Self { planted: planted.clone(), occurrence, place, measure, stuck, word })
    }

    /// Whether the row is one that the fault is for. `cells` are those without any fault.
    pub(crate) fn is_for(&self, cells: &[Cell]) -> bool {
        let only = self.planted.fault.only.as_ref();
        only.is_none_or(|(place, value)| cells.get(*place).is_some_and(|cell| cell.is(value)))
    }

    /// Changes the row.
    pub(crate) fn apply(&self, cells: &mut [Cell], (number, at_ms): (u64, i64)) {
        let fault = &self.planted.fault;
        let Some(cell) = cells.get_mut(self.place) else { return };
        let level = self.planted.level(self.occurrence, at_ms);
        let hits = || self.planted.hits(self.occurrence, number, at_ms);
        match fault.kind {
            FaultKind::MeanShift | FaultKind::ScaleChange => self.spread(cell, level),
            FaultKind::MixChange | FaultKind::NewCategory if hits() => *cell = self.word.clone(),
            FaultKind::NullRate if hits() => *cell = Cell::Null,
            // A new unit reaches a growing share of the rows, not a growing part of each.
            FaultKind::UnitChange if self.lot(number, 1) < level => self.change_unit(cell),
            FaultKind::Outliers if hits() => self.throw_out(cell, number),
            FaultKind::StuckValue => *cell = self.stuck.clone().unwrap_or_default(),
            FaultKind::TypeFlip if hits() && *cell != Cell::Null => {
                let unit = fault.value.as_deref().or(self.measure.map(|measure| measure.unit));
                let text = format!("{} {}", cell.text(), unit.unwrap_or_default());
                *cell = Cell::Text(text.trim_end().into());
            }
            FaultKind::LateRows if hits() => {
                shift(cell, -fault.strength * (0.5 + 0.5 * self.lot(number, 2)));
            }
            FaultKind::ClockJump => shift(cell, fault.strength * level),
            _ => {}
        }
    }

    fn lot(&self, number: u64, which: u64) -> f64 {
        unit_of(self.planted.lot(self.occurrence, number), which)
    }

    fn spread(&self, cell: &mut Cell, level: f64) {
        let Some(measure) = self.measure else { return };
        let strength = self.planted.fault.strength;
        change(cell, |value| {
            let moved = if self.planted.fault.kind == FaultKind::MeanShift {
                value + strength * level * measure.spread
            } else {
                measure.centre + (value - measure.centre) * (1.0 + (strength - 1.0) * level)
            };
            moved.clamp(measure.min, measure.max)
        });
    }

    fn change_unit(&self, cell: &mut Cell) {
        let fault = &self.planted.fault;
        let is_fahrenheit = fault.value.is_some();
        change(cell, |value| if is_fahrenheit { value * 1.8 + 32.0 } else { value * fault.strength });
    }

    fn throw_out(&self, cell: &mut Cell, number: u64) {
        let Some(measure) = self.measure else { return };
        let far = self.planted.fault.strength * measure.spread * (0.75 + 0.5 * self.lot(number, 2));
        let sign = if self.lot(number, 3) < 0.5 { -1.0 } else { 1.0 };
        change(cell, |value| value + sign * far);
    }
}

/// The word that a fault brings: a number where the column holds numbers as words.
fn word(planted: &Planted, data: Data, place: usize) -> Cell {
    let is_known = planted.fault.kind == FaultKind::MixChange && planted.fault.value.is_none();
    if !is_known {
        return given(planted, "unheard_of");
    }
    // A few rows tell what the column can hold.
    let cell_of = |number| data.cells(planted.seed, number, 0).into_iter().nth(place);
    (0..20).filter_map(cell_of).find(|cell| *cell != Cell::Null).unwrap_or_default()
}

fn given(planted: &Planted, otherwise: &str) -> Cell {
    let text = planted.fault.value.as_deref().unwrap_or(otherwise);
    match text.parse() {
        Ok(number) => Cell::Whole(number),
        Err(_) => Cell::Text(text.into()),
    }
}

/// Replaces a number, with the digits that it had.
fn change(cell: &mut Cell, of: impl Fn(f64) -> f64) {
    match cell {
        Cell::Whole(value) => *value = of(*value as f64).round() as i64,
        Cell::Decimal(value, digits) => *cell = Cell::decimal(of(*value), *digits),
        _ => {}
    }
}

fn shift(cell: &mut Cell, secs: f64) {
    if let Cell::Moment(ms) = cell {
        *ms = ms.saturating_add((secs * 1_000.0) as i64);
    }
}
