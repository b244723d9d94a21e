//! What a table with one row a column of the report holds, said once for the workbook and for Parquet.

use std::borrow::Cow;

use driftline_model::ColumnReport;
use serde::Serialize;

use crate::{Charset, change_in_words};

/// One field of the table of columns.
pub(crate) struct Field {
    /// Its name for programs; the CSV report has the same.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// What its values are.
    pub(crate) shape: Shape,
    /// Its value for one column of the report.
    pub(crate) of: fn(&ColumnReport) -> Value<'_>,
}

/// What the values of a field are, which decides type, number format and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Word for a severity.
    Severity,
    /// Another word from a small set.
    Word,
    /// Name that somebody gave.
    Name,
    /// Text of any length.
    Sentence,
    /// Share, 0..1.
    Share,
    /// Score in a unit of its own.
    Score,
    /// Probability, often tiny.
    Probability,
    /// Whole number from zero.
    Count,
    /// Seconds.
    Seconds,
}

impl Shape {
    /// Whether values are words and not numbers.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Severity | Self::Word | Self::Name | Self::Sentence)
    }
}

/// One value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// There is none.
    Absent,
    /// Text, as it is in the report.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A whole number.
    Count(u64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// The word that the JSON report has for a value of a small set; empty for anything else.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

const fn field(
    name: &'static str,
    title: &'static str,
    shape: Shape,
    of: fn(&ColumnReport) -> Value<'_>,
) -> Field {
    Field { name, title, shape, of }
}

/// Every field, in order.
pub(crate) const FIELDS: &[Field] = &[
    field("severity", "Severity", Shape::Severity, |column| column.severity.name().into()),
    field("column", "Column", Shape::Name, |column| (&column.name).into()),
    field("kind", "Kind", Shape::Word, |column| column.kind.name().into()),
    field("reference_kind", "Kind in reference", Shape::Word, |column| {
        column.reference_kind.map(driftline_model::Kind::name).into()
    }),
    field("role", "Role", Shape::Word, |column| word(&column.role).into()),
    field("verdict", "Verdict", Shape::Word, |column| column.verdict.name().into()),
    field("score", "Score", Shape::Score, |column| column.score.as_ref().map(|score| score.value).into()),
    field("metric", "Metric", Shape::Word, |column| column.score.as_ref().map(|score| &score.metric).into()),
    field("threshold", "Threshold", Shape::Score, |column| {
        column.score.as_ref().map(|score| score.threshold).into()
    }),
    field("mass_moved", "Rows moved", Shape::Share, |column| {
        column.effect.as_ref().map(|effect| effect.mass_moved).into()
    }),
    field("shift_sd", "Shift in sd", Shape::Score, |column| {
        column.effect.as_ref().and_then(|effect| effect.shift_sd).into()
    }),
    field("p_value", "p", Shape::Probability, |column| {
        column.evidence.as_ref().map(|evidence| evidence.p_value).into()
    }),
    field("q_value", "q", Shape::Probability, |column| {
        column.evidence.as_ref().map(|evidence| evidence.q_value).into()
    }),
    field("test", "Strongest test", Shape::Word, |column| {
        column.evidence.as_ref().map(|evidence| &evidence.test).into()
    }),
    field("reference_null_ratio", "Nulls reference", Shape::Share, |column| {
        column.nulls.reference_ratio.into()
    }),
    field("current_null_ratio", "Nulls current", Shape::Share, |column| column.nulls.current_ratio.into()),
    field("reference_n", "n reference", Shape::Count, |column| column.n[0].into()),
    field("current_n", "n current", Shape::Count, |column| column.n[1].into()),
    field("onset_row", "Onset row", Shape::Count, |column| {
        column.onset.as_ref().map(|onset| onset.row).into()
    }),
    field("change", "What changed", Shape::Sentence, |column| {
        change_in_words(column, Charset::Unicode).into()
    }),
    field("reason", "Reason", Shape::Sentence, |column| column.reason.as_ref().into()),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn values_have_the_type_of_their_shape() {
        for column in &fixture::report().columns {
            for field in FIELDS {
                match (field.of)(column) {
                    Value::Text(_) => assert!(field.shape.is_text(), "{}", field.name),
                    Value::Count(_) => assert_eq!(field.shape, Shape::Count, "{}", field.name),
                    Value::Number(_) => {
                        assert!(!field.shape.is_text() && field.shape != Shape::Count, "{}", field.name);
                    }
                    Value::Absent => {}
                }
            }
        }
    }
}
