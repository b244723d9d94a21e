//! A schedule of faults, written as TOML.

use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::{Fault, FaultKind, FaultText, FieldError, Start};
use crate::moment::{length_text, parse_length};

/// The schedule of `driftline mock` when none is given.
pub const DEFAULT_SCHEDULE: &str = include_str!("default.toml");

/// Most faults in a schedule, planted by hand included.
pub(crate) const MAX_FAULTS: usize = 200;
/// Shortest round of a schedule, so that a stretch of time has a bounded number of them.
const LEAST_REPEAT_MS: i64 = 1_000;

/// What is planted, and when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schedule {
    /// How long a round is; without it there is one.
    pub repeat_ms: Option<i64>,
    /// What is planted.
    pub faults: Vec<Fault>,
}

/// Why a schedule cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// It is no TOML, or has fields that are not known.
    #[error("{0}")]
    Syntax(String),
    /// The length of a round cannot stand.
    #[error("line {line}: `repeat` is `{text}`: write a length of at least 1s, such as 10m")]
    Repeat {
        /// The line.
        line: usize,
        /// What is written.
        text: String,
    },
    /// A field of a fault cannot stand.
    #[error("line {line}: fault {number}: {error}")]
    Field {
        /// The line.
        line: usize,
        /// Which fault it is, from 1.
        number: usize,
        /// What is wrong.
        error: FieldError,
    },
    /// More faults than are planted at once.
    #[error("{0} faults, more than {MAX_FAULTS}")]
    TooMany(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    repeat: Option<Spanned<String>>,
    #[serde(default)]
    fault: Vec<Spanned<FaultText>>,
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// [`ScheduleError`], with the line and the field.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let parsed: Text = toml::from_str(text)
            .map_err(|error| ScheduleError::Syntax(error.to_string().trim_end().to_owned()))?;
        if parsed.fault.len() > MAX_FAULTS {
            return Err(ScheduleError::TooMany(parsed.fault.len()));
        }
        let repeat_ms = match &parsed.repeat {
            None => None,
            Some(repeat) => match parse_length(repeat.get_ref()).filter(|ms| *ms >= LEAST_REPEAT_MS) {
                Some(ms) => Some(ms),
                None => {
                    let line = line_of(text, repeat.span().start);
                    return Err(ScheduleError::Repeat { line, text: repeat.get_ref().clone() });
                }
            },
        };
        let mut schedule = Self { repeat_ms, faults: Vec::new() };
        for (index, written) in parsed.fault.iter().enumerate() {
            let checked = written.get_ref().check(index + 1).and_then(|fault| schedule.checked(fault));
            let fault = checked.map_err(|error| ScheduleError::Field {
                line: line_of_field(text, written.span().start, error.field),
                number: index + 1,
                error,
            })?;
            schedule.faults.push(fault);
        }
        Ok(schedule)
    }

    /// The schedule of the demo.
    pub fn of_the_demo() -> Self {
        // A test reads it.
        Self::parse(DEFAULT_SCHEDULE).unwrap_or_default()
    }

    /// Whether a fault can stand beside the others.
    pub(crate) fn checked(&self, fault: Fault) -> Result<Fault, FieldError> {
        let wrong = |field, reason| Err(FieldError { field, reason });
        if self.faults.iter().any(|other| other.id == fault.id) {
            return wrong("id", format!("is `{}`, as another fault", fault.id));
        }
        if let (Some(repeat), Start::After(after)) = (self.repeat_ms, fault.start) {
            let end = fault.length_ms.and_then(|length| after.checked_add(length));
            if after < 0 {
                return wrong(
                    "start",
                    "is before the start, which a schedule that repeats cannot have".into(),
                );
            }
            if end.is_none_or(|end| end > repeat) {
                let reason = format!("goes beyond the end of a round of {}", length_text(repeat));
                return wrong("length", reason);
            }
        }
        let brings = |fault: &Fault| match fault.kind {
            FaultKind::ColumnAdded | FaultKind::ColumnRenamed => Some((fault.data, fault.value.clone())),
            _ => None,
        };
        let names: BTreeSet<_> = self.faults.iter().filter_map(brings).collect();
        match brings(&fault) {
            Some(brought) if names.contains(&brought) => {
                wrong("value", "is the name of a column that another fault brings".into())
            }
            _ => Ok(fault),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The line of a field of the fault that begins at an offset; that of the fault when the field is not there.
fn line_of_field(text: &str, offset: usize, field: &str) -> usize {
    let first = line_of(text, offset);
    let own =
        text.lines().enumerate().skip(first).take_while(|(_, line)| !line.trim_start().starts_with("[["));
    let is_field = |line: &str| {
        line.trim_start().strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    own.into_iter().find(|(_, line)| is_field(line)).map_or(first, |(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        Schedule::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_schedule_of_the_demo_stands() {
        let schedule = Schedule::parse(DEFAULT_SCHEDULE).unwrap();
        let repeat = schedule.repeat_ms.unwrap();
        assert!(!schedule.faults.is_empty());
        for fault in &schedule.faults {
            let Start::After(after) = fault.start else { panic!("{}", fault.id) };
            assert!(after < 60_000, "{} is visible within the first minute", fault.id);
            assert!(after + fault.length_ms.unwrap() <= 120_000, "{} is over after another", fault.id);
        }
        assert!(repeat >= 240_000, "then it is quiet");
    }

    #[test]
    fn every_example_stands() {
        for info in &super::super::FAULT_KINDS {
            let data = ["orders", "sensors", "web"];
            let fits = data.iter().any(|data| {
                let text = format!("[[fault]]\nkind = \"{}\"\ndata = \"{data}\"\n{}", info.id, info.example);
                Schedule::parse(&text).is_ok()
            });
            assert!(fits, "{}", info.id);
        }
    }

    #[test]
    fn errors_name_line_and_field() {
        let fault =
            "repeat = \"5m\"\n\n[[fault]]\nkind = \"mean_shift\"\ndata = \"orders\"\nlength = \"1m\"\n";
        for (more, expected) in [
            ("column = \"amout\"", "line 7: fault 1: `column` is `amout`; orders has quantity, unit_price"),
            ("column = \"country\"", "line 7: fault 1: `column` is `country`; mean_shift needs one of"),
            ("", "line 3: fault 1: `column` is missing: mean_shift meets one column"),
            ("column = \"amount\"\nstrength = 1000", "line 8: fault 1: `strength` is 1000: how far"),
            ("column = \"amount\"\nshare = 0.5", "line 8: fault 1: `share` means nothing for mean_shift"),
            ("column = \"amount\"\nstart = \"soon\"", "line 8: fault 1: `start` is `soon`: write a length"),
            ("column = \"amount\"\nstart = \"-5s\"", "line 8: fault 1: `start` is before the start"),
            (
                "column = \"amount\"\nstart = \"4m30s\"",
                "line 6: fault 1: `length` goes beyond the end of a round of 5m",
            ),
            ("column = \"amount\"\nonly = \"DE\"", "line 8: fault 1: `only` is `DE`: write column=value"),
            ("column = \"amount\"\nid = \"a b\"", "line 8: fault 1: `id` is `a b`"),
            ("colum = \"amount\"", "unknown field `colum`"),
        ] {
            let said = complaint(&format!("{fault}{more}"));
            assert!(said.contains(expected), "{more}: {said}");
        }
        for (text, expected) in [
            ("repeat = \"0s\"", "line 1: `repeat` is `0s`"),
            ("[[fault]]\nkind = \"drift\"", "line 2: fault 1: `kind` is `drift`, not one of mean_shift, "),
            (
                "[[fault]]\nkind = \"outage\"",
                "line 1: fault 1: `data` is missing: one of orders, sensors, web",
            ),
            (
                "[[fault]]\nkind = \"outage\"\ndata = \"web\"\nramp = \"5s\"",
                "line 4: fault 1: `ramp` means nothing",
            ),
            (
                "[[fault]]\nkind = \"column_added\"\ndata = \"web\"",
                "`value` is missing: the name of the new column",
            ),
            (
                "[[fault]]\nkind = \"column_added\"\ndata = \"web\"\nvalue = \"path\"",
                "the name of another column",
            ),
            ("[[fault]]\nkind = \"http_errors\"\nvalue = \"200\"", "line 3: fault 1: `value` is `200`"),
            (
                "[[fault]]\nkind = \"outage\"\ndata = \"web\"\ncolumn = \"path\"",
                "`column` means nothing for outage",
            ),
            ("[[fault]]\nkind = 3", "line 2"),
            ("[fault", "line 1"),
        ] {
            let said = complaint(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
    }

    #[test]
    fn names_are_there_once() {
        let twice = "[[fault]]\nid = \"x\"\nkind = \"outage\"\ndata = \"web\"\n";
        assert!(complaint(&twice.repeat(2)).contains("line 6: fault 2: `id` is `x`, as another fault"));
        let twice = "[[fault]]\nkind = \"column_added\"\ndata = \"web\"\nvalue = \"x\"\n";
        assert!(complaint(&twice.repeat(2)).contains("that another fault brings"));
        assert!(matches!(
            Schedule::parse(&"[[fault]]\nkind = \"outage\"\ndata = \"web\"\n".repeat(201)),
            Err(ScheduleError::TooMany(201))
        ));
    }
}
