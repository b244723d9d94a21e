use super::info::{RANGE, Registered, RuleInfo, RulePlace, RuleScope};
use super::judge::{Columns, Judge, NotBound, Ordered, RowJudge, Rule};
use super::range::Range;
use super::words::short;

pub(crate) static BETWEEN: Registered = Registered {
    info: RuleInfo {
        id: "between",
        name: "Values between",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "Every number or date lies in this range.",
        tolerance: true,
        parameters: &RANGE,
        example: "{ rule = \"between\", min = 0, max = 1000, strict_min = true }",
        great_expectations: &["expect_column_values_to_be_between"],
        deequ: &["hasMin", "hasMax", "isNonNegative", "isPositive", "isLessThan"],
    },
    prepare: |parameters| {
        Ok(Box::new(Between { column: parameters.column(), range: Range::read(parameters)? }))
    },
};

struct Between {
    column: String,
    range: Range,
}

impl Rule for Between {
    fn promise(&self) -> String {
        format!("`{}` is {}", short(&self.column), self.range.promise())
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let of = if self.range.of_moments { Ordered::Moments } else { Ordered::Numbers };
        let index = columns.ordered(&self.column, of)?;
        let range = self.range;
        Ok(Judge::Rows(RowJudge {
            shown: vec![index],
            fault: format!("`{}` is {}", short(&self.column), range.fault()),
            mark: Box::new(move |rows, broken| rows.mark_numbers(index, broken, |x| !range.contains(x))),
        }))
    }
}
