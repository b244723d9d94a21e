//! Moments as the benchmark writes them.

/// Seconds since 1970 of `2014-04-01 00:05:00`, fractions of a second left out.
pub(crate) fn secs(text: &str) -> Option<f64> {
    let mut parts = text.split(['-', ' ', ':', '.']).map(|part| part.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    // After Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) as f64)
}
