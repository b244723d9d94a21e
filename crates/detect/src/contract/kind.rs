use driftline_chunk::{ColumnValues, Physical};
use driftline_model::Kind;

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, RowJudge, Rule, Verdict, held_words};
use super::parameters::Parameters;
use super::words::short;

const KINDS: &[&str] = &["numeric", "integer", "boolean", "datetime", "text", "categorical", "identifier"];

pub(crate) static KIND: Registered = Registered {
    info: RuleInfo {
        id: "kind",
        name: "Kind of values",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "The values are of this kind: cells that do not fit are counted. `numeric` takes whole numbers too, \
                  `text` takes any text; `categorical` and `identifier` also ask how the values are spread. A column \
                  without values is of every kind.",
        tolerance: true,
        parameters: &[required("is", Shape::Choice(KINDS), "the kind")],
        example: "{ rule = \"kind\", is = \"integer\" }",
        great_expectations: &[
            "expect_column_values_to_be_of_type",
            "expect_column_values_to_be_in_type_list",
        ],
        deequ: &["hasDataType"],
    },
    prepare,
};

struct HasKind {
    column: String,
    wanted: &'static str,
}

fn prepare(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let given = parameters.text("is").unwrap_or_default();
    let wanted = KINDS.iter().find(|kind| **kind == given).ok_or_else(|| Shape::Choice(KINDS).words())?;
    Ok(Box::new(HasKind { column: parameters.column(), wanted }))
}

impl HasKind {
    fn held(&self) -> Option<Physical> {
        match self.wanted {
            "numeric" | "integer" => Some(Physical::Number),
            "boolean" => Some(Physical::Boolean),
            "datetime" => Some(Physical::Datetime),
            "text" => Some(Physical::Text),
            _ => None,
        }
    }
}

impl Rule for HasKind {
    fn promise(&self) -> String {
        format!("`{}` holds values of the kind {}", short(&self.column), self.wanted)
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let index = columns.index(&self.column)?;
        let name = short(&self.column);
        let held = columns.physical(index);
        let Some(wanted) = self.held() else {
            let wanted = if self.wanted == "categorical" { Kind::Categorical } else { Kind::Identifier };
            return Ok(Judge::Summary(Box::new(move |facts| {
                let kind = facts.column(index).map_or(Kind::Empty, |column| column.kind());
                Verdict::of(kind == wanted || kind == Kind::Empty, || {
                    format!("`{name}` is {kind}, not {wanted}")
                })
            })));
        };
        if held != wanted {
            // Nothing but nulls is held as some type or other.
            let wanted = self.wanted;
            return Ok(Judge::Summary(Box::new(move |facts| {
                let is_empty =
                    facts.column(index).is_some_and(|column| column.present() + column.failures() == 0);
                Verdict::of(is_empty, || {
                    format!("`{name}` holds {}, which are not {wanted}", held_words(held))
                        .replace("text, which are", "text, which is")
                })
            })));
        }
        let is_whole = self.wanted == "integer";
        let fault = format!("`{name}` holds what is not {}", self.wanted);
        Ok(Judge::Rows(RowJudge {
            shown: vec![index],
            fault,
            mark: Box::new(move |rows, broken| {
                let failures = rows.chunk.failures_of(index);
                broken.rows.extend(failures.iter().map(|failure| failure.row));
                let present = (rows.chunk.rows() - rows.chunk.column(index).null_count()) as u64;
                if let (true, ColumnValues::Number(_)) = (is_whole, rows.chunk.column(index)) {
                    rows.mark_numbers(index, broken, |x| x.trunc() != x);
                    broken.rows.sort_unstable();
                }
                present + failures.len() as u64
            }),
        }))
    }
}
