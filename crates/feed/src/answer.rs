//! The rows and the cursor in an answer of a REST API.

use std::borrow::Cow;
use std::collections::HashMap;

use rapidhash::v3::rapidhash_v3;
use serde_json::value::RawValue;

use crate::part::MAX_PIECE_BYTES;

/// What an answer holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its rows, one a line each, with their hashes.
    pub(crate) rows: Vec<(u64, Vec<u8>)>,
    /// The cursor of the next page.
    pub(crate) cursor: Option<String>,
    /// Rows that were too long.
    pub(crate) dropped: u64,
}

/// Reads an answer. Numbers stay as they are written.
///
/// # Errors
/// What is wrong with its form.
pub(crate) fn read(bytes: &[u8], items: &str, cursor: Option<&str>) -> Result<Answer, String> {
    let whole: &RawValue =
        serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
    let Some(found) = at(whole, items) else {
        return Err(format!("there is nothing at `{items}`: check `items`"));
    };
    let mut answer = Answer::default();
    match found.get().trim_start().as_bytes().first() {
        Some(b'[') => {
            let rows: Vec<&RawValue> =
                serde_json::from_str(found.get()).map_err(|error| error.to_string())?;
            rows.into_iter().for_each(|row| answer.take(row));
        }
        // One object is a list of one: what a status page answers.
        Some(b'{') => answer.take(found),
        Some(b'n') => {}
        _ => return Err(format!("at `{items}` is neither a list nor an object: check `items`")),
    }
    if let Some(value) = cursor.and_then(|cursor| at(whole, cursor)) {
        answer.cursor = cursor_of(value)?;
    }
    Ok(answer)
}

impl Answer {
    fn take(&mut self, row: &RawValue) {
        if row.get().len() >= MAX_PIECE_BYTES {
            self.dropped += 1;
            return;
        }
        // Ends of lines stand only between the parts of an object: inside of texts they are escaped.
        let line = row.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
        let line: Vec<u8> = line.collect();
        self.rows.push((rapidhash_v3(&line), line));
    }
}

fn cursor_of(value: &RawValue) -> Result<Option<String>, String> {
    let text = value.get().trim();
    match text.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(text).map_err(|error| error.to_string())?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'0'..=b'9' | b'-') => Ok(Some(text.to_owned())),
        Some(b'n' | b'f') => Ok(None),
        _ => Err("the cursor is neither a text nor a number: check `cursor`".to_owned()),
    }
}

/// The value at a JSON pointer (RFC 6901).
fn at<'a>(value: &'a RawValue, pointer: &str) -> Option<&'a RawValue> {
    let mut value = value;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value.get().trim_start().as_bytes().first()? {
            b'{' => {
                let parts: HashMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
                parts.get(token.as_str()).copied()?
            }
            b'[' => {
                let parts: Vec<&'a RawValue> = serde_json::from_str(value.get()).ok()?;
                parts.get(token.parse::<usize>().ok()?).copied()?
            }
            _ => return None,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, items: &str, cursor: Option<&str>) -> Result<(Vec<String>, Option<String>), String> {
        let answer = read(text.as_bytes(), items, cursor)?;
        let rows = answer.rows.into_iter().map(|(_, row)| String::from_utf8(row).unwrap()).collect();
        Ok((rows, answer.cursor))
    }

    #[test]
    fn rows_and_cursors_are_found() {
        let of = |rows: &[&str], cursor: Option<&str>| {
            Ok((rows.iter().map(ToString::to_string).collect(), cursor.map(str::to_owned)))
        };
        assert_eq!(
            texts("[{\"a\":1.10},\n{\"a\":\n2}]", "", None),
            of(&["{\"a\":1.10}", "{\"a\": 2}"], None)
        );
        let text = r#" {"x/y":{"ro\u0077s":[{"a":"\n"}]},"next":"7","page":3,"end":null,"odd":[]}"#;
        assert_eq!(texts(text, "/x~1y/rows", Some("/next")), of(&[r#"{"a":"\n"}"#], Some("7")));
        assert_eq!(texts(text, "/x~1y/rows/0", Some("/page")), of(&[r#"{"a":"\n"}"#], Some("3")));
        assert_eq!(texts(text, "/end", Some("/end")), of(&[], None));
        assert_eq!(texts(text, "/end", Some("/none")), of(&[], None));
        for (items, cursor) in [("/none", None), ("/next", None), ("/odd", Some("/odd"))] {
            texts(text, items, cursor).unwrap_err();
        }
        texts("<html>", "", None).unwrap_err();
    }
}
