//! Rules in SQL, for what no other rule has. This crate knows no SQL: whoever judges a table brings it.

use std::collections::BTreeMap;
use std::fmt;

use driftline_chunk::{Chunk, Schema};
use driftline_model::ContractRule;

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, optional, required};
use super::judge::{Columns, Judge, NotBound, RowJudge, Rule, TableFacts, Verdict};
use super::parameters::Parameters;
use super::words::{inert, measured, plain, plural};
use crate::wording::thousands;

/// Characters of an expression that a promise repeats.
const SHOWN: usize = 100;

pub(crate) static HOLDS: Registered = Registered {
    info: RuleInfo {
        id: "sql_holds",
        name: "Condition in SQL",
        scope: RuleScope::Row,
        place: RulePlace::Table,
        summary: "In every row the condition is true; rows for which it is null are not judged.",
        tolerance: true,
        parameters: &[required("condition", Shape::Text, "a condition on the columns of one row")],
        example: "{ rule = \"sql_holds\", condition = \"amount >= 0 or kind = 'refund'\" }",
        great_expectations: &[],
        deequ: &["satisfies"],
    },
    prepare: |parameters| Ok(Box::new(Holds(text(parameters, "condition")))),
};

pub(crate) static VALUE: Registered = Registered {
    info: RuleInfo {
        id: "sql_value_between",
        name: "Value in SQL",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "The expression over all rows (an average, a count, a share) is from `min` to `max`.",
        tolerance: false,
        parameters: &[
            required("value", Shape::Text, "an expression of one number over all rows"),
            optional("min", Shape::Number, "least value"),
            optional("max", Shape::Number, "greatest value"),
        ],
        example: "{ rule = \"sql_value_between\", value = \"count(distinct customer) / count(*)\", min = 0.2 }",
        great_expectations: &["expect_query_results_to_match_comparison"],
        deequ: &["customSql"],
    },
    prepare: value,
};

pub(crate) static FINDS_NOTHING: Registered = Registered {
    info: RuleInfo {
        id: "sql_finds_nothing",
        name: "Statement that finds no rows",
        scope: RuleScope::Table,
        place: RulePlace::Table,
        summary: "The statement over the table `current` gives no rows: whatever it gives is wrong.",
        tolerance: false,
        parameters: &[required("select", Shape::Text, "one SELECT, whose rows are what must not be")],
        example: "{ rule = \"sql_finds_nothing\", select = \"select day from current group by day having count(*) > 9\" }",
        great_expectations: &["unexpected_rows_expectation"],
        deequ: &[],
    },
    prepare: |parameters| Ok(Box::new(FindsNothing(text(parameters, "select")))),
};

/// SQL as rules need it.
pub trait Sql: Send + Sync {
    /// Whether a question could be asked of any table.
    ///
    /// # Errors
    /// What is wrong with its text.
    fn check(&self, question: &Question) -> Result<(), String>;

    /// A condition on the rows of tables with this schema.
    ///
    /// # Errors
    /// Why it does not fit them.
    fn condition(&self, text: &str, schema: &Schema) -> Result<Box<dyn Condition>, String>;
}

/// A condition on the rows of a table.
pub trait Condition: Send + Sync {
    /// Indices of the columns that it looks at, ascending.
    fn columns(&self) -> &[usize];

    /// Whether it is true of each row; nothing where it is null.
    ///
    /// # Errors
    /// Why it cannot be said, for a value that it cannot take.
    fn of_rows(&self, chunk: &Chunk) -> Result<Vec<Option<bool>>, String>;
}

/// What a rule asks in SQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Of each row by itself.
    Condition(String),
    /// Of all rows, with a number for an answer.
    Value(String),
    /// Of the table `current`, with rows for an answer.
    Rows(String),
}

impl Question {
    /// What a rule asks; nothing for rules without SQL.
    #[must_use]
    pub fn of(rule: &ContractRule) -> Option<Self> {
        let text = |name: &str| rule.parameters.get(name)?.as_str().map(str::to_owned);
        match rule.rule.as_str() {
            "sql_holds" => text("condition").map(Self::Condition),
            "sql_value_between" => text("value").map(Self::Value),
            "sql_finds_nothing" => text("select").map(Self::Rows),
            _ => None,
        }
    }
}

/// What a table answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A number; nothing where there is none, of no rows say.
    Value(Option<f64>),
    /// How many rows, and the first of them as text.
    Rows(u64, Vec<String>),
}

