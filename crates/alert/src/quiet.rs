//! Quiet hours: when people are left in peace.

use driftline_model::service::{QuietHours, QuietWindow};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

/// Most windows.
const MAX_WINDOWS: usize = 14;
/// Windows that are followed one after the other to the end of the quiet time: two weeks of them.
const MAX_CHAIN: usize = 2 * 7 * MAX_WINDOWS;

/// When the quiet time ends that `now_ms` lies in, in milliseconds since 1970; nothing when it lies in none. Windows
/// that touch or overlap are one quiet time. A time zone that is not known any more counts as UTC.
pub fn ends_ms(hours: &QuietHours, now_ms: i64) -> Option<i64> {
    let zone = zone(&hours.time_zone).unwrap_or(TimeZone::UTC);
    let mut at = now_ms;
    for _ in 0..MAX_CHAIN {
        let end = hours.windows.iter().filter_map(|window| window_end_ms(window, &zone, at)).max();
        match end {
            Some(end) if end > at => at = end,
            _ => break,
        }
    }
    (at > now_ms).then_some(at)
}

/// When the window ends that is open at a moment.
fn window_end_ms(window: &QuietWindow, zone: &TimeZone, at_ms: i64) -> Option<i64> {
    let (from, to) = (time(&window.from)?, time(&window.to)?);
    let today = Timestamp::from_millisecond(at_ms).ok()?.to_zoned_datetime(zone.clone()).date();
    // It may have begun yesterday.
    [today.yesterday().ok(), Some(today)].into_iter().flatten().find_map(|day| {
        if !is_day(window, day) {
            return None;
        }
        let ends = if to > from { day } else { day.checked_add(Span::new().days(1)).ok()? };
        let moment = |day: Date, time: Time| {
            Some(day.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp().as_millisecond())
        };
        let (from_ms, to_ms) = (moment(day, from)?, moment(ends, to)?);
        (from_ms <= at_ms && at_ms < to_ms).then_some(to_ms)
    })
}

fn is_day(window: &QuietWindow, day: Date) -> bool {
    let name = match day.weekday() {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    };
    window.days.is_empty() || window.days.iter().any(|known| known == name)
}

/// A time zone by its name or its offset from UTC.
fn zone(name: &str) -> Option<TimeZone> {
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let Some(sign) = name.chars().next().filter(|sign| matches!(sign, '+' | '-')) else {
        return TimeZone::get(name).ok();
    };
    let time = time(name.get(1..)?)?;
    let secs = i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60;
    Offset::from_seconds(if sign == '-' { -secs } else { secs }).ok().map(TimeZone::fixed)
}

/// A time of the day such as `07:30`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// Whether quiet hours make sense; otherwise what would be right.
pub(crate) fn check(hours: &QuietHours) -> Result<(), String> {
    if zone(&hours.time_zone).is_none() {
        let name = &hours.time_zone;
        return Err(format!("names the unknown time zone `{name}`: use `UTC`, `+02:00` or `Europe/Zurich`"));
    }
    if hours.windows.is_empty() || hours.windows.len() > MAX_WINDOWS {
        return Err(format!("needs 1 to {MAX_WINDOWS} windows"));
    }
    for window in &hours.windows {
        if let Some(text) = [&window.from, &window.to].into_iter().find(|text| time(text).is_none()) {
            return Err(format!("has `{text}`, which is no time such as `22:00`"));
        }
        let is_known =
            |day: &&String| !["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&day.as_str());
        if let Some(day) = window.days.iter().find(is_known) {
            return Err(format!("has `{day}`, which is no day such as `mon`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(time_zone: &str, windows: &[(&[&str], &str, &str)]) -> QuietHours {
        let window = |(days, from, to): &(&[&str], &str, &str)| QuietWindow {
            days: days.iter().map(|day| (*day).to_owned()).collect(),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
        };
        QuietHours {
            time_zone: time_zone.to_owned(),
            windows: windows.iter().map(window).collect(),
            critical_breaks_through: false,
        }
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn ends(hours: &QuietHours, now: &str) -> Option<String> {
        ends_ms(hours, ms(now)).map(|ms| Timestamp::from_millisecond(ms).unwrap().to_string())
    }

    #[test]
    fn nights_go_over_midnight() {
        let nights = hours("UTC", &[(&[], "22:00", "07:00")]);
        let end = Some("2026-11-26T07:00:00Z".to_owned());
        assert_eq!(ends(&nights, "2026-11-25T22:00:00Z"), end);
        assert_eq!(ends(&nights, "2026-11-26T06:59:59Z"), end);
        assert_eq!(ends(&nights, "2026-11-26T07:00:00Z"), None);
        assert_eq!(ends(&nights, "2026-11-25T21:59:59Z"), None);
        let east = hours("+02:00", &[(&[], "22:00", "07:00")]);
        assert_eq!(ends(&east, "2026-11-25T20:00:00Z").unwrap(), "2026-11-26T05:00:00Z");
        let west = hours("-03:30", &[(&[], "22:00", "07:00")]);
        assert_eq!(ends(&west, "2026-11-26T01:30:00Z").unwrap(), "2026-11-26T10:30:00Z");
    }

    #[test]
    fn weekends_and_nights_are_one_quiet_time() {
        // 2026-11-27 is a Friday.
        let days: &[&str] = &["mon", "tue", "wed", "thu", "fri"];
        let quiet = hours("UTC", &[(days, "18:00", "08:00"), (&["sat", "sun"], "08:00", "08:00")]);
        assert_eq!(ends(&quiet, "2026-11-27T19:00:00Z").unwrap(), "2026-11-30T08:00:00Z");
        assert_eq!(ends(&quiet, "2026-11-27T12:00:00Z"), None);
        assert_eq!(ends(&quiet, "2026-11-24T02:00:00Z").unwrap(), "2026-11-24T08:00:00Z");
    }

    #[test]
    fn clocks_that_are_set_forward_are_followed() {
        // In Zurich 02:00 to 03:00 was left out on 2026-03-29.
        let zurich = hours("Europe/Zurich", &[(&[], "22:00", "07:00")]);
        assert_eq!(ends(&zurich, "2026-03-28T22:00:00Z").unwrap(), "2026-03-29T05:00:00Z");
        assert_eq!(ends(&zurich, "2026-03-27T22:00:00Z").unwrap(), "2026-03-28T06:00:00Z");
    }

    #[test]
    fn hours_without_sense_are_refused() {
        let wrong = |hours: &QuietHours| check(hours).unwrap_err();
        assert_eq!(check(&hours("America/New_York", &[(&["mon"], "22:00", "07:00")])), Ok(()));
        assert!(wrong(&hours("Mars/Olympus", &[(&[], "22:00", "07:00")])).contains("Mars/Olympus"));
        assert!(wrong(&hours("+99:00", &[(&[], "22:00", "07:00")])).contains("+99:00"));
        assert!(wrong(&hours("UTC", &[])).contains("windows"));
        assert!(wrong(&hours("UTC", &[(&[], "24:00", "07:00")])).contains("24:00"));
        assert!(wrong(&hours("UTC", &[(&[], "22:00", "7")])).contains("`7`"));
        assert!(wrong(&hours("UTC", &[(&["monday"], "22:00", "07:00")])).contains("monday"));
    }
}
