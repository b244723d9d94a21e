//! The data that there are: their columns, their week, and the file that makes their rows.

mod column;
mod orders;
mod sensors;
mod web;

pub use column::{Column, Holds, Measure};

use crate::cell::Cell;

/// One of the sets of data that the mock makes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Data {
    /// Orders of a shop.
    Orders,
    /// Readings of sensors in four plants.
    Sensors,
    /// Requests to a web site.
    Web,
}

/// How busy the hours of a day and the days of a week are, relative to each other.
pub(crate) struct Week {
    pub(crate) hours: [f64; 24],
    /// From Monday on.
    pub(crate) days: [f64; 7],
    /// By how much a minute may be busier than the last one for no reason, as a share.
    pub(crate) restless: f64,
}

impl Data {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Sensors, Self::Web];

    /// The name in paths and schedules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Sensors => "sensors",
            Self::Web => "web",
        }
    }

    /// The data of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|data| data.name() == name)
    }

    /// What the rows are.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Orders => "Orders of a shop that sells in ten countries.",
            Self::Sensors => "Readings of 24 sensors in four plants.",
            Self::Web => "Requests to a web site.",
        }
    }

    /// The columns without any fault.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Orders => orders::COLUMNS,
            Self::Sensors => sensors::COLUMNS,
            Self::Web => web::COLUMNS,
        }
    }

    /// The place of a column.
    pub fn column(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }

    /// The place of the column that holds when it happened.
    pub(crate) fn time_column(self) -> Option<usize> {
        self.columns().iter().position(|column| matches!(column.holds, Holds::Time))
    }

    pub(crate) fn week(self) -> &'static Week {
        match self {
            Self::Orders => &orders::WEEK,
            Self::Sensors => &sensors::WEEK,
            Self::Web => &web::WEEK,
        }
    }

    /// The values of a row without any fault: they follow from the seed, the number of the row and its time.
    pub(crate) fn cells(self, seed: u64, number: u64, at_ms: i64) -> Vec<Cell> {
        match self {
            Self::Orders => orders::cells(seed, number, at_ms),
            Self::Sensors => sensors::cells(seed, number, at_ms),
            Self::Web => web::cells(seed, number, at_ms),
        }
    }
}

