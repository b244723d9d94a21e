//! How many rows there are, and how many of them could be read.

use super::columns::{counts, counts_words};
use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, NotBound, Rule, Verdict};
use super::words::of_rows;
use crate::wording::{percent, thousands};

pub(crate) static ROWS: Registered = Registered {
    info: RuleInfo {
        id: "row_count_between",
        name: "Number of rows",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "So many rows could be read.",
        tolerance: false,
        parameters: &[
            optional("min", Shape::Count, "least number of rows"),
            optional("max", Shape::Count, "greatest number of rows"),
        ],
        example: "{ rule = \"row_count_between\", min = 1000 }",
        great_expectations: &["expect_table_row_count_to_be_between", "expect_table_row_count_to_equal"],
        deequ: &["hasSize"],
    },
    prepare: |parameters| {
        let (min, max) = counts(parameters)?;
        Ok(Box::new(RowCount { min, max }))
    },
};

pub(crate) static UNREADABLE: Registered = Registered {
    info: RuleInfo {
        id: "unreadable_share_at_most",
        name: "Share of unreadable rows",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "At most this share of the rows could not be read and was set aside.",
        tolerance: false,
        parameters: &[required("max", Shape::Share, "greatest share of unreadable rows")],
        example: "{ rule = \"unreadable_share_at_most\", max = 0.001 }",
        great_expectations: &[],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Unreadable { max: parameters.number("max").unwrap_or_default() })),
};

struct RowCount {
    min: u64,
    max: u64,
}

impl Rule for RowCount {
    fn promise(&self) -> String {
        format!("there are {} rows", counts_words(self.min, self.max))
    }

    fn bind(&self, _: &Columns<'_>) -> Result<Judge, NotBound> {
        let (min, max) = (self.min, self.max);
        Ok(Judge::Summary(Box::new(move |facts| {
            let rows = facts.profile.rows();
            Verdict::of((min..=max).contains(&rows), || {
                format!("There are {} rows, not {}", thousands(rows), counts_words(min, max))
            })
        })))
    }
}

struct Unreadable {
    max: f64,
}

impl Rule for Unreadable {
    fn promise(&self) -> String {
        format!("at most {} of the rows cannot be read", percent(self.max))
    }

    fn bind(&self, _: &Columns<'_>) -> Result<Judge, NotBound> {
        let max = self.max;
        Ok(Judge::Summary(Box::new(move |facts| {
            let rejected = facts.rejected_rows;
            let all = facts.profile.rows() + rejected;
            Verdict::of(rejected as f64 <= max * all as f64, || {
                let share = percent(rejected as f64 / all.max(1) as f64);
                format!(
                    "{} could not be read: {share}, where at most {} may be",
                    of_rows(rejected, all),
                    percent(max)
                )
            })
            .with_rows(rejected, all)
        })))
    }
}
