use std::io;

use driftline_model::Report;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::{ExportError, RenderOptions};

/// The whole report; keys always in the same order.
pub(crate) fn render(report: &Report, _: &RenderOptions) -> Result<String, ExportError> {
    to_json(report)
}

/// Anything as indented JSON with a final line end.
///
/// Characters that could steer a terminal or turn the reading direction are written as `\uXXXX`, which a JSON
/// reader turns back into themselves. Numbers that are not finite become `null`.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn to_json<T: Serialize>(value: &T) -> Result<String, ExportError> {
    let mut bytes = Vec::with_capacity(4096);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, SafeFormatter::default()))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(|error| serde_json::Error::io(io::Error::other(error)).into())
}

/// Indented as usual, with hostile characters escaped.
#[derive(Default)]
struct SafeFormatter(PrettyFormatter<'static>);

impl Formatter for SafeFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut clean_from = 0;
        for (at, character) in text.char_indices() {
            let hostile = matches!(character, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
            if hostile {
                out.write_all(&text.as_bytes()[clean_from..at])?;
                write!(out, "\\u{:04x}", u32::from(character))?;
                clean_from = at + character.len_utf8();
            }
        }
        out.write_all(&text.as_bytes()[clean_from..])
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_report_comes_back_unchanged() {
        let report = fixture::report();
        let text = render(&report, &RenderOptions::default()).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    #[test]
    fn hostile_characters_are_escaped_and_come_back() {
        let name = "a\u{202e}b\u{9b}c\u{1b}d";
        let text = to_json(&name).unwrap();
        assert_eq!(text, "\"a\\u202eb\\u009bc\\u001bd\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), name);
    }
}