impl Week {
    /// How busy a moment is; 1 in the mean over a week.
    pub(crate) fn at(&self, at_ms: i64) -> f64 {
        use crate::moment::{DAY_MS, HOUR_MS};
        let hour_index = at_ms.div_euclid(HOUR_MS);
        // The first day of 1970 was a Thursday.
        let level = |index: i64| {
            let day = (index * HOUR_MS).div_euclid(DAY_MS) + 3;
            let hour = self.hours.get(index.rem_euclid(24) as usize).copied().unwrap_or(1.0);
            hour * self.days.get(day.rem_euclid(7) as usize).copied().unwrap_or(1.0)
        };
        let x = at_ms.rem_euclid(HOUR_MS) as f64 / HOUR_MS as f64;
        let busy = level(hour_index) * (1.0 - x) + level(hour_index + 1) * x;
        busy / (mean(&self.hours) * mean(&self.days))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::{HOUR_MS, parse_moment};

    /// A month of rows, ten minutes apart on average.
    fn month(data: Data) -> Vec<Vec<Cell>> {
        let start = parse_moment("2024-03-01").unwrap();
        (0..40_000).map(|number| data.cells(5, number, start + number as i64 * 67_000)).collect()
    }

    #[test]
    fn columns_hold_what_they_say() {
        for data in Data::ALL {
            let rows = month(data);
            for (place, column) in data.columns().iter().enumerate() {
                let cells: Vec<&Cell> = rows.iter().map(|row| &row[place]).collect();
                let fits = |cell: &Cell| match column.holds {
                    Holds::Time => matches!(cell, Cell::Moment(_)),
                    Holds::Id => matches!(cell, Cell::Label(..) | Cell::Whole(_) | Cell::Null),
                    Holds::Words => {
                        matches!(cell, Cell::Word(_) | Cell::Label(..) | Cell::Whole(_) | Cell::Null)
                    }
                    Holds::Flag => matches!(cell, Cell::Flag(_)),
                    Holds::Number(measure) if measure.digits == 0 => {
                        matches!(cell, Cell::Whole(_) | Cell::Null)
                    }
                    Holds::Number(measure) => match cell {
                        Cell::Decimal(_, digits) => *digits == measure.digits,
                        other => *other == Cell::Null,
                    },
                };
                assert!(cells.iter().all(|cell| fits(cell)), "{} {}", data.name(), column.name);
                assert!(rows.iter().all(|row| row.len() == data.columns().len()));
            }
        }
    }

    #[test]
    fn measures_are_as_stated() {
        let mut wrong = Vec::new();
        for data in Data::ALL {
            let rows = month(data);
            for (place, column) in data.columns().iter().enumerate() {
                let Holds::Number(measure) = column.holds else { continue };
                let values: Vec<f64> = rows.iter().filter_map(|row| row[place].number()).collect();
                let centre = mean(&values);
                let squares: Vec<f64> = values.iter().map(|value| (value - centre).powi(2)).collect();
                let spread = mean(&squares).sqrt();
                let is_as_stated = (centre - measure.centre).abs() < 0.2 * measure.spread
                    && (spread / measure.spread - 1.0).abs() < 0.2
                    && values.iter().all(|value| (measure.min..=measure.max).contains(value));
                if !is_as_stated {
                    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    wrong.push(format!(
                        "{} {}: centre {centre:.3}, spread {spread:.3}, {low} to {high}; stated {measure:?}",
                        data.name(),
                        column.name
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn words_need_no_quotes() {
        for data in Data::ALL {
            for cell in month(data).iter().flatten() {
                if let Cell::Word(word) = cell {
                    assert!(!word.contains([',', '"', '\\', '\n']), "{word}");
                }
            }
        }
    }

    #[test]
    fn a_week_is_one_in_the_mean_and_nights_are_quiet() {
        let monday = parse_moment("2024-04-01").unwrap();
        for data in Data::ALL {
            let levels: Vec<f64> = (0..168 * 4).map(|q| data.week().at(monday + q * HOUR_MS / 4)).collect();
            assert!((mean(&levels) - 1.0).abs() < 1e-9, "{}", data.name());
        }
        let week = Data::Orders.week();
        assert!(week.at(monday + 3 * HOUR_MS) < 0.3 * week.at(monday + 20 * HOUR_MS));
    }

    #[test]
    fn columns_hang_together() {
        let orders = month(Data::Orders);
        let at = |name: &str| Data::Orders.column(name).unwrap();
        for row in &orders {
            let [quantity, price, discount, amount] =
                ["quantity", "unit_price", "discount", "amount"].map(|name| row[at(name)].number().unwrap());
            assert!((quantity * price * (1.0 - discount) - amount).abs() < 0.0051, "{row:?}");
            assert_eq!(row[at("country")].is("CH"), row[at("currency")].is("CHF"));
            assert_eq!(row[at("channel")].is("store"), row[at("shipping_days")] == Cell::Null);
        }
        let sensors = month(Data::Sensors);
        let column = |name: &str| -> Vec<f64> {
            let place = Data::Sensors.column(name).unwrap();
            sensors.iter().map(|row| row[place].number().unwrap()).collect()
        };
        assert!(correlation(&column("temperature"), &column("humidity")) < -0.4);
        assert!(correlation(&column("vibration"), &column("power_w")) > 0.4);
        let web = month(Data::Web);
        let place = |name: &str| Data::Web.column(name).unwrap();
        let slow = |failed: bool| -> f64 {
            let of = |row: &&Vec<Cell>| row[place("status")].number().unwrap() >= 500.0;
            let rows: Vec<f64> = web
                .iter()
                .filter(|row| of(row) == failed)
                .map(|row| row[place("latency_ms")].number().unwrap())
                .collect();
            mean(&rows)
        };
        assert!(slow(true) > 2.0 * slow(false));
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let (mean_a, mean_b) = (mean(a), mean(b));
        let both = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
        };
        both(a, mean_a, b, mean_b) / (both(a, mean_a, a, mean_a) * both(b, mean_b, b, mean_b)).sqrt()
    }
}
