use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, PairJudge, Rule};
use super::parameters::Parameters;
use super::words::short;
use crate::wording::names;

pub(crate) static DETERMINES: Registered = Registered {
    info: RuleInfo {
        id: "determines",
        name: "Functional dependency",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "Rows with equal values of `columns` have equal values of `target`. Rows that do not agree with the \
                  most frequent `target` of their value break it (the g3 error of Kivinen and Mannila 1995). Exact up \
                  to 262,144 different pairs; beyond, a share of the values is followed, and the rule says so.",
        tolerance: true,
        parameters: &[
            required("columns", Shape::Columns, "the columns that decide"),
            required("target", Shape::Column, "the column that they decide"),
        ],
        example: "{ rule = \"determines\", columns = [\"zip\"], target = \"city\" }",
        great_expectations: &[],
        deequ: &[],
    },
    prepare,
};

struct Determines {
    columns: Vec<String>,
    target: String,
}

fn prepare(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let columns = parameters.texts("columns");
    let target = parameters.text("target").unwrap_or_default().to_owned();
    if columns.contains(&target) {
        return Err("`target` is among `columns`: that always holds".to_owned());
    }
    Ok(Box::new(Determines { columns, target }))
}

impl Rule for Determines {
    fn promise(&self) -> String {
        let decide = if self.columns.len() == 1 { "decides" } else { "decide" };
        format!("{} {decide} `{}`", names(&self.columns, 4), short(&self.target))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let shown: Vec<String> = self.columns.iter().map(|name| short(name)).collect();
        let fault = format!("`{}` is not the usual one for {}", short(&self.target), names(&shown, 4));
        Ok(Judge::Pairs(PairJudge {
            determinants: columns.indices(&self.columns)?,
            dependents: vec![columns.index(&self.target)?],
            fault,
        }))
    }
}
