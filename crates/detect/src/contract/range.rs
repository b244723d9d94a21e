use super::parameters::{Bound, Parameters};
use super::words::{moment_words, plain};

/// An interval of numbers or of moments, open or closed on either side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    min: f64,
    max: f64,
    strict_min: bool,
    strict_max: bool,
    /// Whether the ends are moments.
    pub(crate) of_moments: bool,
}

impl Range {
    /// The range that `min`, `max`, `strict_min` and `strict_max` say.
    pub(crate) fn read(parameters: &Parameters<'_>) -> Result<Self, String> {
        let (min, max) = (parameters.bound("min"), parameters.bound("max"));
        if min.is_none() && max.is_none() {
            return Err("give `min`, `max` or both".to_owned());
        }
        let is_moment = |bound: Option<Bound>| matches!(bound, Some(Bound::Moment(_)));
        if let (Some(low), Some(high)) = (min, max) {
            if is_moment(min) != is_moment(max) {
                return Err("`min` and `max` must both be numbers or both be dates".to_owned());
            }
            let is_strict = parameters.flag("strict_min") || parameters.flag("strict_max");
            if low.value() > high.value() || (is_strict && low.value() == high.value()) {
                return Err("`min` is above `max`: no value could be right".to_owned());
            }
        }
        Ok(Self {
            min: min.map_or(f64::NEG_INFINITY, Bound::value),
            max: max.map_or(f64::INFINITY, Bound::value),
            strict_min: min.is_some() && parameters.flag("strict_min"),
            strict_max: max.is_some() && parameters.flag("strict_max"),
            of_moments: is_moment(min) || is_moment(max),
        })
    }

    /// The same for numbers alone.
    pub(crate) fn of_numbers(parameters: &Parameters<'_>) -> Result<Self, String> {
        let range = Self::read(parameters)?;
        if range.of_moments {
            return Err("`min` and `max` are numbers here".to_owned());
        }
        Ok(range)
    }

    #[inline]
    pub(crate) fn contains(&self, x: f64) -> bool {
        // Plain comparisons without branches, for loops over many values.
        let above = (x > self.min) | ((x == self.min) & !self.strict_min);
        let below = (x < self.max) | ((x == self.max) & !self.strict_max);
        above & below
    }

    /// Whether no value of `low..=high` lies within.
    pub(crate) fn is_apart_from(&self, low: f64, high: f64) -> bool {
        (high < self.min || (high == self.min && self.strict_min))
            || (low > self.max || (low == self.max && self.strict_max))
    }

    fn show(&self, x: f64) -> String {
        if self.of_moments { moment_words(x) } else { plain(x) }
    }

    /// What must hold: `at least 0`, `below 10`, `from 0 to 10`.
    pub(crate) fn promise(&self) -> String {
        let low = if self.strict_min { "above" } else { "at least" };
        let high = if self.strict_max { "below" } else { "at most" };
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, false) => format!("{low} {}", self.show(self.min)),
            (false, true) => format!("{high} {}", self.show(self.max)),
            (true, true) if !self.strict_min && !self.strict_max => {
                format!("from {} to {}", self.show(self.min), self.show(self.max))
            }
            _ => format!("{low} {} and {high} {}", self.show(self.min), self.show(self.max)),
        }
    }

    /// What is wrong with what lies outside: `below 0`, `10 or more`, `outside 0 to 10`.
    pub(crate) fn fault(&self) -> String {
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, false) if self.strict_min => format!("{} or less", self.show(self.min)),
            (true, false) => format!("below {}", self.show(self.min)),
            (false, true) if self.strict_max => format!("{} or more", self.show(self.max)),
            (false, true) => format!("above {}", self.show(self.max)),
            _ => format!("outside {} to {}", self.show(self.min), self.show(self.max)),
        }
    }
}
