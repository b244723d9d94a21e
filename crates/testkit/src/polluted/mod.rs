//! CSV files as people really have them: well-formed tables polluted one way at a time, and two ways at once,
//! with what a reader should make of them.
//!
//! The kinds of pollution are those of Vitagliano and others, "Pollock: a data loading benchmark" (2023), and
//! some more; tables and code are our own.

mod score;
mod spec;
mod tables;

pub use score::{accuracy, parse};
pub use spec::{Encoded, RowEdit, Spec, Style};
pub use tables::{Table, tables};

/// A polluted file.
#[derive(Debug, Clone)]
pub struct Polluted {
    /// What was done, such as `delimiter ;` or `header twice + stray quote`.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What a reader should find, header first; nothing stands for a cell that nobody can tell.
    pub expected: Vec<Vec<Option<String>>>,
}

/// A way to pollute.
type Pollution = (&'static str, fn(&mut Spec));

/// Signs of the whole file.
const SIGNS: [Pollution; 17] = [
    ("as it is", |_| {}),
    ("line ends LF", |spec| spec.style.end = "\n"),
    ("line ends CR", |spec| spec.style.end = "\r"),
    ("delimiter ;", |spec| spec.style.delimiter = ";"),
    ("delimiter tab", |spec| spec.style.delimiter = "\t"),
    ("delimiter |", |spec| spec.style.delimiter = "|"),
    ("delimiter space", |spec| spec.style.delimiter = " "),
    ("delimiter :", |spec| spec.style.delimiter = ":"),
    ("delimiter ^", |spec| spec.style.delimiter = "^"),
    ("delimiter ~", |spec| spec.style.delimiter = "~"),
    ("delimiter comma and space", |spec| spec.style.delimiter = ", "),
    ("quote '", |spec| spec.style.quote = Some('\'')),
    ("no quote", |spec| spec.without_quotes()),
    ("all cells quoted", |spec| spec.style.quotes_all = true),
    ("escape backslash", |spec| spec.style.escape = Some('\\')),
    ("escape none", |spec| spec.style.escape = None),
    ("trailing delimiter", |spec| spec.trailing = true),
];

/// What stands around the table.
const AROUND: [Pollution; 23] = [
    ("preamble line", |spec| spec.above(&["Report of the shop"])),
    ("preamble lines", |spec| {
        spec.above(&["Report of the shop", "Made on 2024-05-01 by the till", "All amounts in dollars"]);
    }),
    ("preamble and blank line", |spec| spec.above(&["Report of the shop", ""])),
    ("preamble with delimiters", |spec| spec.above_delimited(false)),
    ("preamble with delimiters and blank row", |spec| spec.above_delimited(true)),
    ("comment lines", |spec| spec.above(&["# made by the till", "# version 3, checked"])),
    ("header missing", |spec| spec.header_times = 0),
    ("header twice", |spec| spec.header_times = 2),
    ("header three times", |spec| spec.header_times = 3),
    ("second table with as many columns", |spec| spec.second_table(0, false)),
    ("second table with fewer columns", |spec| spec.second_table(-1, false)),
    ("second table with more columns", |spec| spec.second_table(1, false)),
    ("second table behind a blank line", |spec| spec.second_table(-2, true)),
    ("footer line", |spec| spec.below(&["All rights reserved"])),
    ("footer lines behind a blank line", |spec| spec.below(&["", "Source: the till", "Not audited"])),
    ("header only", |spec| spec.table.rows.clear()),
    ("one row", |spec| spec.table.rows.truncate(1)),
    ("no final line end", |spec| spec.final_ends = 0),
    ("two final line ends", |spec| spec.final_ends = 2),
    ("byte-order mark", |spec| spec.mark = true),
    ("windows-1252", |spec| spec.encoded = Encoded::Windows1252),
    ("utf-16 with mark", |spec| spec.utf16(true)),
    ("utf-16 without mark", |spec| spec.utf16(false)),
];

/// What is done to the row at a place.
type EditAt = fn(usize) -> RowEdit;

/// What is wrong with one row. The place is drawn.
const ROW: [(&str, EditAt); 11] = [
    ("last cell missing", |_| RowEdit::DropLast),
    ("a cell missing", RowEdit::Drop),
    ("a cell more at the end", |_| RowEdit::AddLast),
    ("a delimiter more", RowEdit::AddEmpty),
    ("a delimiter less", RowEdit::Merge),
    ("stray quote", RowEdit::StrayQuote),
    ("closing quote lost", RowEdit::LoseClosing),
    ("delimiter ; in one row", |_| RowEdit::OtherDelimiter(";")),
    ("delimiter space in one row", |_| RowEdit::OtherDelimiter(" ")),
    ("quote ' in one row", |_| RowEdit::OtherQuote),
    ("line end LF or CR LF in one row", |_| RowEdit::OtherEnd("\n")),
];

/// Files polluted one way, from every table.
pub fn one_at_a_time(seed: u64) -> Vec<Polluted> {
    let mut files = Vec::new();
    for table in tables(seed) {
        for (name, pollute) in SIGNS.iter().chain(&AROUND) {
            let mut spec = Spec::new(table.clone());
            pollute(&mut spec);
            files.push(spec.written(name));
        }
        for (name, edit) in ROW {
            for (row, column) in places(&table) {
                let mut spec = Spec::new(table.clone());
                spec.edits.push((row, edit(column)));
                files.push(spec.written(name));
            }
        }
        let mut spec = Spec::new(table.clone());
        spec.edits.push((7, RowEdit::OtherEnd("\r")));
        files.push(spec.written("line end CR in one row"));
        files.push(Polluted { name: "empty file".to_owned(), bytes: Vec::new(), expected: Vec::new() });
    }
    files
}

/// Files polluted in two ways: signs of the file with what stands around it or with a broken row.
pub fn two_at_once(seed: u64) -> Vec<Polluted> {
    let mut files = Vec::new();
    for table in tables(seed) {
        for (sign, change) in &SIGNS[1..] {
            for (around, pollute) in &AROUND {
                let mut spec = Spec::new(table.clone());
                change(&mut spec);
                pollute(&mut spec);
                files.push(spec.written(&format!("{sign} + {around}")));
            }
            for (broken, edit) in ROW {
                let mut spec = Spec::new(table.clone());
                change(&mut spec);
                spec.edits.push((11, edit(2)));
                files.push(spec.written(&format!("{sign} + {broken}")));
            }
        }
    }
    files
}

/// Rows (0 is the header) and columns that are broken.
fn places(table: &Table) -> Vec<(usize, usize)> {
    let (rows, columns) = (table.rows.len(), table.header.len());
    [0, 1, rows / 2, rows]
        .into_iter()
        .flat_map(|row| [0, columns / 2, columns - 1].map(|column| (row, column)))
        .collect()
}
