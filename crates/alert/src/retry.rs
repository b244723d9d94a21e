/// Longest wait between two attempts: an hour.
const MAX_WAIT_MS: i64 = 60 * 60 * 1000;
/// How long a message is tried: a day.
pub const GIVE_UP_MS: i64 = 24 * 60 * 60 * 1000;

/// How long to wait after so many failed attempts: twice as long each time, up to an hour, and up to half as long again,
/// so that what failed together does not come back together. `lot` is any number. What the other side asks for is
/// kept to, up to an hour.
pub fn wait_ms(attempts: i64, first_ms: i64, retry_after_ms: Option<i64>, lot: u64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 30)).unwrap_or(0);
    let wait = first_ms.max(1).saturating_mul(1_i64 << doublings).min(MAX_WAIT_MS);
    let wait = wait.max(retry_after_ms.unwrap_or(0).min(MAX_WAIT_MS));
    let spread = u64::try_from(wait / 2).unwrap_or(0);
    wait + i64::try_from(lot % (spread + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<i64> = (1..=12).map(|attempts| wait_ms(attempts, 10_000, None, 0) / 1000).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        assert_eq!(wait_ms(1, 10_000, Some(120_000), 0), 120_000);
        assert_eq!(wait_ms(1, 10_000, Some(i64::MAX), 0), MAX_WAIT_MS);
        assert_eq!(wait_ms(i64::MAX, i64::MAX, None, 0), MAX_WAIT_MS);
        assert!((0..1_000).all(|lot| (10_000..=15_000).contains(&wait_ms(1, 10_000, None, lot * 7_919))));
        // A channel that is down for a day is asked some thirty times.
        let mut at = 0;
        let attempts = (1..).take_while(|attempts| {
            at += wait_ms(*attempts, 10_000, None, 0);
            at < GIVE_UP_MS
        });
        assert_eq!(attempts.count(), 31);
    }
}
