//! Incidents that come and go.

use driftline_model::service::FlapDamping;
use serde::{Deserialize, Serialize};

/// Most moments that are remembered; a rule cannot ask for more.
const MAX_REMEMBERED: usize = 100;

/// What one rule knows of the coming and going of incidents about one name of data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FlapState {
    /// When incidents were over, within the time that is looked at, oldest first.
    pub over_ms: Vec<i64>,
    /// Until when they are held back.
    pub held_until_ms: Option<i64>,
    /// Whether it was told that they are.
    pub is_told: bool,
}

impl FlapState {
    /// An incident is over. It may have been once too often.
    pub(crate) fn over(&mut self, damping: &FlapDamping, now_ms: i64) {
        if damping.max_times == 0 {
            return;
        }
        let within_ms = i64::from(damping.within_mins) * 60_000;
        self.over_ms.retain(|at| now_ms - at < within_ms);
        self.over_ms.push(now_ms);
        let excess = self.over_ms.len().saturating_sub(MAX_REMEMBERED);
        self.over_ms.drain(..excess);
        let is_held = self.held_until(now_ms).is_some();
        if is_held || self.over_ms.len() >= usize::try_from(damping.max_times).unwrap_or(usize::MAX) {
            self.is_told &= is_held;
            self.held_until_ms = Some(now_ms + within_ms);
        }
    }

    /// Until when incidents are held back, if they are at this moment.
    pub(crate) fn held_until(&self, now_ms: i64) -> Option<i64> {
        self.held_until_ms.filter(|until| *until > now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_often_is_held_until_it_is_calm() {
        let damping = FlapDamping { max_times: 2, within_mins: 1 };
        let mut flaps = FlapState::default();
        flaps.over(&damping, 0);
        assert_eq!(flaps.held_until(0), None);
        flaps.over(&damping, 60_000);
        assert_eq!(flaps.held_until(60_000), None, "the first is too long ago");
        flaps.over(&damping, 70_000);
        assert_eq!(flaps.held_until(70_000), Some(130_000));
        flaps.is_told = true;
        flaps.over(&damping, 129_000);
        assert_eq!((flaps.held_until(130_000), flaps.is_told), (Some(189_000), true));
        assert_eq!(flaps.held_until(189_000), None);
        flaps.over(&damping, 200_000);
        assert_eq!(flaps.held_until(200_000), None);
        flaps.over(&damping, 201_000);
        assert_eq!((flaps.held_until(201_000), flaps.is_told), (Some(261_000), false), "told anew");
        let never = FlapDamping { max_times: 0, ..damping };
        let mut flaps = FlapState::default();
        (0..1_000).for_each(|at| flaps.over(&never, at));
        assert_eq!(flaps, FlapState::default());
        let often = FlapDamping { max_times: 100, within_mins: 1440 };
        (0..1_000).for_each(|at| flaps.over(&often, at));
        assert_eq!(flaps.over_ms.len(), MAX_REMEMBERED);
    }
}
