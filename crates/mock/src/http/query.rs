//! What is asked for in the query of a request.

use serde::Deserialize;

use super::Shared;
use super::refusal::Refusal;
use crate::data::Data;
use crate::generator::Generator;
use crate::moment::parse_moment;

/// What can stand in a query. All is text, so that what is wrong with it can be said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<String>,
    pub(super) page: Option<String>,
    pub(super) per_page: Option<String>,
    pub(super) since: Option<String>,
    pub(super) until: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// Rows that are there: from one number up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) first: u64,
    pub(super) end: u64,
}

impl Asked {
    /// The rows between `since` and `until` that have come by now.
    pub(super) fn window(&self, generator: &Generator, data: Data, now_ms: i64) -> Result<Window, Refusal> {
        let since = moment("since", self.since.as_deref())?;
        let until = moment("until", self.until.as_deref())?;
        let end_ms = until.unwrap_or(i64::MAX).min(now_ms + 1);
        let first = since.map_or(0, |since| generator.count_before(data, since.min(end_ms)));
        Ok(Window { first, end: generator.count_before(data, end_ms).max(first) })
    }

    /// The row that the cursor stands at.
    pub(super) fn place(&self) -> Result<Option<u64>, Refusal> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let number = cursor.strip_prefix('c').and_then(|number| number.parse().ok());
        let wrong = || Refusal::parameter(format!("cursor is `{cursor}`: give one that an answer gave"));
        number.filter(|number| *number < 1 << 53).map(Some).ok_or_else(wrong)
    }

    /// A number of rows.
    pub(super) fn rows(
        field: &'static str,
        given: Option<&String>,
        (usual, most): (usize, usize),
    ) -> Result<usize, Refusal> {
        let Some(text) = given else { return Ok(usual.min(most)) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| Refusal::parameter(format!("{field} is `{text}`: a number from 1 to {most}")))
    }

    /// What `since` and `until` were, to ask for the same rows again.
    pub(super) fn same_window(&self) -> String {
        let fields = [("since", &self.since), ("until", &self.until)];
        let given = fields.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?)));
        given.map(|(field, value)| format!("&{field}={}", encoded(value))).collect()
    }
}

pub(super) fn moment(field: &'static str, text: Option<&str>) -> Result<Option<i64>, Refusal> {
    match text.map(|text| (text, parse_moment(text))) {
        None => Ok(None),
        Some((_, Some(ms))) => Ok(Some(ms)),
        Some((text, None)) => Err(Refusal::parameter(format!(
            "{field} is `{text}`: a moment such as 2024-05-01T12:00:00Z (with + as %2B), or thousandths of a second since 1970"
        ))),
    }
}

/// The text of a cursor.
pub(super) fn cursor(number: u64) -> String {
    format!("c{number}")
}

/// A value as it stands in a query.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The data of a name in a path.
pub(super) fn data_named(shared: &Shared, name: &str) -> Result<Data, Refusal> {
    Data::named(name).filter(|data| shared.serves(*data)).ok_or_else(|| {
        let all: Vec<&str> = shared.settings.data.iter().map(|data| data.name()).collect();
        Refusal::not_found(format!("there is no `{name}`, only {}", all.join(", ")))
    })
}
