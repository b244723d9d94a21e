use std::time::{Duration, Instant};

/// The time of the data.
#[derive(Debug)]
pub(super) struct Clock {
    start_ms: i64,
    started: Instant,
    speed: f64,
}

impl Clock {
    pub(super) fn starting(start_ms: i64, speed: f64) -> Self {
        Self { start_ms, started: Instant::now(), speed }
    }

    pub(super) fn now_ms(&self) -> i64 {
        let passed = self.started.elapsed().as_secs_f64() * self.speed * 1_000.0;
        self.start_ms.saturating_add(passed as i64)
    }

    /// How long somebody waits for so much time of the data.
    pub(super) fn wall(&self, length_ms: i64) -> Duration {
        Duration::from_secs_f64((length_ms.max(0) as f64 / 1_000.0 / self.speed).min(1e9))
    }

    /// How much time of the data passes while somebody waits.
    pub(super) fn passing_ms(&self, wall: Duration) -> i64 {
        (wall.as_secs_f64() * self.speed * 1_000.0) as i64
    }
}
