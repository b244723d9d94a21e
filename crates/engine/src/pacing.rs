//! When it is decided over the rows so far: often enough to be news, seldom enough to cost next to nothing.

/// How often it is decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pacing {
    /// Share of the run that deciding may take. Below the one part in twenty that is promised, since the length of
    /// a run and the cost of the next decision are guesses. Infinite: at any price.
    pub(crate) share: f64,
    /// Least time between two decisions, and between the last one and the end, in seconds.
    pub(crate) interval_secs: f64,
    /// Least time before the first one, in seconds: the rows of the first chunks alone say little.
    pub(crate) first_secs: f64,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { share: 0.04, interval_secs: 0.5, first_secs: 0.25 }
    }
}

/// How far the pass over the current data is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    /// Bytes read, as stored.
    pub(crate) bytes: u64,
    /// Bytes in all, as stored, where known.
    pub(crate) bytes_total: Option<u64>,
    /// Whether memory is short, so that nothing should be copied.
    pub(crate) is_tight: bool,
}

impl Reached {
    /// Share of the bytes read, 0..1.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub(crate) fn share(&self) -> Option<f64> {
        let total = self.bytes_total.filter(|&total| total > 0)?;
        Some((self.bytes as f64 / total as f64).min(1.0))
    }

    /// Time that the rest takes when the beginning took `so_far_secs`.
    fn left_secs(&self, so_far_secs: f64) -> Option<f64> {
        let share = self.share().filter(|&share| share > 0.0)?;
        Some(so_far_secs * (1.0 - share) / share)
    }
}

/// What deciding has cost so far and may still cost. All moments are in seconds since the pass over the current
/// data began.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    pacing: Pacing,
    /// What the run took before.
    before_secs: f64,
    /// What all decisions so far took, in seconds of one thread.
    cost_secs: f64,
    /// What the next one will take.
    expected_secs: f64,
    /// When the last one was over.
    last_secs: Option<f64>,
}

impl Budget {
    /// A budget of which nothing was spent; the first decision is expected to take `expected_secs`.
    pub(crate) fn new(pacing: Pacing, before_secs: f64, expected_secs: f64) -> Self {
        Self { pacing, before_secs, cost_secs: 0.0, expected_secs, last_secs: None }
    }

    /// Whether it is time for a decision.
    pub(crate) fn is_due(&self, now_secs: f64, reached: &Reached) -> bool {
        let is_early = match self.last_secs {
            None => now_secs < self.pacing.first_secs,
            Some(last_secs) => now_secs - last_secs < self.pacing.interval_secs,
        };
        if is_early || reached.is_tight {
            return false;
        }
        if self.pacing.share.is_infinite() {
            return true;
        }
        // Shortly before the end the report is worth waiting for, and threads would have to wait for this one.
        let left_secs = reached.left_secs(now_secs);
        let least_left_secs = self.expected_secs.max(self.pacing.interval_secs);
        if left_secs.is_some_and(|left_secs| left_secs < least_left_secs) {
            return false;
        }
        let passed_secs = self.before_secs + now_secs;
        // The first one may be paid for by what is still to come; the later ones wait until it has been.
        let to_come_secs = left_secs.filter(|_| self.last_secs.is_none()).unwrap_or(0.0);
        self.cost_secs + self.expected_secs <= self.pacing.share * (passed_secs + to_come_secs)
    }

    /// Notes that a decision took `cost_secs` and is over now.
    pub(crate) fn spend(&mut self, cost_secs: f64, now_secs: f64) {
        self.cost_secs += cost_secs;
        self.expected_secs = cost_secs;
        self.last_secs = Some(now_secs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When decisions begin in a pass of `total_secs`, when each takes `cost_secs` and chunks end every 10 ms.
    fn moments(mut budget: Budget, (total_secs, cost_secs): (f64, f64), is_stream: bool) -> Vec<f64> {
        let mut moments = Vec::new();
        let mut now_secs = 0.0;
        while now_secs < total_secs {
            let bytes = (now_secs / total_secs * 1e6) as u64;
            let bytes_total = (!is_stream).then_some(1_000_000);
            if budget.is_due(now_secs, &Reached { bytes, bytes_total, is_tight: false }) {
                moments.push(now_secs);
                now_secs += cost_secs;
                budget.spend(cost_secs, now_secs);
            }
            now_secs += 0.01;
        }
        moments
    }

    #[test]
    fn deciding_keeps_to_its_share_and_to_twice_a_second() {
        for (total_secs, cost_secs) in [(4.0, 0.1), (30.0, 0.1), (30.0, 0.5), (300.0, 2.0), (60.0, 0.001)] {
            for is_stream in [false, true] {
                let budget = Budget::new(Pacing::default(), 0.0, cost_secs);
                let moments = moments(budget, (total_secs, cost_secs), is_stream);
                let share = moments.len() as f64 * cost_secs / total_secs;
                assert!(share <= 0.05, "{share} of {total_secs} s at {cost_secs} s");
                assert!(moments.windows(2).all(|pair| pair[1] - pair[0] >= 0.5));
                assert!(is_stream || moments[0] < 0.3, "the first comes soon: {moments:?}");
            }
        }
    }

    #[test]
    fn a_run_that_is_soon_over_is_not_held_up() {
        let cheap =
            |total_secs| moments(Budget::new(Pacing::default(), 0.0, 0.001), (total_secs, 0.001), false);
        assert_eq!(cheap(0.7), [] as [f64; 0]);
        assert!(cheap(10.0).iter().all(|&moment| moment <= 9.51));
        let dear = Budget::new(Pacing::default(), 0.0, 1.0);
        assert_eq!(moments(dear.clone(), (20.0, 1.0), false), [] as [f64; 0], "it would take too much");
        assert_eq!(moments(Budget { before_secs: 20.0, ..dear }, (20.0, 1.0), false).len(), 1);
    }

    #[test]
    fn nothing_is_copied_while_memory_is_short() {
        let reached = Reached { bytes: 1, bytes_total: Some(1_000), is_tight: false };
        let budget = Budget::new(Pacing::default(), 0.0, 0.01);
        assert!(budget.is_due(1.0, &reached));
        assert!(!budget.is_due(1.0, &Reached { is_tight: true, ..reached }));
    }
}
