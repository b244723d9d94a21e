//! How records and cells are written, for the reading that repairs: every dialect there is, byte by byte.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use serde::{Deserialize, Serialize};

use crate::dialect::{Dialect, Escape, Newline};

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ends {
    /// LF, with or without a CR before it.
    Lf,
    /// CR alone.
    Cr,
    /// Any of CR, LF and CR LF.
    Any,
}

/// The signs of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grammar {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Escape,
    pub(crate) ends: Ends,
    /// Whether one space behind a delimiter belongs to it.
    pub(crate) takes_space: bool,
    /// Whether a backslash is itself written twice.
    pub(crate) doubles_backslash: bool,
}

/// A record as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Where its content ends.
    pub(crate) end: usize,
    /// Where the next record starts.
    pub(crate) next: usize,
    pub(crate) cells: usize,
    /// Cells in quotes that are written as they should be.
    pub(crate) quoted: usize,
    /// Quotes where none may stand: behind a closing one, or one that is never closed.
    pub(crate) strays: usize,
    /// Quotes within cells that do not start with one.
    pub(crate) literal: usize,
    /// Whether the text ended within quotes.
    pub(crate) open: bool,
}

impl Grammar {
    /// The signs of `dialect`.
    pub(crate) fn of(dialect: &Dialect) -> Self {
        let ends = match (dialect.has_mixed_newlines, dialect.newline) {
            (true, _) => Ends::Any,
            (false, Newline::Cr) => Ends::Cr,
            (false, _) => Ends::Lf,
        };
        Self {
            delimiter: dialect.delimiter,
            quote: dialect.quote,
            escape: dialect.escape,
            ends,
            takes_space: dialect.has_space_after_delimiter,
            doubles_backslash: false,
        }
    }

    /// Where the line at `from` ends and the next one starts; nothing when no line end was seen.
    pub(crate) fn line(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let rest = text.get(from..)?;
        match self.ends {
            Ends::Lf => memchr(b'\n', rest).map(|at| {
                let is_crlf = at > 0 && rest.get(at - 1) == Some(&b'\r');
                (from + at - usize::from(is_crlf), from + at + 1)
            }),
            Ends::Cr => memchr(b'\r', rest).map(|at| (from + at, from + at + 1)),
            Ends::Any => memchr2(b'\r', b'\n', rest).map(|at| {
                let is_crlf = rest.get(at) == Some(&b'\r') && rest.get(at + 1) == Some(&b'\n');
                (from + at, from + at + 1 + usize::from(is_crlf))
            }),
        }
    }

    fn ends_line(&self, byte: u8) -> bool {
        match self.ends {
            Ends::Lf => byte == b'\n',
            Ends::Cr => byte == b'\r',
            Ends::Any => byte == b'\n' || byte == b'\r',
        }
    }

    /// Reads the record at `from`; tells the span of every cell, quotes included.
    pub(crate) fn scan(&self, text: &[u8], from: usize, mut cell: impl FnMut(usize, usize)) -> Scan {
        let mut scan = Scan::default();
        let mut at = from;
        loop {
            let start = at;
            let is_quoted = self.quote.is_some() && text.get(at).copied() == self.quote;
            if is_quoted {
                at = self.behind_quotes(text, at + 1, &mut scan);
            }
            let closed_at = at;
            while let Some(byte) = text.get(at) {
                if *byte == self.delimiter || self.ends_line(*byte) {
                    break;
                }
                if self.escape == Escape::Backslash && *byte == b'\\' {
                    at += 1;
                } else if Some(*byte) == self.quote {
                    scan.literal += usize::from(!is_quoted);
                    scan.strays += usize::from(is_quoted);
                }
                at += 1;
            }
            at = at.min(text.len());
            let byte = text.get(at).copied();
            let end = self.content_end(text, (closed_at, at), byte);
            if is_quoted && !scan.open {
                scan.quoted += usize::from(end == closed_at);
                scan.strays += usize::from(end != closed_at);
            }
            scan.cells += 1;
            cell(start, end);
            if byte == Some(self.delimiter) {
                at += 1;
                at += usize::from(self.takes_space && text.get(at) == Some(&b' '));
                continue;
            }
            scan.end = end;
            let is_crlf = self.ends == Ends::Any && byte == Some(b'\r') && text.get(at + 1) == Some(&b'\n');
            scan.next = (at + 1 + usize::from(is_crlf)).min(text.len());
            return scan;
        }
    }

    /// Without the CR of a CR LF.
    fn content_end(&self, text: &[u8], (from, at): (usize, usize), byte: Option<u8>) -> usize {
        let drops = self.ends == Ends::Lf && byte != Some(self.delimiter);
        if drops && at > from && text.get(at - 1) == Some(&b'\r') { at - 1 } else { at }
    }

