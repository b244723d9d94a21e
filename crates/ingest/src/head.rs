//! A look at the beginning of a text, from which its dialect and its columns are told.

use crate::IngestError;
use crate::dialect::Dialect;
use crate::infer::Tally;
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::records::{RowShape, Selection};
use crate::repair::Recipe;
use crate::scan::{Cells, Index, Indexer, PADDING, Structure, boundary, unquote};
use crate::sniff::{Look, Sniffed, names};
use crate::stored::Stored;

/// What the beginning of a text tells.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) sniffed: Sniffed,
    /// Names of the columns.
    pub(crate) names: Vec<String>,
    /// Byte of the text at which the first data record starts.
    pub(crate) start: u64,
    /// Whether the whole text was looked at.
    pub(crate) is_whole: bool,
}

impl Head {
    /// Looks at the beginning of a text, and notes in `stored` what it is encoded in.
    pub(crate) fn read(
        stored: &mut Stored,
        options: &ReadOptions,
        nulls: &NullSpellings,
    ) -> Result<Self, IngestError> {
        options.validate()?;
        let look = Look::at(stored, options)?;
        let sniffed = Sniffed::of(&look, options, nulls)?;
        let names = names(&sniffed.header, sniffed.cells);
        let start = (look.encoding.mark_bytes + sniffed.start) as u64;
        Ok(Self { sniffed, names, start, is_whole: look.is_all })
    }

    /// How the file is written.
    pub(crate) fn dialect(&self) -> &Dialect {
        &self.sniffed.dialect
    }

    /// How to read the file where the quick way cannot.
    pub(crate) fn recipe(&self) -> Option<Recipe> {
        self.sniffed.trouble.is_some().then(|| self.sniffed.recipe.clone())
    }
}

/// The bytes that give a dialect its structure.
pub(crate) fn structure(dialect: &Dialect) -> Structure {
    Structure { delimiter: dialect.delimiter, quote: dialect.quote_byte(), terminator: dialect.terminator() }
}

/// Takes in the values of the rows that stand complete in a stretch of the buffer; says how many records are
/// rows and how many are not.
pub(crate) fn tally_rows(
    bytes: &[u8],
    (from, to): (usize, usize),
    dialect: &Dialect,
    nulls: &NullSpellings,
    tallies: &mut [Tally],
) -> (usize, usize) {
    let structure = structure(dialect);
    let mut stretch = bytes.get(from..to).unwrap_or_default().to_vec();
    let len = stretch.len();
    stretch.resize(len + PADDING, 0);
    let complete = boundary(&stretch, len, structure).end;
    let shape = RowShape { cells: tallies.len(), max_cell_bytes: u64::MAX, valid_utf8: true, structure };
    let (mut index, mut selection) = (Index::default(), Selection::default());
    let mut indexer = Indexer::new(&stretch, complete, structure);
    let (mut rows, mut bad) = (0, 0);
    let last = tallies.len().saturating_sub(1);
    while indexer.next(&mut index) {
        selection.select(&stretch, &index, shape);
        rows += selection.rows.len();
        bad += selection.bad.len();
        for (column, tally) in tallies.iter_mut().enumerate() {
            let trim = column == last && structure.terminator == b'\n';
            let cells = Cells::new(&stretch, (&index.marks, &selection.rows), column, trim);
            for (start, end) in cells.spans() {
                let raw = stretch.get(start..end).unwrap_or_default();
                tally.see(&unquote(raw, dialect.quote_byte()), nulls);
            }
        }
    }
    (rows, bad)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::dialect::Newline;

    fn head(text: &str) -> Result<Head, IngestError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut stored = Stored::open(file.path()).unwrap();
        let options = ReadOptions::default();
        Head::read(&mut stored, &options, &NullSpellings::new(&options.null_spellings))
    }

    #[test]
    fn delimiters_are_found_behind_quotes() {
        for (text, wanted) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2\n3,5;4\n", b';'),
            ("a\tb\n\"x,y,z\"\t2\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("a\n1\n2\n", b','),
            ("a;b;c\n1,5;2,25;3,75\n1,5;2,25;3,75\n", b';'),
        ] {
            assert_eq!(head(text).unwrap().dialect().delimiter, wanted, "{text}");
        }
    }

    #[test]
    fn headers_are_told_from_data() {
        let named = head("id,name\n1,x\n2,y\n").unwrap();
        assert_eq!(
            (named.dialect().has_header, named.names),
            (true, vec!["id".to_owned(), "name".to_owned()])
        );
        assert_eq!(named.start, 8);
        let bare = head("1,x\n2,z\n").unwrap();
        assert_eq!((bare.dialect().has_header, bare.start), (false, 0));
        assert_eq!(bare.names, ["column_1", "column_2"]);
        let twice = head("a,a,,a\n1,2,3,4\n").unwrap();
        assert_eq!(twice.names, ["a", "a_2", "column_3", "a_3"]);
    }

    #[test]
    fn a_bom_is_dropped_and_line_ends_are_known() {
        let head = head("\u{FEFF}a,b\r\n1,2\r\n").unwrap();
        assert_eq!((head.dialect().newline, head.start), (Newline::CrLf, 8));
        assert_eq!(head.names, ["a", "b"]);
    }

    #[test]
    fn nothing_and_binary_are_refused() {
        assert!(matches!(head(""), Err(IngestError::Empty { .. })));
        assert!(matches!(head("\n\n \n"), Err(IngestError::Empty { .. })));
        let garbage: String = (0..2000_u32).map(|at| char::from((at * 7 % 29) as u8)).collect();
        assert!(matches!(head(&garbage), Err(IngestError::Binary { .. })));
        assert!(!head("a,b\n").unwrap().sniffed.has_rows);
    }
}
