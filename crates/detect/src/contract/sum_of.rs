use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, NotBound, Ordered, RowJudge, Rule};
use super::parameters::Parameters;
use super::words::{plain, short};
use crate::wording::names;

/// Rounding of sums of decimal fractions, relative to the largest number in a row: some thousand units in the last
/// place of a double.
const ROUNDING: f64 = 1e-12;

pub(crate) static SUM_OF: Registered = Registered {
    info: RuleInfo {
        id: "sum_equals",
        name: "Columns add up",
        scope: RuleScope::Row,
        place: RulePlace::Table,
        summary: "In every row with all values, the columns add up to `total`, to within `within`.",
        tolerance: true,
        parameters: &[
            required("columns", Shape::Columns, "the columns that are added"),
            required("total", Shape::Column, "the column that holds their sum"),
            optional("within", Shape::Number, "greatest difference that counts as equal; 0 when left out"),
        ],
        example: "{ rule = \"sum_equals\", columns = [\"net\", \"tax\"], total = \"gross\", within = 0.01 }",
        great_expectations: &["expect_multicolumn_sum_to_equal"],
        deequ: &[],
    },
    prepare,
};

struct SumOf {
    columns: Vec<String>,
    total: String,
    within: f64,
}

fn prepare(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let columns = parameters.texts("columns");
    let within = parameters.number("within").unwrap_or_default();
    if within < 0.0 {
        return Err("`within` is not below zero".to_owned());
    }
    let total = parameters.text("total").unwrap_or_default().to_owned();
    if columns.contains(&total) {
        return Err("`total` is among the columns that are added".to_owned());
    }
    Ok(Box::new(SumOf { columns, total, within }))
}

impl SumOf {
    fn within(&self) -> String {
        if self.within > 0.0 { format!(" to within {}", plain(self.within)) } else { String::new() }
    }
}

impl Rule for SumOf {
    fn promise(&self) -> String {
        format!("{} add up to `{}`{}", names(&self.columns, 4), short(&self.total), self.within())
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let mut parts = Vec::with_capacity(self.columns.len());
        for name in &self.columns {
            parts.push(columns.ordered(name, Ordered::Numbers)?);
        }
        let total = columns.ordered(&self.total, Ordered::Numbers)?;
        let mut shown = parts.clone();
        shown.push(total);
        let within = self.within;
        let fault =
            format!("{} do not add up to `{}`{}", names(&self.columns, 4), short(&self.total), self.within());
        Ok(Judge::Rows(RowJudge {
            shown,
            fault,
            mark: Box::new(move |rows, broken| {
                rows.mark_rows(broken, |row| {
                    let wanted = rows.number(total, row)?;
                    let (mut sum, mut largest) = (0.0, wanted.abs());
                    for &part in &parts {
                        let value = rows.number(part, row)?;
                        sum += value;
                        largest = value.abs().max(largest);
                    }
                    let difference = (sum - wanted).abs();
                    // An infinite sum is equal to an infinite total alone.
                    Some(sum != wanted && (difference > within + ROUNDING * largest || difference.is_nan()))
                })
            }),
        }))
    }
}