/// Answers by question, each with why there is none.
pub type Answers = BTreeMap<Question, Result<Answer, String>>;

fn text(parameters: &Parameters<'_>, name: &str) -> String {
    parameters.text(name).unwrap_or_default().to_owned()
}

/// An expression as it is repeated: in one line, and bounded.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = inert(&self.0.split_whitespace().collect::<Vec<_>>().join(" "));
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "`{}…`", line.get(..end).unwrap_or_default()),
            None => write!(f, "`{line}`"),
        }
    }
}

struct Holds(String);

impl Rule for Holds {
    fn promise(&self) -> String {
        format!("{} is true in every row", Quoted(&self.0))
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let missing = || NotBound::Unfit("SQL is not built in".to_owned());
        let sql = columns.sql.ok_or_else(missing)?;
        let condition = sql.condition(&self.0, columns.schema).map_err(NotBound::Unfit)?;
        Ok(Judge::Rows(RowJudge {
            shown: condition.columns().to_vec(),
            fault: format!("{} is not true", Quoted(&self.0)),
            mark: Box::new(move |rows, broken| match condition.of_rows(rows.chunk) {
                Ok(holds) => rows.mark_rows(broken, |row| Some(!holds.get(row).copied().flatten()?)),
                Err(cause) => {
                    broken.cause = Some(cause);
                    0
                }
            }),
        }))
    }
}

struct Between {
    expression: String,
    min: Option<f64>,
    max: Option<f64>,
}

fn value(parameters: &Parameters<'_>) -> Result<Box<dyn Rule>, String> {
    let (min, max) = (parameters.number("min"), parameters.number("max"));
    match (min, max) {
        (None, None) => Err("it needs `min`, `max` or both".to_owned()),
        (Some(min), Some(max)) if min > max => Err("`min` is above `max`".to_owned()),
        _ => Ok(Box::new(Between { expression: text(parameters, "value"), min, max })),
    }
}

impl Between {
    fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {} to {}", plain(min), plain(max)),
            (Some(min), None) => format!("at least {}", plain(min)),
            (None, max) => format!("at most {}", max.map(plain).unwrap_or_default()),
        }
    }

    fn judge(&self, answer: Option<&Result<Answer, String>>) -> Verdict {
        match answer {
            Some(Ok(Answer::Value(Some(value)))) => {
                let holds =
                    self.min.is_none_or(|min| *value >= min) && self.max.is_none_or(|max| *value <= max);
                Verdict::of(holds, || {
                    format!("{} is {}, not {}", Quoted(&self.expression), measured(*value), self.range())
                })
            }
            Some(Ok(_)) => Verdict::unjudged(format!("{} gives no number", Quoted(&self.expression))),
            Some(Err(cause)) => Verdict::unjudged(cause.clone()),
            None => not_asked(),
        }
    }
}

fn not_asked() -> Verdict {
    Verdict::unjudged("it needs the rows, and a profile has none")
}

impl Rule for Between {
    fn promise(&self) -> String {
        format!("{} is {}", Quoted(&self.expression), self.range())
    }

    fn bind(&self, _: &Columns<'_>) -> Result<Judge, NotBound> {
        let own = Self { expression: self.expression.clone(), ..*self };
        let question = Question::Value(self.expression.clone());
        Ok(Judge::Summary(Box::new(move |facts: &TableFacts<'_>| own.judge(facts.answers.get(&question)))))
    }
}

struct FindsNothing(String);

impl Rule for FindsNothing {
    fn promise(&self) -> String {
        format!("{} finds no rows", Quoted(&self.0))
    }

    fn bind(&self, _: &Columns<'_>) -> Result<Judge, NotBound> {
        let question = Question::Rows(self.0.clone());
        let quoted = Quoted(&self.0).to_string();
        Ok(Judge::Answer(Box::new(move |facts: &TableFacts<'_>| match facts.answers.get(&question) {
            Some(Ok(Answer::Rows(count, firsts))) => {
                let found = || format!("{quoted} finds {} {}", thousands(*count), plural(*count, "row"));
                (Verdict::of(*count == 0, found), firsts.clone())
            }
            Some(Ok(Answer::Value(_))) | None => (not_asked(), Vec::new()),
            Some(Err(cause)) => (Verdict::unjudged(cause.clone()), Vec::new()),
        })))
    }
}
