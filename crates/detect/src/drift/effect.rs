//! How large a change has to be to matter.

use driftline_model::{DriftSettings, Effect, NaturalMovement, Sensitivity};

use super::compare::Comparison;
use super::evidence::{Aspect, TestOutcome};

/// Least change of the share of far values, in points of 1: one row in a hundred has become extreme.
const TAIL_CHANGE: f64 = 0.01;
/// Least change of a share that has become many times larger, or of values beyond all that is known.
const RARE_CHANGE: f64 = 0.003;
/// How many times larger that is.
const RARE_FACTOR: f64 = 4.0;
/// Least change of one class that has become many times larger or smaller.
const CLASS_CHANGE: f64 = 0.01;
/// How many times that is.
const CLASS_FACTOR: f64 = 3.0;
/// A test has to be this convincing by itself to speak for the effect that it looks at.
const OWN_P: f64 = 1e-3;
/// Standard normal quantile that a test of a report of about 40 has to reach at a false discovery rate of 1 %.
const DECIDING_Z: f64 = 3.5;
/// Density of a normal at its centre: a shift of d standard deviations moves this times d of the mass.
const CENTRE_DENSITY: f64 = 0.398_942;

/// The bars that a change has to pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bars {
    /// Least mass moved.
    pub(crate) mass: f64,
    /// Least change of the null share.
    pub(crate) nulls: f64,
    /// By how much every bar is raised above its default.
    scale: f64,
    /// Whether the reference's own movement set the bar.
    pub(crate) is_natural: bool,
}

impl Bars {
    /// The bars as configured, raised to the column's natural movement.
    pub(crate) fn new(settings: &DriftSettings, natural: Option<&NaturalMovement>) -> Self {
        let sensitivity = match settings.sensitivity {
            Sensitivity::Low => 2.0,
            Sensitivity::Normal => 1.0,
            Sensitivity::High => 0.5,
        };
        let configured = settings.min_mass_moved * sensitivity;
        let moved = natural.map_or(0.0, |natural| natural.mass_moved);
        let mass = configured.max(moved);
        Self {
            mass,
            nulls: settings.min_null_change * sensitivity,
            // Whoever finds small changes unimportant means those of tails and classes, too.
            scale: mass / DriftSettings::default().min_mass_moved,
            is_natural: moved > configured,
        }
    }

    /// Whether any part of the comparison is large enough.
    pub(crate) fn passed_by(&self, comparison: &Comparison) -> bool {
        comparison.mass_moved >= self.mass || comparison.tests.iter().any(|test| self.passed_by_part(test))
    }

    /// Whether the zone or class that a test looks at changed enough by itself.
    pub(crate) fn passed_by_part(&self, test: &TestOutcome) -> bool {
        let Some([reference, current]) = test.shares else { return false };
        if test.p_value > OWN_P {
            return false;
        }
        let change = (current - reference).abs();
        let factor = reference.max(current) / reference.min(current);
        match test.aspect {
            Aspect::Body | Aspect::Form => false,
            Aspect::Tail => {
                change >= TAIL_CHANGE * self.scale
                    || (change >= RARE_CHANGE * self.scale && factor >= RARE_FACTOR)
            }
            Aspect::Outlier => change >= RARE_CHANGE * self.scale,
            Aspect::Class => {
                change >= self.mass || (change >= CLASS_CHANGE * self.scale && factor >= CLASS_FACTOR)
            }
            Aspect::Unseen => change >= CLASS_CHANGE * self.scale,
        }
    }

    /// The effect as reported.
    pub(crate) fn effect(&self, comparison: &Comparison) -> Effect {
        let [n_r, n_c] = comparison.n.map(|n| n as f64);
        // A shift of d standard deviations has z = d sqrt(n/2) with n the harmonic mean of both sizes.
        let shift = DECIDING_Z * (1.0 / n_r + 1.0 / n_c).sqrt();
        Effect {
            mass_moved: comparison.mass_moved,
            shift_sd: comparison.shift_sd,
            threshold: self.mass,
            smallest_detectable: (CENTRE_DENSITY * shift).clamp(self.mass, self.mass.max(1.0)),
        }
    }

    /// Whether the share of cells of some sort changed enough.
    pub(crate) fn passed_by_share(&self, reference: f64, current: f64) -> bool {
        (current - reference).abs() >= RARE_CHANGE * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(sensitivity: Sensitivity, natural: f64) -> Bars {
        let settings = DriftSettings { sensitivity, ..DriftSettings::default() };
        Bars::new(&settings, Some(&NaturalMovement { blocks: 8, mass_moved: natural }))
    }

    fn part(aspect: Aspect, reference: f64, current: f64) -> TestOutcome {
        let shares = Some([reference, current]);
        TestOutcome { test: "t", statistic: 9.0, p_value: 1e-9, aspect, weight: 1.0, shares }
    }

    #[test]
    fn sensitivity_and_natural_movement_move_every_bar() {
        let normal = bars(Sensitivity::Normal, 0.0);
        assert_eq!((normal.mass, normal.nulls, normal.is_natural), (0.03, 0.02, false));
        assert_eq!(bars(Sensitivity::Low, 0.0).mass, 0.06);
        assert_eq!(bars(Sensitivity::High, 0.0).mass, 0.015);
        let raised = bars(Sensitivity::Normal, 0.09);
        assert_eq!((raised.mass, raised.is_natural), (0.09, true));
        assert!(normal.passed_by_part(&part(Aspect::Tail, 0.01, 0.022)));
        assert!(!raised.passed_by_part(&part(Aspect::Tail, 0.01, 0.022)));
    }

    #[test]
    fn the_configured_mass_moves_every_bar() {
        let with =
            |min_mass_moved| Bars::new(&DriftSettings { min_mass_moved, ..DriftSettings::default() }, None);
        let tail = part(Aspect::Tail, 0.01, 0.022);
        assert!(with(0.03).passed_by_part(&tail));
        assert!(!with(0.06).passed_by_part(&tail));
        assert!(with(0.015).passed_by_part(&part(Aspect::Tail, 0.01, 0.016)));
    }

    #[test]
    fn small_parts_matter_when_they_are_new() {
        let bars = bars(Sensitivity::Normal, 0.0);
        assert!(bars.passed_by_part(&part(Aspect::Outlier, 0.0, 0.004)));
        assert!(!bars.passed_by_part(&part(Aspect::Tail, 0.004, 0.008)));
        assert!(bars.passed_by_part(&part(Aspect::Class, 0.001, 0.012)));
        assert!(!bars.passed_by_part(&part(Aspect::Class, 0.30, 0.32)));
        assert!(!bars.passed_by_part(&part(Aspect::Body, 0.0, 1.0)));
        let unsure = TestOutcome { p_value: 0.01, ..part(Aspect::Outlier, 0.0, 0.02) };
        assert!(!bars.passed_by_part(&unsure));
    }
}
