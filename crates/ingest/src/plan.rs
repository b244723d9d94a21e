use driftline_chunk::Physical;

use crate::dialect::Decimal;
use crate::parse::{DateFormat, NullSpellings, boolean, datetime, written_number};

/// How the cells of one column are turned into values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnPlan {
    /// How the values are held.
    pub(crate) physical: Physical,
    /// How dates are written, where they are held as such.
    pub(crate) format: DateFormat,
    /// What separates decimals, where they are held as numbers.
    pub(crate) decimal: Decimal,
    /// Whether nothing is known because the sample held no value: what comes is counted by kind.
    pub(crate) unknown: bool,
}

impl ColumnPlan {
    /// Whether a spelling of "no value" would be taken for a value of this column, so that it must be looked for
    /// first.
    pub(crate) fn confuses(&self, nulls: &NullSpellings) -> bool {
        match self.physical {
            Physical::Number => nulls.any(|spelling| written_number(spelling, self.decimal).is_some()),
            Physical::Boolean => nulls.any(|spelling| boolean(spelling).is_some()),
            Physical::Datetime => nulls.any(|spelling| datetime(spelling, self.format).is_some()),
            Physical::Text => false,
        }
    }
}
