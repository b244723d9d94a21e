use driftline_chunk::Physical;
use serde::{Deserialize, Serialize};

use crate::dialect::Decimal;
use crate::parse::{DateFormat, NullSpellings, boolean, datetime, written_number};

/// How the cells of one column are turned into values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnPlan {
    /// How the values are held.
    #[serde(with = "held_as")]
    pub(crate) physical: Physical,
    /// How dates are written, where they are held as such.
    pub(crate) format: DateFormat,
    /// What separates decimals, where they are held as numbers.
    pub(crate) decimal: Decimal,
    /// Whether nothing is known because the sample held no value: what comes is counted by kind.
    pub(crate) unknown: bool,
}

/// How values are held, as the number that stands for it wherever it is kept.
mod held_as {
    use driftline_chunk::Physical;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it in so")]
    pub(super) fn serialize<S: Serializer>(physical: &Physical, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(physical.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Physical, D::Error> {
        u8::deserialize(deserializer).map(Physical::of_code)
    }
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
