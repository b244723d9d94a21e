//! Dates, with or without a time of day.

use serde::{Deserialize, Serialize};

const MICROSECONDS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// How a column writes its dates. One format a column, so `01/02/2013` means the same in every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum DateFormat {
    /// `2013-01-31`, with this byte between.
    YearFirst(u8),
    /// `31.01.2013`, with this byte between; day and month may have one digit.
    DayFirst(u8),
    /// `01/31/2013`, with this byte between; day and month may have one digit.
    MonthFirst(u8),
    /// `20130131`.
    Compact,
}

impl DateFormat {
    /// Every format, the likelier first: where all cells fit two of them, the first one wins. Days stand before
    /// months with points and hyphens, months before days with slashes.
    pub(crate) const ALL: [Self; 9] = [
        Self::YearFirst(b'-'),
        Self::YearFirst(b'/'),
        Self::YearFirst(b'.'),
        Self::DayFirst(b'.'),
        Self::MonthFirst(b'/'),
        Self::DayFirst(b'/'),
        Self::DayFirst(b'-'),
        Self::MonthFirst(b'-'),
        Self::Compact,
    ];
}

/// Reads a moment in microseconds since 1970-01-01T00:00:00: a date of years 1 to 9999, optionally followed by `T`
/// or a blank, hours and minutes, seconds, a fraction (cut off behind the sixth digit), `AM` or `PM`, and `Z`,
/// `UTC` or an offset such as `+02:00`, which is taken off. Without an offset the moment is taken as it stands.
/// Second 60 is the first of the next minute.
pub(crate) fn datetime(cell: &[u8], format: DateFormat) -> Option<i64> {
    let (days, rest) = date(cell.trim_ascii(), format)?;
    let (seconds, micros) = match rest {
        [] => (0, 0),
        [b'T' | b't' | b' ', time @ ..] => time_of_day(time)?,
        _ => return None,
    };
    Some((days * DAY_SECONDS + seconds) * MICROSECONDS + micros)
}

/// Dates that a column has shown, by their last four digits: a stretch of rows has few different ones as a rule.
#[derive(Debug)]
pub(crate) struct KnownDates {
    /// The text and its days since 1970.
    slots: [([u8; 10], i64); SLOTS],
}

/// More than the days of a month, so that a month's dates do not drive each other out.
const SLOTS: usize = 64;

impl Default for KnownDates {
    fn default() -> Self {
        // No date has zero bytes.
        Self { slots: [([0; 10], 0); SLOTS] }
    }
}

impl KnownDates {
    /// The same as [`datetime`], quickly where `YYYY-MM-DD` is known and `THH:MM:SS`, with or without `Z`, follows.
    #[inline(always)]
    pub(crate) fn datetime(&mut self, cell: &[u8], format: DateFormat) -> Option<i64> {
        let (text, time) = cell.split_first_chunk::<10>()?;
        let DateFormat::YearFirst(_) = format else { return datetime(cell, format) };
        let [.., m1, m2, _, d1, d2] = *text;
        let place = usize::from(d2) + 10 * usize::from(d1) + 31 * (usize::from(m2) + 10 * usize::from(m1));
        let (known, days) = &mut self.slots[place % SLOTS];
        if known != text {
            (*known, *days) = (*text, date(text, format)?.0);
        }
        let days = *days;
        let seconds = match time {
            [] => 0,
            [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2]
            | [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, b'Z'] => {
                let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
                if hour > 23 || minute > 59 || second > 60 {
                    return None;
                }
                hour * 3600 + minute * 60 + second
            }
            _ => return datetime(cell, format),
        };
        Some((days * DAY_SECONDS + seconds) * MICROSECONDS)
    }
}

fn date(text: &[u8], format: DateFormat) -> Option<(i64, &[u8])> {
    let (year, month, day, rest) = match format {
        DateFormat::YearFirst(between) => {
            let ([y1, y2, y3, y4, a, m1, m2, b, d1, d2], rest) = text.split_first_chunk::<10>()?;
            if (*a, *b) != (between, between) {
                return None;
            }
            let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
            (year, two(*m1, *m2)?, two(*d1, *d2)?, rest)
        }
        DateFormat::Compact => {
            let ([y1, y2, y3, y4, m1, m2, d1, d2], rest) = text.split_first_chunk::<8>()?;
            let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
            (year, two(*m1, *m2)?, two(*d1, *d2)?, rest)
        }
        DateFormat::DayFirst(between) | DateFormat::MonthFirst(between) => {
            let (first, rest) = one_or_two(text)?;
            let (second, rest) = one_or_two(rest.strip_prefix(&[between])?)?;
            let ([y1, y2, y3, y4], rest) = rest.strip_prefix(&[between])?.split_first_chunk::<4>()?;
            let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
            match format {
                DateFormat::DayFirst(_) => (year, second, first, rest),
                _ => (year, first, second, rest),
            }
        }
    };
    let fits = year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
    fits.then(|| (days_from_civil(year, month, day), rest))
}

fn time_of_day(text: &[u8]) -> Option<(i64, i64)> {
    let (mut hour, rest) = one_or_two(text)?;
    let ([m1, m2], mut rest) = rest.strip_prefix(b":")?.split_first_chunk::<2>()?;
    let minute = two(*m1, *m2)?;
    let (mut second, mut micros) = (0, 0);
    if let [b':', s1, s2, more @ ..] = rest {
        second = two(*s1, *s2)?;
        rest = more;
        if let [b'.' | b',', digits @ ..] = rest {
            (micros, rest) = fraction(digits)?;
        }
    }
    let mark = rest.trim_ascii_start().first_chunk::<2>().map(|[a, b]| [a | 0x20, b | 0x20]);
    if let Some(mark @ ([b'a', b'm'] | [b'p', b'm'])) = mark {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if mark[0] == b'p' { 12 } else { 0 };
        rest = rest.trim_ascii_start().get(2..)?;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset(rest)?, micros))
}

