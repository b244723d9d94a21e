//! Room around what was seen, in round numbers.

/// Share of the range that is left free on either side.
const ROOM: f64 = 0.1;

/// Rounding errors that must not become a step.
const NOISE: f64 = 1e-6;

/// A range around `min..=max`, rounded outwards to two digits of its width; it does not cross zero when the values
/// do not.
pub(super) fn around(min: f64, max: f64) -> (f64, f64) {
    let width = max - min;
    let step = 10_f64.powf((width.log10() - 1.0).floor());
    if !step.is_normal() || !width.is_finite() {
        return (min, max);
    }
    let low = round_to((min - ROOM * width) / step + NOISE, f64::floor, step).min(min);
    let high = round_to((max + ROOM * width) / step - NOISE, f64::ceil, step).max(max);
    (if min >= 0.0 { low.max(0.0) } else { low }, if max <= 0.0 { high.min(0.0) } else { high })
}

/// Steps to a number. Dividing by the whole inverse of a small step keeps 0.3 from becoming 0.30000000000000004.
fn round_to(steps: f64, round: fn(f64) -> f64, step: f64) -> f64 {
    let whole = round(steps);
    let inverse = (1.0 / step).round();
    if step < 1.0 && inverse.is_finite() { whole / inverse } else { whole * step }
}

/// Twice a share, and more by at least `least`; rounded up to two digits, at most 1.
pub(super) fn share_above(share: f64, least: f64) -> f64 {
    let wanted = (share * 2.0).max(share + least);
    let digits = (1.0 - wanted.log10().floor()).clamp(1.0, 9.0);
    let scale = 10_f64.powf(digits).round();
    ((wanted * scale - 1e-9).ceil() / scale).min(1.0)
}

/// Half of a count, rounded down to two digits.
pub(super) fn count_below(count: u64) -> u64 {
    let half = count / 2;
    let step = step_of(half);
    half / step * step
}

/// Twice a count, rounded up to two digits.
pub(super) fn count_above(count: u64) -> u64 {
    let double = count.saturating_mul(2).max(1);
    let step = step_of(double);
    double.div_ceil(step).saturating_mul(step)
}

fn step_of(count: u64) -> u64 {
    10_u64.pow(count.max(1).ilog10().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_round_and_keep_their_sign() {
        assert_eq!(around(10.0, 870.0), (0.0, 960.0));
        assert_eq!(around(-43.0, 1301.0), (-200.0, 1500.0));
        assert_eq!(around(0.01, 0.3), (0.0, 0.33));
        assert_eq!(around(-5.0, -1.0), (-5.4, -0.6));
        let (low, high) = around(1e-300, 1e300);
        assert!(low <= 1e-300 && high >= 1e300);
    }

    #[test]
    fn counts_and_shares_leave_room() {
        assert_eq!((count_below(27_004), count_above(27_004)), (13_000, 55_000));
        assert_eq!((count_below(1), count_above(1), count_above(0)), (0, 2, 1));
        assert_eq!([0.0, 0.02, 0.5, 0.9].map(|share| share_above(share, 0.01)), [0.01, 0.04, 1.0, 1.0]);
    }
}
