//! Which columns there are.

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, NotBound, Rule, Verdict};
use super::parameters::Parameters;
use super::words::short;
use crate::wording::{names, thousands};

/// Names shown in a message.
const SHOWN: usize = 5;

pub(crate) static PRESENT: Registered = Registered {
    info: RuleInfo {
        id: "column_present",
        name: "Column present",
        scope: RuleScope::Schema,
        place: RulePlace::Column,
        summary: "The column is there. Every [[column]] promises it unless it says `optional = true`.",
        tolerance: false,
        parameters: &[],
        example: "{ rule = \"column_present\", severity = \"high\" }",
        great_expectations: &["expect_column_to_exist"],
        deequ: &["hasColumn"],
    },
    prepare: |parameters| Ok(Box::new(Present { column: parameters.column(), is_wanted: true })),
};

pub(crate) static ABSENT: Registered = Registered {
    info: RuleInfo {
        id: "column_absent",
        name: "Column absent",
        scope: RuleScope::Schema,
        place: RulePlace::Column,
        summary: "There is no column of this name.",
        tolerance: false,
        parameters: &[],
        example: "{ rule = \"column_absent\" }",
        great_expectations: &[],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Present { column: parameters.column(), is_wanted: false })),
};

pub(crate) static ORDER: Registered = Registered {
    info: RuleInfo {
        id: "column_order",
        name: "Order of columns",
        scope: RuleScope::Schema,
        place: RulePlace::Table,
        summary: "These columns stand in this order; others may stand between them.",
        tolerance: false,
        parameters: &[required("columns", Shape::Columns, "the columns in their order")],
        example: "{ rule = \"column_order\", columns = [\"id\", \"name\"] }",
        great_expectations: &["expect_table_columns_to_match_ordered_list"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Order { columns: parameters.texts("columns") })),
};

pub(crate) static ONLY: Registered = Registered {
    info: RuleInfo {
        id: "columns_only",
        name: "No other columns",
        scope: RuleScope::Schema,
        place: RulePlace::Table,
        summary: "There are no columns beside these, which need not all be there.",
        tolerance: false,
        parameters: &[required("columns", Shape::Columns, "the columns that may be there")],
        example: "{ rule = \"columns_only\", columns = [\"id\", \"name\"] }",
        great_expectations: &["expect_table_columns_to_match_set"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Only { columns: parameters.texts("columns") })),
};

pub(crate) static COUNT: Registered = Registered {
    info: RuleInfo {
        id: "column_count_between",
        name: "Number of columns",
        scope: RuleScope::Schema,
        place: RulePlace::Table,
        summary: "There are so many columns.",
        tolerance: false,
        parameters: &[
            optional("min", Shape::Count, "least number"),
            optional("max", Shape::Count, "greatest number"),
        ],
        example: "{ rule = \"column_count_between\", min = 10, max = 12 }",
        great_expectations: &[
            "expect_table_column_count_to_be_between",
            "expect_table_column_count_to_equal",
        ],
        deequ: &["hasColumnCount"],
    },
    prepare: count,
};

struct Present {
    column: String,
    is_wanted: bool,
}

impl Rule for Present {
    fn promise(&self) -> String {
        let verb = if self.is_wanted { "there is" } else { "there is no" };
        format!("{verb} a column `{}`", short(&self.column)).replace("no a column", "no column")
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let is_there = columns.index(&self.column).is_ok();
        Ok(Judge::Known(Verdict::of(is_there == self.is_wanted, || {
            let name = short(&self.column);
            if self.is_wanted {
                format!("The column `{name}` is missing")
            } else {
                format!("There is a column `{name}`, which should not be there")
            }
        })))
    }
}

struct Order {
    columns: Vec<String>,
}

impl Rule for Order {
    fn promise(&self) -> String {
        format!("the columns stand in the order {}", names(&self.columns, SHOWN))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let places = columns.indices(&self.columns)?;
        let wrong =
            places.windows(2).zip(self.columns.windows(2)).find(|(places, _)| places.first() > places.last());
        Ok(Judge::Known(match wrong {
            Some((_, [before, after])) => {
                Verdict::broken(format!("`{}` stands behind `{}`", short(before), short(after)))
            }
            _ => Verdict::kept(),
        }))
    }
}

struct Only {
    columns: Vec<String>,
}

impl Rule for Only {
    fn promise(&self) -> String {
        format!("there are no columns beside {}", names(&self.columns, SHOWN))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let extra: Vec<String> = columns
            .schema
            .fields()
            .iter()
            .filter(|field| !self.columns.contains(&field.name))
            .map(|field| short(&field.name))
            .collect();
        Ok(Judge::Known(Verdict::of(extra.is_empty(), || {
            let (noun, are) = if extra.len() == 1 { ("column", "is") } else { ("columns", "are") };
            format!("The {noun} {} {are} not in the contract", names(&extra, SHOWN))
        })))
    }
}

struct Count {
    min: u64,
    max: u64,
}

fn count(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let (min, max) = counts(parameters)?;
    Ok(Box::new(Count { min, max }))
}

/// Both ends of a range of counts.
pub(crate) fn counts(parameters: &Parameters<'_>) -> Result<(u64, u64), String> {
    let (min, max) = (parameters.count("min"), parameters.count("max"));
    match (min, max) {
        (None, None) => Err("give `min`, `max` or both".to_owned()),
        (Some(min), Some(max)) if min > max => {
            Err("`min` is above `max`: no number could be right".to_owned())
        }
        _ => Ok((min.unwrap_or(0), max.unwrap_or(u64::MAX))),
    }
}

/// `at least 3`, `at most 9`, `from 3 to 9`.
pub(crate) fn counts_words(min: u64, max: u64) -> String {
    match (min, max) {
        (min, u64::MAX) => format!("at least {}", thousands(min)),
        (0, max) => format!("at most {}", thousands(max)),
        (min, max) if min == max => format!("exactly {}", thousands(min)),
        (min, max) => format!("from {} to {}", thousands(min), thousands(max)),
    }
}

impl Rule for Count {
    fn promise(&self) -> String {
        format!("there are {} columns", counts_words(self.min, self.max))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let count = columns.schema.len() as u64;
        Ok(Judge::Known(Verdict::of((self.min..=self.max).contains(&count), || {
            format!("There are {} columns, not {}", thousands(count), counts_words(self.min, self.max))
        })))
    }
}
