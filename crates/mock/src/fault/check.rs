//! A fault as it is written, and the check that makes it one that can be planted.

use serde::Deserialize;
use thiserror::Error;

use super::kind::{Dial, FaultInfo, FaultKind, Target};
use super::{FAULT_KINDS, Fault, Start};
use crate::data::{Data, Holds};
use crate::moment::{parse_length, parse_moment};

/// A fault as it stands in a schedule or in a request.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultText {
    /// Its name; the kind with a number when nothing is said.
    pub id: Option<String>,
    /// The word of the kind.
    pub kind: String,
    /// The name of the data.
    pub data: Option<String>,
    /// The name of the column.
    pub column: Option<String>,
    /// A length after the start (`20s`, `-2h` for before it), or a moment.
    pub start: Option<String>,
    /// A length; for ever without.
    pub length: Option<String>,
    /// A length.
    pub ramp: Option<String>,
    /// How strong.
    pub strength: Option<f64>,
    /// How many rows or requests.
    pub share: Option<f64>,
    /// A word that the kind needs.
    pub value: Option<String>,
    /// `column=value`: only these rows.
    pub only: Option<String>,
}

/// What is wrong with a field of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}` {reason}")]
pub struct FieldError {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

fn wrong<T>(field: &'static str, reason: impl Into<String>) -> Result<T, FieldError> {
    Err(FieldError { field, reason: reason.into() })
}

/// Longest name of a fault or a column that a fault brings.
const MAX_NAME: usize = 100;

impl FaultText {
    /// Checks what is written; `number` makes a name where there is none.
    ///
    /// # Errors
    /// A [`FieldError`] with the first field that cannot stand.
    pub fn check(&self, number: usize) -> Result<Fault, FieldError> {
        let Some(info) = FaultKind::named(&self.kind) else {
            let all: Vec<&str> = FAULT_KINDS.iter().map(|info| info.id).collect();
            return wrong("kind", format!("is `{}`, not one of {}", self.kind, all.join(", ")));
        };
        let data = self.checked_data(info)?;
        let column = self.checked_column(info, data)?;
        let length_ms = length("length", self.length.as_deref())?;
        if length_ms == Some(0) {
            return wrong("length", "is 0; leave it out for a fault that lasts for ever");
        }
        let ramp_ms = length("ramp", self.ramp.as_deref())?.unwrap_or(0);
        if ramp_ms > 0 && info.ramp.is_none() {
            return wrong("ramp", format!("means nothing for {}", info.id));
        }
        Ok(Fault {
            id: self.checked_id(info, number)?,
            kind: info.kind,
            data,
            column,
            start: self.checked_start()?,
            length_ms,
            ramp_ms,
            strength: turned("strength", info.id, info.strength, self.strength)?,
            share: turned("share", info.id, info.share, self.share)?,
            value: self.checked_value(info, data, column)?,
            only: self.checked_only(info, data)?,
        })
    }

    fn checked_id(&self, info: &FaultInfo, number: usize) -> Result<String, FieldError> {
        let id = self.id.clone().unwrap_or_else(|| format!("{}-{number}", info.id));
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || id.len() > MAX_NAME || !id.chars().all(fits) {
            return wrong("id", format!("is `{id}`: letters, digits, `-`, `_` and `.`, at most {MAX_NAME}"));
        }
        Ok(id)
    }

    fn checked_data(&self, info: &FaultInfo) -> Result<Option<Data>, FieldError> {
        let names = Data::ALL.map(Data::name).join(", ");
        match self.data.as_deref() {
            Some(name) => match Data::named(name) {
                Some(data) => Ok(Some(data)),
                None => wrong("data", format!("is `{name}`, not one of {names}")),
            },
            None if info.target == Target::Requests => Ok(None),
            None => wrong("data", format!("is missing: one of {names}")),
        }
    }

    fn checked_column(&self, info: &FaultInfo, data: Option<Data>) -> Result<Option<usize>, FieldError> {
        let needs_none = matches!(info.target, Target::Rows | Target::Requests);
        let (name, data) = match (self.column.as_deref(), data) {
            (Some(_), _) if needs_none => {
                return wrong("column", format!("means nothing for {}", info.id));
            }
            (Some(name), Some(data)) => (name, data),
            _ if needs_none => return Ok(None),
            _ => return wrong("column", format!("is missing: {} meets one column", info.id)),
        };
        let fits = |holds: Holds| match info.target {
            Target::Number => matches!(holds, Holds::Number(_)),
            Target::Words => holds == Holds::Words,
            _ => true,
        };
        let fitting = || {
            let names = data.columns().iter().filter(|column| fits(column.holds)).map(|column| column.name);
            names.collect::<Vec<_>>().join(", ")
        };
        match data.columns().iter().position(|column| column.name == name) {
            Some(place) if data.columns().get(place).is_some_and(|column| fits(column.holds)) => {
                Ok(Some(place))
            }
            Some(_) => wrong("column", format!("is `{name}`; {} needs one of {}", info.id, fitting())),
            None => wrong("column", format!("is `{name}`; {} has {}", data.name(), fitting())),
        }
    }

