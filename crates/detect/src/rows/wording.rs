//! Numbers and moments as people read them, within reasons.

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// `27,004`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in four significant digits, whole numbers in full up to 15 digits.
pub(super) fn number(x: f64) -> String {
    let magnitude = x.abs();
    if x == 0.0 || !x.is_finite() {
        return format!("{}", x + 0.0);
    }
    if x == x.trunc() && magnitude < 1e15 {
        return format!("{x}");
    }
    if !(1e-4..1e15).contains(&magnitude) {
        return format!("{x:.3e}");
    }
    let decimals = (3 - magnitude.log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A moment as `2013-07-01`, with the time of day unless it is midnight.
pub(super) fn moment(micros: i64) -> String {
    let seconds = micros.div_euclid(MICROS_PER_SECOND);
    let (days, of_day) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    let (year, month, day) = civil(days);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if of_day == 0 {
        return date;
    }
    format!("{date} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Year, month and day of a day counted from 1970-01-01, by Hinnant's algorithm on years that begin in March
/// ("chrono-compatible low-level date algorithms", 2013).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// At most `chars` characters of a text, marked when cut.
pub(super) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!((count(7).as_str(), count(27_004).as_str()), ("7", "27,004"));
        assert_eq!(count(1_234_567), "1,234,567");
        for (x, text) in [
            (42.123_456, "42.12"),
            (1300.0, "1300"),
            (-0.001_234_5, "-0.001234"),
            (1e20, "1.000e20"),
            (0.5, "0.5"),
        ] {
            assert_eq!(number(x), text);
        }
        assert_eq!(shortened("naïve text", 3), "naï…");
    }

    #[test]
    fn moments_are_dates() {
        // date -u -d @1372680000, @-1, @951782400
        assert_eq!(moment(1_372_680_000_000_000), "2013-07-01 12:00:00");
        assert_eq!(moment(-1_000_000), "1969-12-31 23:59:59");
        assert_eq!(moment(951_782_400_000_000), "2000-02-29");
    }
}
