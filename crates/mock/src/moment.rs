//! Moments and lengths of time, as text and as thousandths of a second.

/// Thousandths of a second in a day.
pub const DAY_MS: i64 = 86_400_000;
/// Thousandths of a second in an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// The units of a length, the shortest first.
const UNITS: [(&str, i64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", HOUR_MS), ("d", DAY_MS), ("w", 7 * DAY_MS)];

/// Days since 1970 of a date of the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date
/// algorithms", 2013, `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Year, month and day of so many days since 1970 (the same source, `civil_from_days`).
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Reads a moment: `2024-05-01T12:00:00Z` (with an offset such as `+02:00`, with a fraction, or the date only), or
/// thousandths of a second since 1970. None when it is neither.
pub fn parse_moment(text: &str) -> Option<i64> {
    if let Ok(ms) = text.parse::<i64>() {
        return Some(ms);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let is_date = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    let start = days_from_civil(year, month, day) * DAY_MS;
    if !is_date || rest.is_empty() {
        return is_date.then_some(start);
    }
    let (clock, offset_ms) = split_offset(rest.strip_prefix(['T', 't', ' '])?)?;
    Some(start + parse_clock(clock)? - offset_ms)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1)
}

/// The time of day before its offset from UTC, and the offset. Without one the time is UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    Some((clock, sign * (digits(hours)? * 60 + digits(minutes)?) * 60_000))
}

fn parse_clock(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':').map(digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let thousandths = fraction.chars().chain("000".chars()).take(3).collect::<String>();
    let is_clock = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    is_clock.then_some((hour * 60 + minute) * 60_000 + second * 1_000 + digits(&thousandths)?)
}

/// Reads a length such as `90s`, `1h30m`, `500ms` or `2d`. None when it is none, or longer than a thousand years.
pub fn parse_length(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0_i64;
    while !rest.is_empty() {
        let number_ends = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(number_ends)?;
        let unit_ends = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(unit_ends)?;
        let unit_ms = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let length = number.parse::<f64>().ok()? * unit_ms as f64;
        if !(length.is_finite() && length < 366_000.0 * DAY_MS as f64) {
            return None;
        }
        total += length.round() as i64;
        rest = behind;
    }
    (!text.is_empty()).then_some(total)
}

/// A length as [`parse_length`] reads it: `1h30m`.
pub fn length_text(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut rest = ms;
    let mut out = String::new();
    for (unit, unit_ms) in UNITS.iter().rev() {
        let whole = rest / unit_ms;
        if whole > 0 {
            out.push_str(&format!("{whole}{unit}"));
            rest -= whole * unit_ms;
        }
    }
    out
}

/// A moment as text: `2024-05-01T12:00:00.000Z`.
pub fn moment_text(ms: i64) -> String {
    let mut out = Vec::with_capacity(24);
    write_moment(&mut out, ms);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a moment as text.
pub(crate) fn write_moment(out: &mut Vec<u8>, ms: i64) {
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let rest = ms.rem_euclid(DAY_MS);
    let parts = [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (rest / HOUR_MS, 2, b':'),
        (rest / 60_000 % 60, 2, b':'),
        (rest / 1_000 % 60, 2, b'.'),
        (rest % 1_000, 3, b'Z'),
    ];
    for (value, width, end) in parts {
        write_padded(out, value.unsigned_abs(), width);
        out.push(end);
    }
}

/// Appends a number with leading zeros.
pub(crate) fn write_padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let mut rest = value;
    let mut length = 0;
    for place in buffer.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        length += 1;
        if rest == 0 && length >= width {
            break;
        }
    }
    out.extend_from_slice(buffer.get(20 - length..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_go_both_ways() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2024-02-29T23:59:59.123Z", 1_709_251_199_123),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(moment_text(ms), text);
            assert_eq!(parse_moment(text), Some(ms), "{text}");
        }
        assert_eq!(parse_moment("2024-05-01"), Some(1_714_521_600_000));
        assert_eq!(parse_moment("2024-05-01T02:00:00+02:00"), Some(1_714_521_600_000));
        assert_eq!(parse_moment("2024-05-01 00:00"), Some(1_714_521_600_000));
        assert_eq!(parse_moment("1714521600000"), Some(1_714_521_600_000));
        for text in ["", "2024-02-30", "2024-13-01", "yesterday", "2024-05-01T25:00:00Z", "2024-05-01Tnoon"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_go_both_ways() {
        for (text, ms) in [("90s", 90_000), ("1h30m", 5_400_000), ("500ms", 500), ("2d", 172_800_000)] {
            assert_eq!(parse_length(text), Some(ms), "{text}");
            assert_eq!(parse_length(&length_text(ms)), Some(ms));
        }
        assert_eq!(parse_length("1.5s"), Some(1_500));
        assert_eq!(length_text(0), "0s");
        for text in ["", "90", "s", "1x", "-5s", "99999999w", "1..2s"] {
            assert_eq!(parse_length(text), None, "{text}");
        }
    }
}
