//! Numbers and moments in time as short text for people.

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// As decimal numbers.
    Decimal,
    /// As dates: the numbers are microseconds since 1970.
    Datetime,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Significant digits of a number whose shortest exact form is long.
const DIGITS: i32 = 6;

impl Notation {
    /// The number as text, shortened to six significant digits when its exact form is long.
    pub(crate) fn write(self, x: f64) -> String {
        match self {
            Self::Decimal => decimal(x),
            Self::Datetime => datetime(x),
        }
    }
}

fn decimal(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{}", x + 0.0);
    }
    let magnitude = x.abs();
    if !(1e-5..1e15).contains(&magnitude) {
        let exact = format!("{x:e}");
        return if exact.len() <= 9 { exact } else { trimmed_exponential(x) };
    }
    let exact = format!("{x}");
    if exact.len() <= 9 || x == x.trunc() {
        return exact;
    }
    let decimals = (DIGITS - 1 - magnitude.log10().floor() as i32).max(0) as usize;
    let rounded = format!("{x:.decimals$}");
    match rounded.split_once('.') {
        Some(_) => rounded.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => rounded,
    }
}

fn trimmed_exponential(x: f64) -> String {
    let text = format!("{x:.5e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        None => text,
    }
}

/// ISO 8601 as short as it can be without loss: a date at midnight, else with the time.
fn datetime(micros: f64) -> String {
    // Datetimes were whole 64-bit numbers of microseconds; the cast saturates on anything else.
    let micros = micros as i64;
    let seconds = micros.div_euclid(MICROS_PER_SECOND);
    let fraction = micros.rem_euclid(MICROS_PER_SECOND);
    let (days, second) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    let (year, month, day) = civil_from_days(days);
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    if second != 0 || fraction != 0 {
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        text.push_str(&format!("T{hour:02}:{minute:02}"));
        if second != 0 || fraction != 0 {
            text.push_str(&format!(":{second:02}"));
        }
        if fraction != 0 {
            text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
        }
    }
    text
}

/// Year, month and day of a day number counted from 1970-01-01, in the proleptic Gregorian calendar; after
/// Howard Hinnant, "chrono-compatible low-level date algorithms".
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_but_whole_ones_exact() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (3.5, "3.5"),
            (-12.0, "-12"),
            (123_456_789_012.0, "123456789012"),
            (1.0 / 3.0, "0.333333"),
            (1_234.567_890_123, "1234.57"),
            (1e300, "1e300"),
            (1.234_567_891e-9, "1.23457e-9"),
            (99_999.999_999_9, "100000"),
            (f64::INFINITY, "inf"),
        ];
        for (x, text) in cases {
            assert_eq!(Notation::Decimal.write(x), text);
        }
    }

    /// date -u -d @N +%FT%T
    #[test]
    fn moments_are_iso_dates() {
        let cases = [
            (0_i64, "1970-01-01"),
            (1_372_636_800_000_000, "2013-07-01"),
            (1_372_656_600_000_000, "2013-07-01T05:30"),
            (951_782_399_000_000, "2000-02-28T23:59:59"),
            (951_782_400_250_000, "2000-02-29T00:00:00.25"),
            (-1, "1969-12-31T23:59:59.999999"),
            (-62_135_596_800_000_000, "0001-01-01"),
        ];
        for (micros, text) in cases {
            assert_eq!(Notation::Datetime.write(micros as f64), text);
        }
        // Out of any calendar, but no panic.
        let _ = Notation::Datetime.write(f64::MAX);
        let _ = Notation::Datetime.write(f64::NEG_INFINITY);
    }
}
