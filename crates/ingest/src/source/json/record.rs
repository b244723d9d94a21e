//! One value of JSON as the cells of a row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::parse::number;
use crate::source::columns::Value;

/// How deep objects may lie in each other; deeper ones are text.
const MAX_DEPTH: usize = 16;
/// From this many digits on a whole number may not be exact as a double.
const LONG_DIGITS: usize = 16;

/// The cells of a row in the order in which they are written.
#[derive(Default)]
pub(crate) struct Entries<'a>(Vec<Entry<'a>>);

/// A cell: its path and its value as it is written.
pub(crate) struct Entry<'a> {
    pub(crate) path: Cow<'a, str>,
    pub(crate) raw: &'a str,
}

impl<'a> Entries<'a> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.0.iter()
    }
}

/// Reads an object; objects in it are flattened to `a.b`. The reason when it is none.
pub(crate) fn read_entries<'a>(bytes: &'a [u8], entries: &mut Entries<'a>) -> Result<(), String> {
    entries.0.clear();
    if bytes.first() != Some(&b'{') {
        return match serde_json::from_slice::<&RawValue>(bytes) {
            Ok(_) => Err("the value is not an object".to_owned()),
            Err(error) => Err(reason(&error)),
        };
    }
    let object: Object<'a> = serde_json::from_slice(bytes).map_err(|error| reason(&error))?;
    flatten(object, "", 1, entries).map_err(|error| reason(&error))
}

/// What is wrong, without a line number that would count from the beginning of the record.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, place)) => match place.rsplit_once(' ') {
            Some((_, column)) => format!("{what} at byte {column} of the record"),
            None => what.to_owned(),
        },
        None => text,
    }
}

fn flatten<'a>(
    object: Object<'a>,
    prefix: &str,
    depth: usize,
    entries: &mut Entries<'a>,
) -> Result<(), serde_json::Error> {
    for (key, raw) in object.0 {
        let path = if prefix.is_empty() { key } else { Cow::Owned(format!("{prefix}.{key}")) };
        let raw = raw.get();
        if raw.starts_with('{') && depth < MAX_DEPTH {
            flatten(serde_json::from_str(raw)?, &path, depth + 1, entries)?;
        } else {
            entries.0.push(Entry { path, raw });
        }
    }
    Ok(())
}

/// What a value is.
pub(crate) fn with_value<T>(raw: &str, then: impl FnOnce(Value<'_>) -> T) -> T {
    match raw.as_bytes() {
        [b'n', ..] | [] => then(Value::Null),
        [b't', ..] => then(Value::Boolean(true)),
        [b'f', ..] => then(Value::Boolean(false)),
        [b'"', inner @ .., b'"'] => match std::str::from_utf8(inner) {
            Ok(text) if !text.contains('\\') => then(Value::Text(text)),
            _ => match serde_json::from_str::<String>(raw) {
                Ok(text) => then(Value::Text(&text)),
                // Half of a surrogate pair, say: kept as it is written.
                Err(_) => then(Value::Text(raw)),
            },
        },
        [b'[' | b'{', ..] => {
            if raw.contains([' ', '\n', '\t', '\r']) {
                let compact = serde_json::from_str::<serde_json::Value>(raw).map(|value| value.to_string());
                then(Value::Text(compact.as_deref().unwrap_or(raw)))
            } else {
                then(Value::Text(raw))
            }
        }
        digits => {
            let is_long = digits.len() >= LONG_DIGITS && digits.iter().all(u8::is_ascii_digit);
            match number(digits) {
                Some(_) if is_long => then(Value::Digits(raw)),
                Some(value) => then(Value::Number(value)),
                None => then(Value::Text(raw)),
            }
        }
    }
}

/// The entries of one object.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A key, borrowed where it is written without escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut entries = Entries::default();
        read_entries(text.as_bytes(), &mut entries)?;
        let shown =
            |entry: &Entry<'_>| (entry.path.to_string(), with_value(entry.raw, |value| format!("{value:?}")));
        Ok(entries.iter().map(shown).collect())
    }

    #[test]
    fn objects_are_flattened_and_lists_are_text() {
        let found =
            cells(r#"{"a":1,"b":{"c":"x\n","d":{"e":null}},"f":[1, {"g":2}],"h":true,"i":{}}"#).unwrap();
        let wanted = [
            ("a", "Number(1.0)"),
            ("b.c", "Text(\"x\\n\")"),
            ("b.d.e", "Null"),
            ("f", "Text(\"[1,{\\\"g\\\":2}]\")"),
            ("h", "Boolean(true)"),
        ];
        assert_eq!(found, wanted.map(|(path, value)| (path.to_owned(), value.to_owned())));
        assert_eq!(cells(r#"{"id":12345678901234567890}"#).unwrap()[0].1, "Digits(\"12345678901234567890\")");
    }

    #[test]
    fn what_is_no_object_says_why() {
        assert_eq!(cells("[1]").unwrap_err(), "the value is not an object");
        assert!(cells(r#"{"a":1"#).unwrap_err().contains("EOF"), "{:?}", cells(r#"{"a":1"#));
        assert!(cells(r#"{"a":1}}"#).unwrap_err().contains("at byte 8 of the record"));
        assert!(cells(&format!("{{\"a\":{}}}", "[".repeat(10_000))).is_err());
        let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
        assert_eq!(cells(&deep).unwrap().len(), 1);
    }
}
