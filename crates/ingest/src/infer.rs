//! How columns are held, told by the values of a sample.

use std::sync::{Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use driftline_chunk::Physical;
use serde::{Deserialize, Serialize};

use crate::dialect::Decimal;
use crate::parse::{DateFormat, NullSpellings, boolean, datetime, written_number};
use crate::plan::ColumnPlan;
use crate::sniff::told_decimal;

/// Share of the values that must fit a type for a column to be held as it.
pub(crate) const FITTING_SHARE: f64 = 0.9;
/// The same when the column was held so elsewhere.
const PREFERRED_SHARE: f64 = 0.5;
/// Longest and shortest text that may be a date.
const DATE_LENGTHS: std::ops::RangeInclusive<usize> = 6..=40;
/// From this many digits on a whole number may not be exact as a double.
const LONG_DIGITS: usize = 16;

/// How the values of a column could be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    values: u64,
    numbers: u64,
    /// Digits that are a name rather than a number: with a leading zero, or too many.
    codes: u64,
    booleans: u64,
    dates: [u64; DateFormat::ALL.len()],
    /// Numbers that can only have a decimal comma, and only a point.
    commas: u64,
    points: u64,
    /// What separates decimals where the column itself does not tell.
    habit: Decimal,
    /// Whether that holds whatever the column tells.
    is_fixed: bool,
}

impl Tally {
    /// Nothing seen yet, in a file with this decimal sign.
    pub(crate) fn with_decimal(habit: Decimal, is_fixed: bool) -> Self {
        Self { habit, is_fixed, ..Self::default() }
    }

    /// Takes in the content of a cell.
    pub(crate) fn see(&mut self, cell: &[u8], nulls: &NullSpellings) {
        if !nulls.matches(cell) {
            self.see_value(cell);
        }
    }

    fn see_value(&mut self, cell: &[u8]) {
        self.values += 1;
        if written_number(cell, Decimal::Point).or_else(|| written_number(cell, Decimal::Comma)).is_some() {
            self.numbers += 1;
            self.codes += u64::from(is_code(cell.trim_ascii()));
            match told_decimal(cell.trim_ascii()) {
                Some(Decimal::Comma) => self.commas += 1,
                Some(Decimal::Point) => self.points += 1,
                None => {}
            }
        } else if boolean(cell).is_some() {
            self.booleans += 1;
        } else if DATE_LENGTHS.contains(&cell.len())
            && cell.trim_ascii().first().is_some_and(u8::is_ascii_digit)
        {
            for (count, format) in self.dates.iter_mut().zip(DateFormat::ALL) {
                *count += u64::from(datetime(cell, format).is_some());
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.numbers += other.numbers;
        self.codes += other.codes;
        self.booleans += other.booleans;
        self.commas += other.commas;
        self.points += other.points;
        for (mine, theirs) in self.dates.iter_mut().zip(other.dates) {
            *mine += theirs;
        }
    }

    /// Whether no value was seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// How the column is best held; as `preferred` when at least half of the values fit that.
    pub(crate) fn plan(&self, preferred: Option<Physical>) -> ColumnPlan {
        let (format, dates) = self.best_date();
        let decimal = self.decimal();
        let plan = |physical| ColumnPlan { physical, format, decimal, unknown: false };
        if self.is_empty() {
            let physical = preferred.unwrap_or(Physical::Text);
            return ColumnPlan { unknown: physical == Physical::Text, ..plan(physical) };
        }
        let share = |count: u64| count as f64 / self.values as f64;
        let fits = |physical| match physical {
            Physical::Number => share(self.numbers),
            Physical::Boolean => share(self.booleans),
            Physical::Datetime => share(dates),
            Physical::Text => 1.0,
        };
        if let Some(physical) = preferred.filter(|physical| fits(*physical) >= PREFERRED_SHARE) {
            return plan(physical);
        }
        // A few codes among numbers are numbers that somebody padded; many are codes.
        let numbers = fits(Physical::Number) >= FITTING_SHARE && self.codes * 20 <= self.values;
        if numbers {
            plan(Physical::Number)
        } else if fits(Physical::Boolean) >= FITTING_SHARE {
            plan(Physical::Boolean)
        } else if fits(Physical::Datetime) >= FITTING_SHARE {
            plan(Physical::Datetime)
        } else {
            plan(Physical::Text)
        }
    }

    fn decimal(&self) -> Decimal {
        match (self.is_fixed, self.commas.cmp(&self.points)) {
            (true, _) | (_, std::cmp::Ordering::Equal) => self.habit,
            (_, std::cmp::Ordering::Greater) => Decimal::Comma,
            (_, std::cmp::Ordering::Less) => Decimal::Point,
        }
    }

    fn best_date(&self) -> (DateFormat, u64) {
        let mut best = (DateFormat::YearFirst(b'-'), 0);
        for (format, count) in DateFormat::ALL.into_iter().zip(self.dates) {
            if count > best.1 {
                best = (format, count);
            }
        }
        best
    }
}

/// `01234`, or more digits than a double holds exactly.
fn is_code(cell: &[u8]) -> bool {
    if !cell.iter().all(u8::is_ascii_digit) {
        return false;
    }
    (cell.len() > 1 && cell.first() == Some(&b'0')) || cell.len() >= LONG_DIGITS
}

/// Tallies of the columns of which the sample told nothing, filled while the table is read.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    columns: Mutex<Vec<Tally>>,
}

impl Tallies {
    /// Takes in the values of a column of text.
    pub(crate) fn see(&self, column: usize, array: &ArrayRef) {
        let Some(texts) = array.as_string_view_opt() else { return };
        if texts.null_count() == texts.len() {
            return;
        }
        let mut tally = Tally::default();
        texts.iter().flatten().for_each(|text| tally.see_value(text.as_bytes()));
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if columns.len() <= column {
            columns.resize(column + 1, Tally::default());
        }
        if let Some(all) = columns.get_mut(column) {
            all.merge(&tally);
        }
    }

