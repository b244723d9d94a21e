//! Numbers as people read them.

/// A count with its thousands set apart: `29,425`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number to three or four significant digits: `0.0123`, `42.1`, `2013`, `29,425`, `1.24e9`.
pub fn approximate(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "-".to_owned() } else { format!("{value}") };
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.2e}");
    }
    if size >= 1000.0 || (value.fract() == 0.0) {
        // Below 1e9 by the test above, so that the cast is exact.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= size < 1e9")]
        let whole = size.round() as u64;
        let sign = if value < 0.0 { "-" } else { "" };
        // Four digits stay together: they may be a year.
        let digits = if whole < 10_000 { whole.to_string() } else { thousands(whole) };
        return format!("{sign}{digits}");
    }
    let decimals = match size {
        100.0.. => 1,
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        0.01.. => 4,
        _ => 5,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A score in at most six characters, aligned with others: `0.024`, `1.37`, `<0.001`.
pub fn score_digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.0005 => "<0.001".to_owned(),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => approximate(value),
    }
}

/// A share as a percentage: `0 %`, `<0.1 %`, `4.2 %`, `23 %`, `>99.9 %`.
pub fn percent(ratio: f64) -> String {
    let hundred = ratio * 100.0;
    match ratio {
        r if r.is_nan() => "-".to_owned(),
        r if r <= 0.0 => "0 %".to_owned(),
        r if r < 0.001 => "<0.1 %".to_owned(),
        r if r < 0.0995 => format!("{hundred:.1} %"),
        r if r < 0.99 => format!("{hundred:.0} %"),
        r if r < 0.9995 => format!("{hundred:.1} %"),
        r if r < 1.0 => ">99.9 %".to_owned(),
        _ => "100 %".to_owned(),
    }
}

/// A size in bytes: `712 B`, `34 MB`, `1.2 GB` (powers of 1,000).
pub fn byte_size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to three digits")]
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 999.5 {
            return if unit == "B" || size >= 9.95 {
                format!("{size:.0} {unit}")
            } else {
                format!("{size:.1} {unit}")
            };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

/// A time span: `8 ms`, `0.21 s`, `12 s`, `3 min 05 s`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() || s < 0.0 => "-".to_owned(),
        s if s < 0.0995 => format!("{:.0} ms", s * 1000.0),
        s if s < 9.95 => format!("{s:.2} s"),
        s if s < 99.5 => format!("{s:.0} s"),
        s => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

/// A moment from microseconds since 1970: `2013-07-16` at midnight, else `2013-07-16 05:00`.
///
/// Days to civil date after Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
pub fn instant(microseconds: f64) -> String {
    const DAY: f64 = 86_400e6;
    let days = (microseconds / DAY).floor();
    if !days.is_finite() || days.abs() > 1e8 {
        return approximate(microseconds);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by 1e8 above")]
    let shifted = days as i64 + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let minutes = ((microseconds - days * DAY) / 60e6).floor();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if minutes == 0.0 {
        return date;
    }
    format!("{date} {:02.0}:{:02.0}", (minutes / 60.0).floor(), minutes % 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(2013), "2,013");
        assert_eq!(thousands(29_425), "29,425");
        assert_eq!(thousands(1_000_000), "1,000,000");
    }

    #[test]
    fn numbers_keep_about_three_digits() {
        let shown: Vec<_> =
            [0.0, 0.012_345, -0.5, 1.5, 42.123, 123.456, 2013.0, 29_425.4, 1.239e9, f64::INFINITY, 1e-9]
                .map(approximate)
                .to_vec();
        assert_eq!(
            shown,
            ["0", "0.0123", "-0.5", "1.5", "42.1", "123.5", "2013", "29,425", "1.24e9", "inf", "1.00e-9"]
        );
    }

    #[test]
    fn shares_never_round_to_nothing_or_all() {
        let shown: Vec<_> = [0.0, 0.0004, 0.042, 0.234, 0.994, 0.9999, 1.0].map(percent).to_vec();
        assert_eq!(shown, ["0 %", "<0.1 %", "4.2 %", "23 %", "99.4 %", ">99.9 %", "100 %"]);
    }

    #[test]
    fn moments_are_dates() {
        assert_eq!(instant(0.0), "1970-01-01");
        // date -u -d '2013-07-16 05:00' +%s
        assert_eq!(instant(1_373_950_800e6), "2013-07-16 05:00");
        // date -u -d '2000-02-29' +%s
        assert_eq!(instant(951_782_400e6), "2000-02-29");
        // date -u -d '1969-12-31 23:59' +%s
        assert_eq!(instant(-60e6), "1969-12-31 23:59");
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(byte_size(712), "712 B");
        assert_eq!(byte_size(34_300_000), "34 MB");
        assert_eq!(byte_size(1_230_000_000), "1.2 GB");
        assert_eq!(duration(0.008), "8 ms");
        assert_eq!(duration(0.214), "0.21 s");
        assert_eq!(duration(185.0), "3 min 05 s");
    }
}
