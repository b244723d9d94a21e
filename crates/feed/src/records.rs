//! Where records end in a text that is not all there yet.

use driftline_ingest::live::RowFormat;

/// Delimiters that are looked for in the header, the likelier first: as the decoder does.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the ends of records are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Every end of a line.
    Lines,
    /// Ends of lines outside of quoted cells.
    Quoted {
        /// What stands between two cells.
        delimiter: u8,
    },
}

impl Ends {
    /// Those of a format; `header` is the first line of a CSV.
    pub(crate) fn of(format: RowFormat, header: &[u8]) -> Self {
        match format {
            RowFormat::Ndjson => Self::Lines,
            RowFormat::Csv => {
                let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
                let delimiter = DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter));
                Self::Quoted { delimiter: delimiter.unwrap_or(b',') }
            }
        }
    }

    /// The length of all whole records at the beginning of `bytes`.
    pub(crate) fn whole(self, bytes: &[u8]) -> usize {
        match self {
            Self::Lines => last_line_end(bytes),
            Self::Quoted { delimiter } => quoted_ends(bytes, delimiter).last().unwrap_or(0),
        }
    }

    /// The length of the first whole record, if it is all there.
    pub(crate) fn first(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => memchr::memchr(b'\n', bytes).map(|at| at + 1),
            Self::Quoted { delimiter } => quoted_ends(bytes, delimiter).next(),
        }
    }
}

/// The length of all whole lines.
pub(crate) fn last_line_end(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

/// Ends of records; a quote opens a cell only where a cell begins, and two in a row inside are one that is meant.
fn quoted_ends(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = usize> + '_ {
    let mut is_open = false;
    let mut closed_at = None;
    memchr::memchr2_iter(b'"', b'\n', bytes).filter_map(move |at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        match bytes.get(at) {
            Some(b'\n') => (!is_open).then_some(at + 1),
            _ if is_open => {
                is_open = false;
                closed_at = Some(at);
                None
            }
            _ => {
                let begins = before.is_none_or(|before| before == delimiter || before == b'\n');
                is_open = begins || closed_at.is_some_and(|closed| closed + 1 == at);
                None
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines_inside_of_quotes_are_none() {
        let ends = Ends::of(RowFormat::Csv, b"a;b,c;d");
        assert_eq!(ends, Ends::Quoted { delimiter: b';' });
        for (text, whole) in [
            ("", 0),
            ("1;2", 0),
            ("1;2\n3", 4),
            ("1;\"x\ny\"\n3", 8),
            ("1;\"x\n", 0),
            ("1;\"x\"\"\ny\"\nz", 10),
            ("\"\"\n\"\"\"\n", 3),
            // A quote inside of a cell is a letter.
            ("1;5\" pipe\n2;6\" pipe\n", 20),
        ] {
            assert_eq!(ends.whole(text.as_bytes()), whole, "{text:?}");
        }
        assert_eq!(ends.first(b"1;\"\n\"\n2\n"), Some(6));
        assert_eq!(Ends::of(RowFormat::Ndjson, b"").whole(b"{\"a\":\"\n}\n"), 9);
        assert_eq!(Ends::Lines.first(b"a\nb\n"), Some(2));
    }
}
