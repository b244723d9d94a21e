//! Missing values.

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, RowJudge, Rule, Verdict};
use super::words::{of_rows, short};
use crate::wording::percent;

pub(crate) static NOT_NULL: Registered = Registered {
    info: RuleInfo {
        id: "not_null",
        name: "No missing values",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "Every row has a value.",
        tolerance: true,
        parameters: &[],
        example: "{ rule = \"not_null\" }",
        great_expectations: &["expect_column_values_to_not_be_null"],
        deequ: &["isComplete", "hasCompleteness"],
    },
    prepare: |parameters| Ok(Box::new(Null { column: parameters.column(), is_wanted: false })),
};

pub(crate) static NULL: Registered = Registered {
    info: RuleInfo {
        id: "null",
        name: "Nothing but missing values",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "No row has a value: for columns that are no longer filled.",
        tolerance: true,
        parameters: &[],
        example: "{ rule = \"null\" }",
        great_expectations: &["expect_column_values_to_be_null"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Null { column: parameters.column(), is_wanted: true })),
};

pub(crate) static SHARE: Registered = Registered {
    info: RuleInfo {
        id: "null_share_at_most",
        name: "Share of missing values",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "At most this share of the rows has no value.",
        tolerance: false,
        parameters: &[required("max", Shape::Share, "greatest share of rows without a value")],
        example: "{ rule = \"null_share_at_most\", max = 0.05 }",
        great_expectations: &["expect_column_proportion_of_non_null_values_to_be_between"],
        deequ: &["hasCompleteness"],
    },
    prepare: |parameters| {
        let max = parameters.number("max").unwrap_or_default();
        Ok(Box::new(ShareAtMost { column: parameters.column(), max }))
    },
};

struct Null {
    column: String,
    is_wanted: bool,
}

impl Rule for Null {
    fn promise(&self) -> String {
        let has = if self.is_wanted { "never has" } else { "always has" };
        format!("`{}` {has} a value", short(&self.column))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let (name, is_wanted) = (short(&self.column), self.is_wanted);
        let has = if is_wanted { "has a value" } else { "has no value" };
        Ok(Judge::Rows(RowJudge {
            shown: if is_wanted { vec![index] } else { Vec::new() },
            fault: format!("`{name}` {has}"),
            mark: Box::new(move |rows, broken| {
                // A cell that does not fit is no missing value: the rule about kinds tells of it.
                let failures = rows.chunk.failures_of(index).len();
                if is_wanted || rows.chunk.column(index).null_count() > failures {
                    let is_missing = |row| rows.is_null(index, row) && !rows.is_failure(index, row);
                    return rows.mark_rows(broken, |row| Some(is_missing(row) != is_wanted));
                }
                rows.chunk.rows() as u64
            }),
        }))
    }
}

struct ShareAtMost {
    column: String,
    max: f64,
}

impl Rule for ShareAtMost {
    fn promise(&self) -> String {
        format!("`{}` has no value in at most {} of the rows", short(&self.column), percent(self.max))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let (name, max) = (short(&self.column), self.max);
        Ok(Judge::Summary(Box::new(move |facts| {
            let (nulls, rows) = facts.column(index).map_or((0, 0), |column| (column.nulls(), column.count()));
            let is_kept = nulls as f64 <= max * rows as f64;
            Verdict::of(is_kept, || {
                let share = nulls as f64 / rows.max(1) as f64;
                let (of, share, max) = (of_rows(nulls, rows), percent(share), percent(max));
                format!("`{name}` has no value in {of}: {share}, where at most {max} may be")
            })
            .with_rows(nulls, rows)
        })))
    }
}
