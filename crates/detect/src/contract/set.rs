//! Values from a list.

use std::collections::HashSet;

use driftline_chunk::Physical;
use serde_json::Value;

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, RowJudge, Rule, Verdict};
use super::parameters::{Parameters, micros_of};
use super::words::short;
use crate::wording::names;

/// Values shown in a message.
const SHOWN: usize = 5;

pub(crate) static IN: Registered = Registered {
    info: RuleInfo {
        id: "in_set",
        name: "Values from a list",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "Every value is one of these; texts are compared letter by letter, numbers by value.",
        tolerance: true,
        parameters: &[required("values", Shape::Values, "the values that may be there")],
        example: "{ rule = \"in_set\", values = [\"red\", \"green\"] }",
        great_expectations: &[
            "expect_column_values_to_be_in_set",
            "expect_column_distinct_values_to_be_in_set",
        ],
        deequ: &["isContainedIn"],
    },
    prepare: |parameters| {
        Ok(Box::new(InSet { column: parameters.column(), set: Set::read(parameters), is_wanted: true }))
    },
};

pub(crate) static NOT_IN: Registered = Registered {
    info: RuleInfo {
        id: "not_in_set",
        name: "Values not from a list",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "No value is one of these.",
        tolerance: true,
        parameters: &[required("values", Shape::Values, "the values that may not be there")],
        example: "{ rule = \"not_in_set\", values = [\"unknown\", \"-\"] }",
        great_expectations: &["expect_column_values_to_not_be_in_set"],
        deequ: &[],
    },
    prepare: |parameters| {
        Ok(Box::new(InSet { column: parameters.column(), set: Set::read(parameters), is_wanted: false }))
    },
};

pub(crate) static CONTAINS: Registered = Registered {
    info: RuleInfo {
        id: "contains_values",
        name: "Values that occur",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "Each of these values occurs at least once.",
        tolerance: false,
        parameters: &[required("values", Shape::Values, "the values that must be there")],
        example: "{ rule = \"contains_values\", values = [\"EWR\", \"JFK\"] }",
        great_expectations: &["expect_column_distinct_values_to_contain_set"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(Contains { column: parameters.column(), set: Set::read(parameters) })),
};

/// Values as texts and as numbers, for either sort of column.
#[derive(Clone)]
struct Set {
    texts: Vec<String>,
}

impl Set {
    fn read(parameters: &Parameters<'_>) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            // 3 and 3.0 are one number, written as columns are.
            Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |x| x.to_string()),
            other => other.to_string(),
        };
        Self { texts: parameters.values("values").iter().map(text).collect() }
    }

    /// The values as numbers of a column that is held so.
    fn numbers(&self, held: Physical) -> Vec<f64> {
        let number = |text: &String| match held {
            Physical::Datetime => micros_of(text),
            _ => text.trim().parse::<f64>().ok(),
        };
        let mut numbers: Vec<f64> = self.texts.iter().filter_map(number).filter(|x| x.is_finite()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    fn words(&self) -> String {
        let shown: Vec<String> = self.texts.iter().map(|text| short(text)).collect();
        names(&shown, SHOWN)
    }
}

struct InSet {
    column: String,
    set: Set,
    is_wanted: bool,
}

impl Rule for InSet {
    fn promise(&self) -> String {
        let is = if self.is_wanted { "is one of" } else { "is none of" };
        format!("`{}` {is} {}", short(&self.column), self.set.words())
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let is_wanted = self.is_wanted;
        let is = if is_wanted { "is none of" } else { "is one of" };
        let fault = format!("`{}` {is} {}", short(&self.column), self.set.words());
        let held = columns.physical(index);
        let mark: Box<super::judge::Mark> = match held {
            Physical::Number | Physical::Datetime => {
                let numbers = self.set.numbers(held);
                Box::new(move |rows, broken| {
                    let is_in =
                        |x: f64| numbers.binary_search_by(|known| known.total_cmp(&(x + 0.0))).is_ok();
                    let is_in = &is_in;
                    rows.mark_numbers(index, broken, |x| is_in(x) != is_wanted)
                })
            }
            Physical::Boolean | Physical::Text => {
                let texts: HashSet<String> = self.set.texts.iter().cloned().collect();
                Box::new(move |rows, broken| {
                    rows.mark_texts(index, broken, |text| texts.contains(text) != is_wanted)
                })
            }
        };
        Ok(Judge::Rows(RowJudge { shown: vec![index], fault, mark }))
    }
}

struct Contains {
    column: String,
    set: Set,
}

impl Rule for Contains {
    fn promise(&self) -> String {
        format!("`{}` takes each of the values {}", short(&self.column), self.set.words())
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let (set, name, held) = (self.set.clone(), short(&self.column), columns.physical(index));
        Ok(Judge::Summary(Box::new(move |facts| {
            let Some(column) = facts.column(index) else {
                return Verdict::unjudged("the column was not read");
            };
            let missing: Vec<String> = match held {
                Physical::Text => {
                    let Some(counts) = column.text_counts() else {
                        return Verdict::unjudged("there are too many different values to look each up");
                    };
                    let is_there = |text: &String| counts.iter().any(|(known, _)| known == text);
                    set.texts.iter().filter(|text| !is_there(text)).map(|text| short(text)).collect()
                }
                _ => {
                    let Some(counts) = column.number_counts() else {
                        return Verdict::unjudged("there are too many different values to look each up");
                    };
                    let is_there = |text: &String| {
                        let wanted = match text.as_str() {
                            "true" if held == Physical::Boolean => Some(1.0),
                            "false" if held == Physical::Boolean => Some(0.0),
                            _ if held == Physical::Datetime => micros_of(text),
                            text => text.parse::<f64>().ok(),
                        };
                        counts.iter().any(|(known, _)| Some(*known) == wanted)
                    };
                    set.texts.iter().filter(|text| !is_there(text)).map(|text| short(text)).collect()
                }
            };
            Verdict::of(missing.is_empty(), || format!("`{name}` never is {}", names(&missing, SHOWN)))
        })))
    }
}
