//! Values and rows that come back, and how many different ones there are.

use super::columns::{counts, counts_words};
use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, KeyJudge, NotBound, Rule, Verdict};
use super::parameters::Parameters;
use super::words::short;
use crate::wording::{names, percent, thousands};

/// Standard error of the estimate of distinct values, relative; see the profile.
const DISTINCT_ERROR: f64 = 0.0115;
/// Standard errors beyond which an estimate is certain enough.
const CERTAIN: f64 = 3.0;

pub(crate) static UNIQUE: Registered = Registered {
    info: RuleInfo {
        id: "unique",
        name: "Unique values",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "No value comes back. Exact up to 3.5 million different values (shared by all rules of this sort); \
                  beyond, a share of the values is followed: what comes back among them is certain, and when nothing \
                  does, the rule says that it could not be judged.",
        tolerance: true,
        parameters: &[],
        example: "{ rule = \"unique\" }",
        great_expectations: &["expect_column_values_to_be_unique"],
        deequ: &["isUnique", "isPrimaryKey"],
    },
    prepare: |parameters| Ok(Box::new(Unique { columns: vec![parameters.column()] })),
};

pub(crate) static TOGETHER: Registered = Registered {
    info: RuleInfo {
        id: "unique_together",
        name: "Unique combinations",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "No combination of values of these columns comes back; rows without any of them are passed over. \
                  Exact as far as `unique` is.",
        tolerance: true,
        parameters: &[required("columns", Shape::Columns, "the columns of the key")],
        example: "{ rule = \"unique_together\", columns = [\"day\", \"flight\"] }",
        great_expectations: &["expect_compound_columns_to_be_unique"],
        deequ: &["hasUniqueness", "areUnique", "isPrimaryKey"],
    },
    prepare: |parameters| Ok(Box::new(Unique { columns: parameters.texts("columns") })),
};

pub(crate) static DUPLICATES: Registered = Registered {
    info: RuleInfo {
        id: "duplicate_share_at_most",
        name: "Share of repeated rows",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "At most this share of the rows repeats an earlier row in every cell. Exact as far as `unique` is.",
        tolerance: false,
        parameters: &[required("max", Shape::Share, "greatest share of repeated rows")],
        example: "{ rule = \"duplicate_share_at_most\", max = 0.001 }",
        great_expectations: &[],
        deequ: &["hasUniqueness"],
    },
    prepare: |parameters| Ok(Box::new(Duplicates { max: parameters.number("max").unwrap_or_default() })),
};

pub(crate) static DISTINCT: Registered = Registered {
    info: RuleInfo {
        id: "distinct_count_between",
        name: "Number of different values",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "There are so many different values. Exact up to 65,536; beyond, estimated to 1.15 %, and broken only \
                  when the estimate is three standard errors outside.",
        tolerance: false,
        parameters: &[
            optional("min", Shape::Count, "least number of different values"),
            optional("max", Shape::Count, "greatest number of different values"),
        ],
        example: "{ rule = \"distinct_count_between\", max = 50 }",
        great_expectations: &["expect_column_unique_value_count_to_be_between"],
        deequ: &["hasApproxCountDistinct", "hasNumberOfDistinctValues"],
    },
    prepare: |parameters| {
        let (min, max) = counts(parameters)?;
        Ok(Box::new(Distinct { column: parameters.column(), min, max }))
    },
};

pub(crate) static DISTINCT_SHARE: Registered = Registered {
    info: RuleInfo {
        id: "distinct_share_between",
        name: "Share of different values",
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary: "Different values, as a share of all values. Exact as far as the number of different values is.",
        tolerance: false,
        parameters: &[
            optional("min", Shape::Share, "least share"),
            optional("max", Shape::Share, "greatest share"),
        ],
        example: "{ rule = \"distinct_share_between\", min = 0.9 }",
        great_expectations: &["expect_column_proportion_of_unique_values_to_be_between"],
        deequ: &["hasDistinctness", "hasUniqueValueRatio"],
    },
    prepare: distinct_share,
};