    /// What came in all columns, as far as any came.
    pub(crate) fn all(&self) -> Vec<Tally> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes in what came in another reading.
    pub(crate) fn merge(&self, theirs: &[Tally]) {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if columns.len() < theirs.len() {
            columns.resize(theirs.len(), Tally::default());
        }
        columns.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// What came in a column.
    pub(crate) fn of(&self, column: usize) -> Tally {
        let columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        columns.get(column).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(cells: &[&str]) -> ColumnPlan {
        let nulls = NullSpellings::new(&["NA".to_owned()]);
        let mut tally = Tally::default();
        cells.iter().for_each(|cell| tally.see(cell.as_bytes(), &nulls));
        tally.plan(None)
    }

    #[test]
    fn kinds_are_told_by_the_values() {
        assert_eq!(plan_of(&["1", "2.5", "NA", "-3e5"]).physical, Physical::Number);
        assert_eq!(plan_of(&["true", "F", "yes"]).physical, Physical::Boolean);
        assert_eq!(plan_of(&["0", "1", "0"]).physical, Physical::Number);
        assert_eq!(plan_of(&["2013-01-01", "2014-12-31T10:00:00Z"]).physical, Physical::Datetime);
        assert_eq!(plan_of(&["a", "1", "2"]).physical, Physical::Text);
        assert_eq!(plan_of(&["01234", "99999"]).physical, Physical::Text);
        assert_eq!(plan_of(&["12345678901234567", "1"]).physical, Physical::Text);
        assert!(plan_of(&["", "NA"]).unknown);
    }

    #[test]
    fn one_day_above_twelve_decides_for_the_whole_column() {
        assert_eq!(plan_of(&["01/02/2013", "13/02/2013"]).format, DateFormat::DayFirst(b'/'));
        assert_eq!(plan_of(&["01/02/2013", "02/13/2013"]).format, DateFormat::MonthFirst(b'/'));
        assert_eq!(plan_of(&["01/02/2013"]).format, DateFormat::MonthFirst(b'/'));
    }

    #[test]
    fn one_bad_value_in_ten_is_a_failure_and_not_another_kind() {
        let mut cells = vec!["1"; 9];
        cells.push("x");
        assert_eq!(plan_of(&cells).physical, Physical::Number);
        cells.push("y");
        assert_eq!(plan_of(&cells).physical, Physical::Text);
    }
}