/// Microseconds of one to nine decimals.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (digits, rest) = text.split_at_checked(count)?;
    let micros = (0..6).fold(0, |sum, at| sum * 10 + digits.get(at).map_or(0, |byte| i64::from(byte - b'0')));
    Some((micros, rest))
}

/// Seconds east of Greenwich.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return text.eq_ignore_ascii_case(b"UTC").then_some(0),
    };
    let (hour, minute) = match digits {
        [h1, h2] => (two(*h1, *h2)?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two(*h1, *h2)?, two(*m1, *m2)?),
        _ => return None,
    };
    // UTC+14:00 and UTC-12:00 are the outermost there are; local mean times stayed below 16 hours.
    (hour < 16 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

#[inline]
fn one_or_two(text: &[u8]) -> Option<(i64, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => Some((two(*tens, *ones)?, rest)),
        [ones @ b'0'..=b'9', rest @ ..] => Some((i64::from(ones - b'0'), rest)),
        _ => None,
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, for years from 1. Months are counted from March, so that the
/// leap day is the last of its year and the lengths of the months before are linear:
/// `(153 m + 2) / 5` days stand before month `m` of such a year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    // 719,468 days from 0000-03-01 to 1970-01-01.
    before_year + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISO: DateFormat = DateFormat::YearFirst(b'-');

    fn seconds(text: &str, format: DateFormat) -> Option<f64> {
        datetime(text.as_bytes(), format).map(|micros| micros as f64 / 1e6)
    }

    // Golden values: python3 -c "import datetime as d; print(d.datetime(2013,7,31,23,59,58,tzinfo=d.timezone.utc).timestamp())"
    #[test]
    fn the_usual_forms_are_read() {
        assert_eq!(seconds("1970-01-01", ISO), Some(0.0));
        assert_eq!(seconds("1969-12-31", ISO), Some(-86_400.0));
        assert_eq!(seconds("2013-07-31T23:59:58", ISO), Some(1_375_315_198.0));
        assert_eq!(seconds("2013-07-31 23:59:58.25", ISO), Some(1_375_315_198.25));
        assert_eq!(seconds("2013-07-31T23:59:58.123456789Z", ISO), Some(1_375_315_198.123_456));
        assert_eq!(seconds("2013-07-31T23:59:58+02:00", ISO), Some(1_375_307_998.0));
        assert_eq!(seconds("2013-07-31T23:59:58 -0530", ISO), Some(1_375_334_998.0));
        assert_eq!(seconds(" 2013-07-31 23:59 ", ISO), Some(1_375_315_140.0));
        assert_eq!(seconds("2013/07/31", DateFormat::YearFirst(b'/')), Some(1_375_228_800.0));
        assert_eq!(seconds("31.07.2013", DateFormat::DayFirst(b'.')), Some(1_375_228_800.0));
        assert_eq!(seconds("7/31/2013 11:59:58 PM", DateFormat::MonthFirst(b'/')), Some(1_375_315_198.0));
        assert_eq!(seconds("7/31/2013 12:00 am", DateFormat::MonthFirst(b'/')), Some(1_375_228_800.0));
        assert_eq!(seconds("20130731", DateFormat::Compact), Some(1_375_228_800.0));
        assert_eq!(seconds("0001-01-01", ISO), Some(-62_135_596_800.0));
        assert_eq!(seconds("9999-12-31", ISO), Some(253_402_214_400.0));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2013",
            "2013-13-01",
            "2013-02-29",
            "2013-00-10",
            "2013-01-00",
            "0000-01-01",
            "2013-1-1",
            "2013-07-31X",
            "2013-07-31T",
            "2013-07-31T24:00",
            "2013-07-31T10:60",
            "2013-07-31T10:00:61",
            "2013-07-31T10:00:00.",
            "2013-07-31T10:00+99:00",
            "2013-07-31T10:00 CET",
            "2013/07/31",
            "20130731",
            "2013-07-31 13:00 PM",
            "2013-07-31 0:00 AM",
        ] {
            assert_eq!(datetime(text.as_bytes(), ISO), None, "{text}");
        }
        assert_eq!(datetime(b"31/12/2013", DateFormat::MonthFirst(b'/')), None);
        assert!(datetime(b"2012-02-29", ISO).is_some());
        assert!(datetime(b"1900-02-29", ISO).is_none() && datetime(b"2000-02-29", ISO).is_some());
    }

    #[test]
    fn days_follow_each_other_through_four_centuries() {
        let mut wanted = days_from_civil(1600, 1, 1);
        for year in 1600..2001 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    assert_eq!(days_from_civil(year, month, day), wanted);
                    wanted += 1;
                }
            }
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }

    #[test]
    fn a_known_date_is_read_the_same() {
        let mut known = KnownDates::default();
        for text in [
            "2013-07-31",
            "2013-07-31",
            "2013-07-31T10:20:30Z",
            "2013-07-31 23:59:60",
            "2013-07-31T24:00:00",
            "2013-07-31T10:20",
            "2013-07-31T10:20:30+02:00",
            "2013-08-01T00:00:00",
            "2013-08-01T00:00:0x",
            "2013-02-30",
            "2013-02-30",
            "2014-07-31",
            "2013/07/31",
            "9999-12-31",
            "x",
            "",
        ] {
            assert_eq!(known.datetime(text.as_bytes(), ISO), datetime(text.as_bytes(), ISO), "{text}");
        }
    }
}