    fn checked_start(&self) -> Result<Start, FieldError> {
        let Some(text) = self.start.as_deref() else { return Ok(Start::After(0)) };
        let (sign, behind) = text.strip_prefix('-').map_or((1, text), |behind| (-1, behind));
        if let Some(after) = parse_length(behind) {
            return Ok(Start::After(sign * after));
        }
        match parse_moment(text) {
            // Moments as bare numbers would be taken for seconds.
            Some(at) if text.contains('-') => Ok(Start::At(at)),
            _ => wrong(
                "start",
                format!("is `{text}`: write a length such as 90s, or a moment such as 2024-05-01T12:00:00Z"),
            ),
        }
    }

    fn checked_value(
        &self,
        info: &FaultInfo,
        data: Option<Data>,
        column: Option<usize>,
    ) -> Result<Option<String>, FieldError> {
        let (Some(means), value) = (info.value, self.value.clone()) else {
            return match self.value {
                Some(_) => wrong("value", format!("means nothing for {}", info.id)),
                None => Ok(None),
            };
        };
        let Some(value) = value else {
            return if info.value_needed { wrong("value", format!("is missing: {means}")) } else { Ok(None) };
        };
        let name = column.and_then(|place| Some(data?.columns().get(place)?.name));
        match info.kind {
            _ if value.is_empty() || value.len() > MAX_NAME => {
                wrong("value", format!("is empty or longer than {MAX_NAME}: {means}"))
            }
            FaultKind::UnitChange if value != "fahrenheit" || name != Some("temperature") => {
                wrong("value", format!("is `{value}` for `{}`: {means}", name.unwrap_or_default()))
            }
            FaultKind::HttpErrors if !["500", "502", "503", "429"].contains(&value.as_str()) => {
                wrong("value", format!("is `{value}`: {means}"))
            }
            FaultKind::ColumnRenamed | FaultKind::ColumnAdded
                if data.is_some_and(|data| data.column(&value).is_some()) =>
            {
                wrong("value", format!("is `{value}`, which is the name of another column"))
            }
            _ => Ok(Some(value)),
        }
    }

    fn checked_only(
        &self,
        info: &FaultInfo,
        data: Option<Data>,
    ) -> Result<Option<(usize, String)>, FieldError> {
        let Some(text) = self.only.as_deref() else { return Ok(None) };
        let takes =
            matches!(info.target, Target::Any | Target::Number | Target::Words) && !info.kind.is_schema();
        if !takes {
            return wrong("only", format!("means nothing for {}", info.id));
        }
        let found = text
            .split_once('=')
            .and_then(|(column, value)| Some((data?.column(column.trim())?, value.trim().to_owned())));
        match found {
            Some(only) => Ok(Some(only)),
            None => wrong("only", format!("is `{text}`: write column=value, such as country=DE")),
        }
    }
}

/// A number that was given, or what it is when nothing is said.
fn turned(field: &'static str, id: &str, dial: Option<Dial>, given: Option<f64>) -> Result<f64, FieldError> {
    match (dial, given) {
        (None, Some(_)) => wrong(field, format!("means nothing for {id}")),
        (None, None) => Ok(1.0),
        (Some(dial), None) => Ok(dial.default),
        (Some(dial), Some(value)) if (dial.min..=dial.max).contains(&value) => Ok(value),
        (Some(dial), Some(value)) => {
            wrong(field, format!("is {value}: {}, from {} to {}", dial.means, dial.min, dial.max))
        }
    }
}

fn length(field: &'static str, text: Option<&str>) -> Result<Option<i64>, FieldError> {
    match text.map(|text| (text, parse_length(text))) {
        None => Ok(None),
        Some((_, Some(ms))) => Ok(Some(ms)),
        Some((text, None)) => wrong(field, format!("is `{text}`: write a length such as 90s, 5m or 1h30m")),
    }
}
