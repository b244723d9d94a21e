use super::judge::Rule;
use super::parameters::Parameters;

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleScope {
    /// Which columns there are.
    Schema,
    /// The table as a whole.
    Table,
    /// One column as a whole.
    Column,
    /// Each row by itself.
    Row,
}

impl RuleScope {
    /// The word in the catalogue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Table => "table",
            Self::Column => "column",
            Self::Row => "row",
        }
    }
}

/// Where a rule stands in a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulePlace {
    /// Under a `[[column]]`.
    Column,
    /// Under `[table]`.
    Table,
}

/// What a parameter can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A number.
    Number,
    /// A whole number from 0.
    Count,
    /// A number from 0 to 1.
    Share,
    /// A number or a moment.
    Bound,
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of texts, numbers and truth values.
    Values,
    /// The name of a column.
    Column,
    /// A list of names of columns.
    Columns,
}

impl Shape {
    /// The word in the catalogue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Count => "count",
            Self::Share => "share",
            Self::Bound => "bound",
            Self::Flag => "flag",
            Self::Text => "text",
            Self::Choice(_) => "choice",
            Self::Values => "values",
            Self::Column => "column",
            Self::Columns => "columns",
        }
    }

    /// The words of a choice; none for other shapes.
    #[must_use]
    pub fn choices(self) -> &'static [&'static str] {
        match self {
            Self::Choice(words) => words,
            _ => &[],
        }
    }

    /// What it takes, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Number => "a number".to_owned(),
            Self::Count => "a whole number from 0".to_owned(),
            Self::Share => "a share from 0 to 1".to_owned(),
            Self::Bound => "a number, or a date such as 2013-01-31".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Values => "a list of values".to_owned(),
            Self::Column => "the name of a column".to_owned(),
            Self::Columns => "a list of names of columns".to_owned(),
        }
    }
}

/// One parameter of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The name in a contract.
    pub name: &'static str,
    /// What it can be.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub doc: &'static str,
}

/// A parameter that must be given.
pub(crate) const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Parameter {
    Parameter { name, shape, required: true, doc }
}

/// A parameter that may be left out.
pub(crate) const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Parameter {
    Parameter { name, shape, required: false, doc }
}

/// The parameters of every rule with a range.
pub(crate) const RANGE: [Parameter; 4] = [
    optional("min", Shape::Bound, "least value"),
    optional("max", Shape::Bound, "greatest value"),
    optional("strict_min", Shape::Flag, "whether `min` itself is too little"),
    optional("strict_max", Shape::Flag, "whether `max` itself is too much"),
];

/// A rule as it is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo {
    /// The name in contracts and reports.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it looks at.
    pub scope: RuleScope,
    /// Where it stands in a contract.
    pub place: RulePlace,
    /// What it promises, in a sentence.
    pub summary: &'static str,
    /// Whether it judges row by row, so that a `tolerance` makes sense.
    pub tolerance: bool,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// How it stands in a contract.
    pub example: &'static str,
    /// What Great Expectations calls it.
    pub great_expectations: &'static [&'static str],
    /// What Deequ calls it.
    pub deequ: &'static [&'static str],
}

/// A row of the table of rules.
pub(crate) struct Registered {
    /// What is shown.
    pub(crate) info: RuleInfo,
    /// Makes the rule from what a contract gives; else says what would be right.
    pub(crate) prepare: fn(&Parameters<'_>) -> Result<Box<dyn Rule>, String>,
}
