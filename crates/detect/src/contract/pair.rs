//! Two columns side by side.

use driftline_chunk::{ColumnValues, Physical};

use super::info::{Parameter, Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, Mark, NotBound, RowJudge, Rows, Rule};
use super::parameters::Parameters;
use super::words::short;

const BOTH: [Parameter; 2] =
    [required("left", Shape::Column, "one column"), required("right", Shape::Column, "the other column")];

const fn info(
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    example: &'static str,
) -> RuleInfo {
    RuleInfo {
        id,
        name,
        scope: RuleScope::Row,
        place: RulePlace::Table,
        summary,
        tolerance: true,
        parameters: &BOTH,
        example,
        great_expectations: &[],
        deequ: &[],
    }
}

pub(crate) static AT_MOST: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_pair_values_a_to_be_greater_than_b"],
        deequ: &["isLessThanOrEqualTo", "isGreaterThanOrEqualTo"],
        ..info(
            "at_most_column",
            "At most another column",
            "In every row with both values, `left` is at most `right`; numbers or dates.",
            "{ rule = \"at_most_column\", left = \"start\", right = \"end\" }",
        )
    },
    prepare: |parameters| pair(parameters, Relation::AtMost),
};

pub(crate) static BELOW: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_pair_values_a_to_be_greater_than_b"],
        deequ: &["isLessThan", "isGreaterThan"],
        ..info(
            "below_column",
            "Below another column",
            "In every row with both values, `left` is below `right`; numbers or dates.",
            "{ rule = \"below_column\", left = \"start\", right = \"end\" }",
        )
    },
    prepare: |parameters| pair(parameters, Relation::Below),
};

pub(crate) static EQUAL: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_pair_values_to_be_equal"],
        ..info(
            "equals_column",
            "Equal to another column",
            "In every row with both values they are equal; any sort of values, held alike.",
            "{ rule = \"equals_column\", left = \"billed\", right = \"paid\" }",
        )
    },
    prepare: |parameters| pair(parameters, Relation::Equal),
};

pub(crate) static NULL_TOGETHER: Registered = Registered {
    info: info(
        "null_together",
        "Missing together",
        "In every row both columns have a value, or neither has.",
        "{ rule = \"null_together\", left = \"dep_time\", right = \"dep_delay\" }",
    ),
    prepare: |parameters| pair(parameters, Relation::NullTogether),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    AtMost,
    Below,
    Equal,
    NullTogether,
}

struct Pair {
    left: String,
    right: String,
    relation: Relation,
}

fn pair(parameters: &Parameters<'_>, relation: Relation) -> Result<Box<dyn Rule>, String> {
    let name = |which: &str| parameters.text(which).unwrap_or_default().to_owned();
    let (left, right) = (name("left"), name("right"));
    if left == right {
        return Err("`left` and `right` are the same column".to_owned());
    }
    Ok(Box::new(Pair { left, right, relation }))
}

impl Rule for Pair {
    fn promise(&self) -> String {
        let (left, right) = (short(&self.left), short(&self.right));
        match self.relation {
            Relation::AtMost => format!("`{left}` is at most `{right}`"),
            Relation::Below => format!("`{left}` is below `{right}`"),
            Relation::Equal => format!("`{left}` equals `{right}`"),
            Relation::NullTogether => format!("`{left}` and `{right}` are missing together or not at all"),
        }
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let (left, right) = (columns.index(&self.left)?, columns.index(&self.right)?);
        let held = [columns.physical(left), columns.physical(right)];
        let (a, b) = (short(&self.left), short(&self.right));
        let is_ordered = held[0] == held[1] && matches!(held[0], Physical::Number | Physical::Datetime);
        if self.relation != Relation::NullTogether && held[0] != held[1] {
            return Err(NotBound::Unfit(format!("`{a}` and `{b}` hold different sorts of values")));
        }
        if matches!(self.relation, Relation::AtMost | Relation::Below) && !is_ordered {
            return Err(NotBound::Unfit(format!("`{a}` and `{b}` do not hold numbers or dates")));
        }
        let fault = match self.relation {
            Relation::AtMost => format!("`{a}` is above `{b}`"),
            Relation::Below => format!("`{a}` is not below `{b}`"),
            Relation::Equal => format!("`{a}` differs from `{b}`"),
            Relation::NullTogether => format!("only one of `{a}` and `{b}` has a value"),
        };
        let mark: Box<Mark> = match self.relation {
            Relation::NullTogether => Box::new(move |rows, broken| {
                rows.mark_rows(broken, |row| Some(rows.is_null(left, row) != rows.is_null(right, row)))
            }),
            // Equal values have equal hashes, and numbers no others; texts are compared where hashes agree.
            Relation::Equal => Box::new(move |rows, broken| {
                rows.mark_rows(broken, |row| {
                    let is_judged = !rows.is_null(left, row) && !rows.is_null(right, row);
                    is_judged.then(|| !is_equal(rows, (left, right), row))
                })
            }),
            Relation::AtMost => {
                Box::new(move |rows, broken| compare(rows, (left, right), broken, |x, y| x > y))
            }
            Relation::Below => {
                Box::new(move |rows, broken| compare(rows, (left, right), broken, |x, y| x >= y))
            }
        };
        Ok(Judge::Rows(RowJudge { shown: vec![left, right], fault, mark }))
    }
}

fn is_equal(rows: &Rows<'_>, (left, right): (usize, usize), row: usize) -> bool {
    let hash = |column: usize| rows.hashes.column(column).get(row).copied();
    if hash(left) != hash(right) {
        return false;
    }
    match (rows.chunk.column(left), rows.chunk.column(right)) {
        (ColumnValues::Text(left), ColumnValues::Text(right)) => left.value(row) == right.value(row),
        _ => true,
    }
}

fn compare(
    rows: &Rows<'_>,
    (left, right): (usize, usize),
    broken: &mut super::breaks::Broken,
    breaks: impl Fn(f64, f64) -> bool,
) -> u64 {
    rows.mark_rows(broken, |row| Some(breaks(rows.number(left, row)?, rows.number(right, row)?)))
}
