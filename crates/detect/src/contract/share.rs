//! Shares of zeros and of negative numbers.

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, Ordered, Rule, Verdict};
use super::words::{of_rows, short};
use crate::wording::percent;

pub(crate) static ZEROS: Registered = Registered {
    info: RuleInfo {
        id: "zero_share_at_most",
        name: "Share of zeros",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "At most this share of the numbers is zero.",
        tolerance: false,
        parameters: &[required("max", Shape::Share, "greatest share of zeros")],
        example: "{ rule = \"zero_share_at_most\", max = 0.1 }",
        great_expectations: &[],
        deequ: &[],
    },
    prepare: |parameters| {
        let max = parameters.number("max").unwrap_or_default();
        Ok(Box::new(ShareAtMost { column: parameters.column(), max, of: Of::Zeros }))
    },
};

pub(crate) static NEGATIVES: Registered = Registered {
    info: RuleInfo {
        id: "negative_share_at_most",
        name: "Share of negative numbers",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "At most this share of the numbers is below zero.",
        tolerance: false,
        parameters: &[required("max", Shape::Share, "greatest share of negative numbers")],
        example: "{ rule = \"negative_share_at_most\", max = 0.0 }",
        great_expectations: &[],
        deequ: &["isNonNegative"],
    },
    prepare: |parameters| {
        let max = parameters.number("max").unwrap_or_default();
        Ok(Box::new(ShareAtMost { column: parameters.column(), max, of: Of::Negatives }))
    },
};

#[derive(Debug, Clone, Copy)]
enum Of {
    Zeros,
    Negatives,
}

struct ShareAtMost {
    column: String,
    max: f64,
    of: Of,
}

impl ShareAtMost {
    fn is(&self) -> &'static str {
        match self.of {
            Of::Zeros => "zero",
            Of::Negatives => "below zero",
        }
    }
}

impl Rule for ShareAtMost {
    fn promise(&self) -> String {
        format!("`{}` is {} in at most {} of the values", short(&self.column), self.is(), percent(self.max))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.ordered(&self.column, Ordered::Numbers)?;
        let (name, max, of, is) = (short(&self.column), self.max, self.of, self.is());
        Ok(Judge::Summary(Box::new(move |facts| {
            let Some(column) = facts.column(index) else {
                return Verdict::unjudged("the column was not read");
            };
            let found = column.numbers().map_or(0, |numbers| match of {
                Of::Zeros => numbers.zeros(),
                Of::Negatives => numbers.negatives(),
            });
            let judged = column.present();
            Verdict::of(found as f64 <= max * judged as f64, || {
                let (of, share) = (of_rows(found, judged), percent(found as f64 / judged.max(1) as f64));
                format!("`{name}` is {is} in {of}: {share}, where at most {} may be", percent(max))
            })
            .with_rows(found, judged)
        })))
    }
}