    /// The place behind the quote that closes a cell whose content starts at `at`.
    fn behind_quotes(&self, text: &[u8], mut at: usize, scan: &mut Scan) -> usize {
        let quote = self.quote.unwrap_or_default();
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let found = match self.escape {
                Escape::Doubled => memchr(quote, rest),
                Escape::Backslash => memchr2(quote, b'\\', rest),
            };
            let Some(found) = found else {
                scan.open = true;
                scan.strays += 1;
                return text.len();
            };
            at += found + 1;
            let is_escape =
                rest.get(found) == Some(&b'\\') && quote != b'\\' && self.escape == Escape::Backslash;
            if !is_escape && text.get(at) != Some(&quote) {
                return at;
            }
            at += 1;
        }
    }

    /// The content of a raw cell that is written as it should be.
    pub(crate) fn content<'a>(&self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        let quote = self.quote.unwrap_or_default();
        let is_quoted = self.quote.is_some() && raw.first() == Some(&quote);
        if !is_quoted {
            return if self.escape == Escape::Backslash && raw.contains(&b'\\') {
                Cow::Owned(self.unescaped(raw))
            } else {
                Cow::Borrowed(raw)
            };
        }
        let inner = raw.get(1..).unwrap_or_default();
        let inner = inner.strip_suffix(&[quote]).unwrap_or(inner);
        self.undoubled(inner)
    }

    /// Text that stood between quotes, with what was escaped as it is meant. Single quotes stay.
    pub(crate) fn undoubled<'a>(&self, inner: &'a [u8]) -> Cow<'a, [u8]> {
        let quote = self.quote.unwrap_or_default();
        let has_escapes = memchr(quote, inner).is_some()
            || (self.escape == Escape::Backslash && memchr(b'\\', inner).is_some());
        if has_escapes { Cow::Owned(self.unescaped(inner)) } else { Cow::Borrowed(inner) }
    }

    fn unescaped(&self, text: &[u8]) -> Vec<u8> {
        let quote = self.quote.unwrap_or_default();
        let mut content = Vec::with_capacity(text.len());
        let mut bytes = text.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let next = bytes.peek().copied();
            if byte == b'\\' && self.escape == Escape::Backslash {
                let is_sign = next == self.quote
                    || next == Some(self.delimiter)
                    || (self.doubles_backslash && next == Some(b'\\'));
                content.push(if is_sign { bytes.next().unwrap_or(byte) } else { byte });
            } else {
                content.push(byte);
                if self.quote.is_some() && byte == quote && next == Some(quote) {
                    bytes.next();
                }
            }
        }
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, grammar: Grammar) -> (Vec<String>, Scan) {
        let mut found = Vec::new();
        let scan = grammar.scan(text.as_bytes(), 0, |start, end| {
            let raw = &text.as_bytes()[start..end];
            found.push(String::from_utf8_lossy(&grammar.content(raw)).into_owned());
        });
        (found, scan)
    }

    #[test]
    fn records_are_read_in_every_dialect() {
        let comma = Grammar::of(&Dialect::STANDARD);
        let (found, scan) = cells("a,\"b, \"\"c\"\"\"\r\nd", comma);
        assert_eq!(found, ["a", "b, \"c\""]);
        assert_eq!((scan.cells, scan.quoted, scan.strays, scan.next), (2, 1, 0, 14));
        let (_, scan) = cells("a,\"b\"c,d\n", comma);
        assert_eq!((scan.cells, scan.strays), (3, 1));
        let (_, scan) = cells("a,\"b\n1,2\n", comma);
        assert!(scan.open && scan.cells == 2);
        let backslash = Grammar { escape: Escape::Backslash, ..comma };
        let (found, scan) = cells("\"a \\\"b\\\", \\'c\",d\n", backslash);
        assert_eq!(found, ["a \"b\", \\'c", "d"]);
        assert_eq!(scan.strays, 0);
        let single = Grammar { quote: Some(b'\''), ..comma };
        assert_eq!(cells("'a,''b',\"c\"\n", single).0, ["a,'b", "\"c\""]);
        let spaced = Grammar { takes_space: true, ..comma };
        assert_eq!(cells("a, \"b, c\",  d\n", spaced).0, ["a", "b, c", " d"]);
        let any = Grammar { ends: Ends::Any, ..comma };
        assert_eq!(cells("a,b\rc,d\n", any).1.next, 4);
        assert_eq!(cells("a,b\r\nc,d\n", any).1.next, 5);
    }
}
