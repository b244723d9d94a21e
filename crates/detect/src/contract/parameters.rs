use std::collections::BTreeMap;
use std::str::FromStr as _;

use serde_json::Value;
use toml::value::Datetime;

use super::info::Shape;

/// What a contract gives a rule.
pub(crate) struct Parameters<'a> {
    values: &'a BTreeMap<String, Value>,
    column: &'a str,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    Number(f64),
    /// Microseconds since 1970.
    Moment(f64),
}

impl Bound {
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Number(value) | Self::Moment(value) => value,
        }
    }
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(values: &'a BTreeMap<String, Value>, column: Option<&'a str>) -> Self {
        Self { values, column: column.unwrap_or_default() }
    }

    /// The column that the rule stands under; empty for rules about the table.
    pub(crate) fn column(&self) -> String {
        self.column.to_owned()
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        self.values.get(name)?.as_u64()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    pub(crate) fn bound(&self, name: &str) -> Option<Bound> {
        bound_of(self.values.get(name)?)
    }

    pub(crate) fn values(&self, name: &str) -> &[Value] {
        self.values.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.values(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

fn bound_of(value: &Value) -> Option<Bound> {
    match value {
        Value::Number(number) => number.as_f64().map(Bound::Number),
        Value::String(text) => micros_of(text).map(Bound::Moment),
        _ => None,
    }
}

/// Whether a value has a shape.
pub(crate) fn fits(value: &Value, shape: Shape) -> bool {
    match shape {
        Shape::Number => value.as_f64().is_some_and(f64::is_finite),
        Shape::Count => value.as_u64().is_some(),
        Shape::Share => value.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)),
        Shape::Bound => bound_of(value).is_some(),
        Shape::Flag => value.is_boolean(),
        Shape::Text | Shape::Column => value.as_str().is_some_and(|text| !text.is_empty()),
        Shape::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Shape::Values => value.as_array().is_some_and(|values| {
            let plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
            !values.is_empty() && values.iter().all(plain)
        }),
        Shape::Columns => value.as_array().is_some_and(|names| {
            !names.is_empty() && names.iter().all(|name| name.as_str().is_some_and(|name| !name.is_empty()))
        }),
    }
}

/// A moment as microseconds since 1970; without an offset it is taken as it stands.
pub(crate) fn micros_of(text: &str) -> Option<f64> {
    let moment = Datetime::from_str(text).ok()?;
    let date = moment.date?;
    let days = days_from_civil(i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let (mut secs, mut micros) = (days * 86_400, 0);
    if let Some(time) = moment.time {
        let seconds = i64::from(time.second.unwrap_or_default());
        secs += i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + seconds;
        micros = i64::from(time.nanosecond.unwrap_or_default()) / 1000;
    }
    if let Some(toml::value::Offset::Custom { minutes }) = moment.offset {
        secs -= i64::from(minutes) * 60;
    }
    Some((secs * 1_000_000 + micros) as f64)
}

/// Day number of a date, 0 being 1970-01-01 (Hinnant 2014, "chrono-compatible low-level date algorithms",
/// `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_time() {
        assert_eq!(micros_of("1970-01-01"), Some(0.0));
        assert_eq!(micros_of("2013-07-01T10:00:00"), Some(1_372_672_800e6));
        assert_eq!(micros_of("2013-07-01 12:00:00.5+02:00"), Some(1_372_672_800.5e6));
        assert_eq!(micros_of("2000-02-29"), Some(951_782_400e6));
        assert_eq!(micros_of("10:00:00"), None);
        assert_eq!(micros_of("yesterday"), None);
    }
}
