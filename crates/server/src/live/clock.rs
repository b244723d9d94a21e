use std::time::{Duration, Instant};

use crate::state::now_ms;

/// How far the clock of the machine may be off before it is no longer followed.
const FOLLOWED_MS: i64 = 2_000;

/// The time of day that never goes back and never leaps: what jumps is the clock of the machine, not the feed.
#[derive(Debug)]
pub(super) struct LiveClock {
    anchor_ms: i64,
    since: Instant,
    jumps: u64,
}

impl LiveClock {
    pub(super) fn new() -> Self {
        Self { anchor_ms: now_ms(), since: Instant::now(), jumps: 0 }
    }

    /// Now, in milliseconds since 1970.
    pub(super) fn now_ms(&mut self) -> i64 {
        self.at(now_ms(), self.since.elapsed())
    }

    /// It is at least this moment: what was seen before a restart does not come again.
    pub(super) fn not_before(&mut self, seen_ms: i64) {
        let now_ms = self.now_ms();
        self.anchor_ms += (seen_ms - now_ms).max(0);
    }

    fn at(&mut self, wall_ms: i64, elapsed: Duration) -> i64 {
        let own = self.anchor_ms + i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        let off = wall_ms - own;
        if off.abs() <= FOLLOWED_MS {
            // Small corrections forward are taken over; backward they wait until time has caught up.
            self.anchor_ms += off.max(0);
            return own + off.max(0);
        }
        if self.jumps == 0 {
            tracing::warn!(
                off_ms = off,
                "the clock of the machine has jumped: monitors go on by their own time"
            );
        }
        self.jumps += 1;
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_corrections_and_no_jumps() {
        let mut clock = LiveClock { anchor_ms: 1_000_000, since: Instant::now(), jumps: 0 };
        let ms = Duration::from_millis;
        assert_eq!(clock.at(1_000_100, ms(100)), 1_000_100);
        assert_eq!(clock.at(1_000_700, ms(200)), 1_000_700, "half a second forward");
        assert_eq!(clock.at(1_000_600, ms(300)), 1_000_800, "never back");
        assert_eq!(clock.at(9_000_000, ms(400)), 1_000_900, "no leap");
        assert_eq!(clock.at(0, ms(500)), 1_001_000);
        let mut clock = LiveClock::new();
        let seen = clock.now_ms() + 7_200_000;
        clock.not_before(seen);
        assert!((seen..seen + 60_000).contains(&clock.now_ms()), "it goes on from what was seen");
        clock.not_before(seen - 3_600_000);
        assert!(clock.now_ms() >= seen);
    }
}
