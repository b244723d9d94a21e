//! From when and until when a certificate holds.

use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Days before the end of a certificate from which somebody should know. Certificates of 90 days are usually
/// renewed 30 days before their end, so that a renewal has then failed for more than a week.
const WARN_DAYS: i64 = 21;

/// The tags of DER that are needed here (ITU-T X.690, 8.1.2): universal SEQUENCE, INTEGER, UTCTime and
/// GeneralizedTime, and the context-specific one before the version of a certificate.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xA0;

/// From when and until when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant, in milliseconds since 1970.
    pub begins_ms: i64,
    /// The last instant, in milliseconds since 1970.
    pub ends_ms: i64,
}

/// How a certificate stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds for so many days.
    Holds(i64),
    /// It holds, but only for so many days, fewer than three weeks.
    EndsSoon(i64),
    /// It does not hold any more.
    Ended,
    /// It does not hold yet.
    NotBegun,
}

impl Validity {
    /// What a certificate in DER says (RFC 5280, 4.1): nothing when it is none.
    pub(crate) fn of(der: &[u8]) -> Option<Self> {
        let (certificate, _) = element(der, SEQUENCE)?;
        let (mut rest, _) = element(certificate, SEQUENCE)?;
        if let Some((_, behind)) = element(rest, VERSION) {
            rest = behind;
        }
        // The serial number, the algorithm of the signature, and the issuer.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            (_, rest) = element(rest, tag)?;
        }
        let (times, _) = element(rest, SEQUENCE)?;
        let (begins_ms, behind) = time(times)?;
        let (ends_ms, _) = time(behind)?;
        Some(Self { begins_ms, ends_ms })
    }

    /// How it stands at a time, in milliseconds since 1970.
    pub fn standing(&self, now_ms: i64) -> Standing {
        let days = self.ends_ms.saturating_sub(now_ms).div_euclid(DAY_MS);
        if now_ms > self.ends_ms {
            Standing::Ended
        } else if now_ms < self.begins_ms {
            Standing::NotBegun
        } else if days < WARN_DAYS {
            Standing::EndsSoon(days)
        } else {
            Standing::Holds(days)
        }
    }

    /// What is to be said of it at a time.
    pub fn said(&self, now_ms: i64) -> String {
        match self.standing(now_ms) {
            Standing::Holds(days) => format!("holds for {days} more days, until {}", date(self.ends_ms)),
            Standing::EndsSoon(1) => format!("holds only for 1 more day, until {}", date(self.ends_ms)),
            Standing::EndsSoon(days) => {
                format!("holds only for {days} more days, until {}", date(self.ends_ms))
            }
            Standing::Ended => format!("ended on {}", date(self.ends_ms)),
            Standing::NotBegun => format!("does not hold before {}", date(self.begins_ms)),
        }
    }
}

/// A time as people read it.
fn date(at_ms: i64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(u64::try_from(at_ms).unwrap_or_default()))
}

/// The content of the first element, when it has this tag, and what stands behind the element.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = input.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        ..=0x7F => usize::from(first),
        // In so many bytes; four are more than any certificate is long.
        0x81..=0x84 => {
            let (bytes, behind) = rest.split_at_checked(usize::from(first & 0x7F))?;
            rest = behind;
            bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte))
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// A time in milliseconds since 1970, and what stands behind it.
fn time(input: &[u8]) -> Option<(i64, &[u8])> {
    let ((text, rest), digits_of_year) = match element(input, UTC_TIME) {
        Some(found) => (found, 2),
        None => (element(input, GENERALIZED_TIME)?, 4),
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let number = |from: usize, digits: usize| -> Option<i64> {
        let part = text.get(from..from + digits)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    let mut year = number(0, digits_of_year)?;
    if digits_of_year == 2 {
        // RFC 5280, 4.1.2.5.1: two digits stand for 1950 to 2049.
        year += if year < 50 { 2000 } else { 1900 };
    }
    let part = |index: usize| number(digits_of_year + 2 * index, 2);
    let (month, day) = (part(0)?, part(1)?);
    if !(1..=12).contains(&month) || text.len() != digits_of_year + 10 {
        return None;
    }
    let seconds = (part(2)? * 60 + part(3)?) * 60 + part(4)?;
    Some((days_from_civil(year, month, day) * DAY_MS + seconds * 1000, rest))
}

/// Days since 1970 of a date, after Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(begins: (i32, u8, u8), ends: (i32, u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(begins.0, begins.1, begins.2);
        params.not_after = date_time_ymd(ends.0, ends.1, ends.2);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_a_date_are_read() {
        // date -u -d 2024-02-29 +%s; the same of 2049-12-31 and 2150-01-01
        let days = |secs: i64| secs * 1000;
        let short = Validity::of(&certificate((2024, 2, 29), (2049, 12, 31))).unwrap();
        assert_eq!(
            short,
            Validity { begins_ms: days(1_709_164_800), ends_ms: days(2_524_521_600) },
            "two digits"
        );
        let long = Validity::of(&certificate((1999, 12, 31), (2150, 1, 1))).unwrap();
        assert_eq!(long, Validity { begins_ms: days(946_598_400), ends_ms: days(5_680_281_600) });
    }

    #[test]
    fn what_is_no_certificate_has_no_dates() {
        let whole = certificate((2024, 1, 1), (2025, 1, 1));
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&whole[..length]), None, "cut off at {length}");
        }
        for place in 0..whole.len() {
            let mut broken = whole.clone();
            for value in [0, 0x7F, 0x80, 0x84, 0xFF] {
                broken[place] = value;
                // Any answer will do, as long as there is one.
                let _ = Validity::of(&broken);
            }
        }
    }

    #[test]
    fn three_weeks_before_the_end_somebody_should_know() {
        let validity = Validity { begins_ms: 0, ends_ms: 100 * DAY_MS };
        let at = |day: i64| validity.standing(day * DAY_MS);
        assert_eq!([at(-1), at(0), at(79)], [Standing::NotBegun, Standing::Holds(100), Standing::Holds(21)]);
        assert_eq!([at(80), at(100)], [Standing::EndsSoon(20), Standing::EndsSoon(0)]);
        assert_eq!(validity.standing(100 * DAY_MS + 1), Standing::Ended);
        assert_eq!(validity.said(0), "holds for 100 more days, until Sat, 11 Apr 1970 00:00:00 GMT");
    }
}
