//! Numbers as people read them, for findings and insights.

/// A share as a percentage: `31 %`, `3.1 %`, `0.45 %`.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    match value.abs() {
        0.0 => "0 %".to_owned(),
        size if size < 0.01 => "under 0.01 %".to_owned(),
        size if size < 1.0 => format!("{value:.2} %"),
        // 99.96 % is not all.
        size if (99.95..100.0).contains(&size) => "over 99.9 %".to_owned(),
        size if size < 10.0 || (size > 99.0 && size < 100.0) => format!("{value:.1} %"),
        _ => format!("{value:.0} %"),
    }
}

/// A number with about four digits, thousands apart: `1,234`, `0.05123`, `1.2e-9`.
pub(crate) fn number(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        return if x.is_nan() {
            "none".to_owned()
        } else {
            format!("{}infinity", if x < 0.0 { "-" } else { "" })
        };
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{x:.3e}");
    }
    if size >= 1000.0 {
        let whole = thousands(size.round() as u64);
        return if x < 0.0 { format!("-{whole}") } else { whole };
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A whole number, thousands apart.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Microseconds since 1970 as a date, with the time of day unless it is midnight: `2013-07-01 10:00`.
pub(crate) fn moment(micros: f64) -> String {
    const DAY_SECS: i64 = 86_400;
    if !micros.is_finite() || micros.abs() > 9e18 {
        return number(micros);
    }
    let secs = (micros / 1e6).round() as i64;
    let (day, rest) = (secs.div_euclid(DAY_SECS), secs.rem_euclid(DAY_SECS));
    let (year, month, day) = civil_from_days(day);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (rest / 3600, rest % 3600 / 60, rest % 60) {
        (0, 0, 0) => date,
        (hour, minute, 0) => format!("{date} {hour:02}:{minute:02}"),
        (hour, minute, second) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// Year, month and day of a day number, 0 being 1970-01-01 (Hinnant 2014, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil_from_days(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// A length of time in microseconds: `3 days`, `5 hours`, `12 minutes`, `0.3 seconds`.
pub(crate) fn duration(micros: f64) -> String {
    let size = micros.abs();
    let (unit, name) = [(86_400e6, "days"), (3_600e6, "hours"), (60e6, "minutes")]
        .into_iter()
        .find(|(unit, _)| size >= 2.0 * unit)
        .unwrap_or((1e6, "seconds"));
    format!("{} {name}", number((size / unit * 10.0).round() / 10.0))
}

/// Names in a row: `a`, `a and b`, `a, b and c`, each in backticks, at most `most` of them.
pub(crate) fn names(all: &[String], most: usize) -> String {
    let quoted: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    let (shown, rest) = quoted.split_at(quoted.len().min(most));
    let mut parts = shown.to_vec();
    if !rest.is_empty() {
        parts.push(format!("{} more", rest.len()));
    }
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_keep_two_digits_where_they_are_small() {
        let shares = [0.0, 0.000_01, 0.0045, 0.031, 0.31, 0.9996, 1.0, -0.08];
        let texts = shares.map(percent);
        assert_eq!(
            texts,
            ["0 %", "under 0.01 %", "0.45 %", "3.1 %", "31 %", "over 99.9 %", "100 %", "-8.0 %"]
        );
    }

    #[test]
    fn numbers_keep_four_digits() {
        let texts = [0.0, 1.0, 12.5, 0.051_234, 1234.6, -1_234_567.0, 1e-9, 999.96].map(number);
        assert_eq!(texts, ["0", "1", "12.5", "0.05123", "1,235", "-1,234,567", "1.000e-9", "1000"]);
    }

    #[test]
    fn moments_are_dates() {
        assert_eq!(moment(0.0), "1970-01-01");
        assert_eq!(moment(1_372_672_800e6), "2013-07-01 10:00");
        assert_eq!(moment(951_782_399e6), "2000-02-28 23:59:59");
        assert_eq!(moment(-1e6), "1969-12-31 23:59:59");
        assert_eq!(duration(3.0 * 3_600e6), "3 hours");
        assert_eq!(duration(90e6), "90 seconds");
    }

    #[test]
    fn names_are_joined_like_speech() {
        let all: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(names(&all[..1], 3), "`a`");
        assert_eq!(names(&all[..2], 3), "`a` and `b`");
        assert_eq!(names(&all, 2), "`a`, `b` and 2 more");
    }
}