struct Unique {
    columns: Vec<String>,
}

impl Rule for Unique {
    fn promise(&self) -> String {
        let is = if self.columns.len() == 1 { "never repeats" } else { "never repeat together" };
        format!("{} {is}", names(&self.columns, 5))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let repeat = if self.columns.len() == 1 {
            "repeats an earlier value"
        } else {
            "repeat earlier values together"
        };
        let shown: Vec<String> = self.columns.iter().map(|name| short(name)).collect();
        let fault = format!("{} {repeat}", names(&shown, 5));
        Ok(Judge::Keys(KeyJudge { columns: columns.indices(&self.columns)?, fault, allowed: None }))
    }
}

struct Duplicates {
    max: f64,
}

impl Rule for Duplicates {
    fn promise(&self) -> String {
        format!("at most {} of the rows repeat an earlier row", percent(self.max))
    }

    fn bind(&self, _: &Columns<'_>) -> Result<Judge, NotBound> {
        let fault = "An earlier row is repeated".to_owned();
        Ok(Judge::Keys(KeyJudge { columns: Vec::new(), fault, allowed: Some(self.max) }))
    }
}

struct Distinct {
    column: String,
    min: u64,
    max: u64,
}

impl Rule for Distinct {
    fn promise(&self) -> String {
        format!("`{}` takes {} different values", short(&self.column), counts_words(self.min, self.max))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let (name, min, max) = (short(&self.column), self.min, self.max);
        Ok(Judge::Summary(Box::new(move |facts| {
            let Some(column) = facts.column(index) else {
                return Verdict::unjudged("the column was not read");
            };
            let distinct = column.distinct();
            let count = thousands(distinct.estimate);
            let wanted = counts_words(min, max);
            if distinct.exact {
                return Verdict::of((min..=max).contains(&distinct.estimate), || {
                    format!("`{name}` takes {count} different values, not {wanted}")
                });
            }
            let leeway = (distinct.estimate as f64 * DISTINCT_ERROR * CERTAIN) as u64;
            let is_kept =
                distinct.estimate.saturating_add(leeway) >= min && distinct.estimate - leeway <= max;
            Verdict::of(is_kept, || {
                format!("`{name}` takes about {count} different values (estimated), not {wanted}")
            })
            .estimated()
        })))
    }
}

struct DistinctShare {
    column: String,
    min: f64,
    max: f64,
}

fn distinct_share(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let (min, max) = (parameters.number("min"), parameters.number("max"));
    let (low, high) = (min.unwrap_or(0.0), max.unwrap_or(1.0));
    if min.is_none() && max.is_none() {
        return Err("give `min`, `max` or both".to_owned());
    }
    if low > high {
        return Err("`min` is above `max`: no share could be right".to_owned());
    }
    Ok(Box::new(DistinctShare { column: parameters.column(), min: low, max: high }))
}

impl Rule for DistinctShare {
    fn promise(&self) -> String {
        let (min, max) = (percent(self.min), percent(self.max));
        format!("different values of `{}` are {min} to {max} of all", short(&self.column))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let (name, min, max) = (short(&self.column), self.min, self.max);
        Ok(Judge::Summary(Box::new(move |facts| {
            let Some(column) = facts.column(index) else {
                return Verdict::unjudged("the column was not read");
            };
            if column.present() == 0 {
                return Verdict::unjudged(format!("`{name}` has no values"));
            }
            let distinct = column.distinct();
            let share = distinct.estimate as f64 / column.present() as f64;
            let leeway = if distinct.exact { 0.0 } else { share * DISTINCT_ERROR * CERTAIN };
            let note = if distinct.exact { "" } else { " (estimated)" };
            let verdict = Verdict::of(share + leeway >= min && share - leeway <= max, || {
                let (share, min, max) = (percent(share), percent(min), percent(max));
                format!("Different values of `{name}` are {share} of all{note}, not {min} to {max}")
            });
            if distinct.exact { verdict } else { verdict.estimated() }
        })))
    }
}
