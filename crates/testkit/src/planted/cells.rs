//! The cells of one column.

/// The cells of one column in row order.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers; NaN is a null. The rows listed hold text instead of a number.
    Numbers(Vec<f64>, Vec<u32>),
    /// Truth values.
    Booleans(Vec<Option<bool>>),
    /// Microseconds since 1970.
    Moments(Vec<Option<i64>>),
    /// Texts.
    Texts(Vec<Option<String>>),
}

impl Cells {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(cells, _) => cells.len(),
            Self::Booleans(cells) => cells.len(),
            Self::Moments(cells) => cells.len(),
            Self::Texts(cells) => cells.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row as text for a CSV file; a null is empty.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Numbers(_, odd) if odd.binary_search(&(row as u32)).is_ok() => "see note".to_owned(),
            Self::Numbers(cells, _) => {
                cells.get(row).filter(|cell| !cell.is_nan()).map_or(String::new(), f64::to_string)
            }
            Self::Booleans(cells) => {
                cells.get(row).copied().flatten().map_or(String::new(), |b| b.to_string())
            }
            Self::Moments(cells) => cells.get(row).copied().flatten().map_or(String::new(), iso_moment),
            Self::Texts(cells) => cells.get(row).cloned().flatten().unwrap_or_default(),
        }
    }
}

/// Seconds of a moment of the years 2024 and 2025 as ISO text; planted moments are nowhere else for long.
fn iso_moment(micros: i64) -> String {
    const DAY: i64 = 86_400;
    let secs = micros.div_euclid(1_000_000);
    let (mut day, rest) = (secs.div_euclid(DAY), secs.rem_euclid(DAY));
    let mut year = 1970;
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    while day >= 365 + i64::from(is_leap(year)) {
        day -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}", month + 1, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_as_csv_shows_them() {
        let cells = Cells::Numbers(vec![1.5, f64::NAN, f64::NAN], vec![2]);
        assert_eq!([0, 1, 2].map(|row| cells.text(row)), ["1.5", "", "see note"]);
        assert_eq!(Cells::Moments(vec![Some(1_735_689_599_000_000)]).text(0), "2024-12-31T23:59:59");
        assert_eq!(Cells::Booleans(vec![None]).text(0), "");
    }
}
