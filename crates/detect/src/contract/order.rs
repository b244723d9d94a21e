//! Columns that only rise or fall.

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional};
use super::judge::{Columns, Judge, NotBound, OrderJudge, Ordered, Rule};
use super::parameters::Parameters;
use super::words::short;

pub(crate) static INCREASING: Registered = Registered {
    info: RuleInfo {
        id: "increasing",
        name: "Rising",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "No number or date is below the one before it, in the order of the file; nulls are passed over.",
        tolerance: true,
        parameters: &[optional("strict", Shape::Flag, "whether equal values break it too")],
        example: "{ rule = \"increasing\", strict = true }",
        great_expectations: &["expect_column_values_to_be_increasing"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Monotone::read(parameters, false))),
};

pub(crate) static DECREASING: Registered = Registered {
    info: RuleInfo {
        id: "decreasing",
        name: "Falling",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "No number or date is above the one before it, in the order of the file; nulls are passed over.",
        tolerance: true,
        parameters: &[optional("strict", Shape::Flag, "whether equal values break it too")],
        example: "{ rule = \"decreasing\" }",
        great_expectations: &["expect_column_values_to_be_decreasing"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Monotone::read(parameters, true))),
};

struct Monotone {
    column: String,
    is_strict: bool,
    is_falling: bool,
}

impl Monotone {
    fn read(parameters: &Parameters<'_>, is_falling: bool) -> Self {
        Self { column: parameters.column(), is_strict: parameters.flag("strict"), is_falling }
    }
}

impl Rule for Monotone {
    fn promise(&self) -> String {
        let way = match (self.is_falling, self.is_strict) {
            (false, false) => "never falls",
            (false, true) => "rises with every row",
            (true, false) => "never rises",
            (true, true) => "falls with every row",
        };
        format!("`{}` {way}", short(&self.column))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let column = columns.ordered(&self.column, Ordered::Either)?;
        let not = match (self.is_falling, self.is_strict) {
            (false, false) => "falls",
            (false, true) => "does not rise",
            (true, false) => "rises",
            (true, true) => "does not fall",
        };
        Ok(Judge::Order(OrderJudge {
            column,
            is_strict: self.is_strict,
            is_falling: self.is_falling,
            fault: format!("`{}` {not}", short(&self.column)),
        }))
    }
}
