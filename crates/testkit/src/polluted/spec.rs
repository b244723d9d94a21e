//! How a polluted file is written.

use super::{Polluted, Table};

/// Signs of a file.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Between cells.
    pub delimiter: &'static str,
    /// Around cells that need it.
    pub quote: Option<char>,
    /// Before a quote within quotes; nothing stands for none.
    pub escape: Option<char>,
    /// Behind records.
    pub end: &'static str,
    /// Whether all cells are quoted.
    pub quotes_all: bool,
}

/// How characters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoded {
    /// UTF-8.
    Utf8,
    /// The encoding of Windows in western Europe.
    Windows1252,
    /// UTF-16, the low byte first.
    Utf16,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy)]
pub enum RowEdit {
    /// The last cell is missing.
    DropLast,
    /// This cell is missing.
    Drop(usize),
    /// The last cell stands twice.
    AddLast,
    /// A delimiter more before this cell.
    AddEmpty(usize),
    /// The delimiter before this cell is missing.
    Merge(usize),
    /// A quote at the start of this cell that closes nowhere.
    StrayQuote(usize),
    /// This cell is quoted, its closing quote is missing.
    LoseClosing(usize),
    /// Another delimiter.
    OtherDelimiter(&'static str),
    /// Cells are quoted by `'`.
    OtherQuote,
    /// Another line end.
    OtherEnd(&'static str),
}

/// A file to be written.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The table.
    pub table: Table,
    /// Its signs.
    pub style: Style,
    /// How often the header stands above the rows.
    pub header_times: usize,
    /// Rows (0 is the header) that are broken.
    pub edits: Vec<(usize, RowEdit)>,
    /// Line ends behind the last line.
    pub final_ends: usize,
    /// Whether a byte-order mark stands at the start.
    pub mark: bool,
    /// How characters become bytes.
    pub encoded: Encoded,
    /// Whether a delimiter ends every record.
    pub trailing: bool,
    above: Vec<String>,
    hollow: Vec<bool>,
    below: Vec<String>,
    second: Option<(isize, bool)>,
}

impl Spec {
    /// The table as RFC 4180 has it, with CR LF.
    pub fn new(table: Table) -> Self {
        let style =
            Style { delimiter: ",", quote: Some('"'), escape: Some('"'), end: "\r\n", quotes_all: false };
        Self {
            table,
            style,
            header_times: 1,
            edits: Vec::new(),
            final_ends: 1,
            mark: false,
            encoded: Encoded::Utf8,
            trailing: false,
            above: Vec::new(),
            hollow: Vec::new(),
            below: Vec::new(),
            second: None,
        }
    }

    pub(super) fn above(&mut self, lines: &[&str]) {
        self.above.extend(lines.iter().map(|line| (*line).to_owned()));
    }

    pub(super) fn below(&mut self, lines: &[&str]) {
        self.below.extend(lines.iter().map(|line| (*line).to_owned()));
    }

    pub(super) fn above_delimited(&mut self, and_blank: bool) {
        self.hollow.push(true);
        if and_blank {
            self.hollow.push(false);
        }
    }

    pub(super) fn second_table(&mut self, columns: isize, is_separated: bool) {
        self.second = Some((columns, is_separated));
    }

    pub(super) fn utf16(&mut self, mark: bool) {
        (self.encoded, self.mark) = (Encoded::Utf16, mark);
    }

    /// Takes everything out of the cells that needs quotes.
    pub(super) fn without_quotes(&mut self) {
        self.style.quote = None;
        let plain = |cell: &mut String| {
            cell.retain(|sign| !matches!(sign, ',' | ';' | '\t' | '|' | ':' | '"' | '^' | '~'));
        };
        self.table.rows.iter_mut().flatten().for_each(plain);
    }

    fn cell(&self, cell: &str, style: Style) -> String {
        let Some(quote) = style.quote else { return cell.to_owned() };
        let needs = style.quotes_all
            || cell.contains(style.delimiter)
            || cell.contains(quote)
            || cell.contains(['\n', '\r', ','])
            || (style.delimiter == " " && cell.is_empty());
        if !needs {
            return cell.to_owned();
        }
        let escaped = match style.escape {
            Some(_) if quote == '\'' => cell.replace('\'', "''"),
            Some('"') => cell.replace(quote, &format!("{quote}{quote}")),
            Some(escape) => cell.replace(quote, &format!("{escape}{quote}")),
            None => cell.to_owned(),
        };
        format!("{quote}{escaped}{quote}")
    }

    fn record(&self, cells: &[String], edit: Option<RowEdit>) -> String {
        let mut style = self.style;
        match edit {
            Some(RowEdit::OtherDelimiter(delimiter)) => style.delimiter = delimiter,
            Some(RowEdit::OtherQuote) => style.quote = style.quote.map(|_| '\''),
            _ => {}
        }
        let mut written: Vec<String> = cells.iter().map(|cell| self.cell(cell, style)).collect();
        let last = written.len() - 1;
        match edit {
            Some(RowEdit::DropLast) => drop(written.pop()),
            Some(RowEdit::Drop(at)) => drop(written.remove(at)),
            Some(RowEdit::AddLast) => written.push(written[last].clone()),
            Some(RowEdit::AddEmpty(at)) => written.insert(at, String::new()),
            Some(RowEdit::Merge(at)) if at > 0 => {
                let cell = written.remove(at);
                written[at - 1].push_str(&cell);
            }
            Some(RowEdit::StrayQuote(at)) => {
                let quote = style.quote.unwrap_or('"');
                let at = at.min(last);
                let place = usize::from(written[at].starts_with(quote));
                written[at].insert(place, quote);
            }
            Some(RowEdit::LoseClosing(at)) => {
                let quote = style.quote.unwrap_or('"');
                if written[at].starts_with(quote) {
                    written[at].pop();
                } else {
                    written[at].insert(0, quote);
                }
            }
            _ => {}
        }
        let mut line = written.join(style.delimiter);
        if self.trailing {
            line.push_str(style.delimiter);
        }
        line
    }

    fn expected_row(&self, cells: &[String], edit: Option<RowEdit>) -> Vec<Option<String>> {
        let mut row: Vec<Option<String>> = cells.iter().cloned().map(Some).collect();
        let last = row.len() - 1;
        let quote = self.style.quote.unwrap_or('"');
        let mark = |row: &mut Vec<Option<String>>, at: usize| {
            if let Some(cell) = &mut row[at] {
                cell.insert(0, quote);
            }
        };
        match edit {
            Some(RowEdit::DropLast) => row[last] = Some(String::new()),
            Some(RowEdit::Drop(at)) => row[at] = Some(String::new()),
            // What becomes of the two cells nobody can tell.
            Some(RowEdit::Merge(at)) if at > 0 => (row[at - 1], row[at]) = (None, None),
            Some(RowEdit::StrayQuote(at)) => mark(&mut row, at.min(last)),
            // A lost end: the cell is told with its quote or without.
            Some(RowEdit::LoseClosing(at)) => row[at] = None,
            _ => {}
        }
        row
    }

    /// The file.
    pub fn written(&self, name: &str) -> Polluted {
        let edit = |row: usize| self.edits.iter().find(|(at, _)| *at == row).map(|(_, edit)| *edit);
        let end = |row: usize| match edit(row) {
            Some(RowEdit::OtherEnd(other)) if other == self.style.end => "\r\n",
            Some(RowEdit::OtherEnd(other)) => other,
            _ => self.style.end,
        };
        let mut text = String::new();
        let mut line = |line: &str, end: &str| {
            text.push_str(line);
            text.push_str(end);
        };
        for above in &self.above {
            line(above, self.style.end);
        }
        for is_title in &self.hollow {
            let mut cells = vec![String::new(); self.table.header.len()];
            if *is_title {
                cells[0] = "PREAMBLE".to_owned();
            }
            line(&cells.join(self.style.delimiter), self.style.end);
        }
        let mut expected = Vec::new();
        for _ in 0..self.header_times {
            line(&self.record(&self.table.header, edit(0)), end(0));
        }
        if self.header_times > 0 {
            let names: Vec<String> = self
                .table
                .header
                .iter()
                .map(|name| vec![name.as_str(); self.header_times].join(" "))
                .collect();
            let mut row = self.expected_row(&names, edit(0));
            if let Some(RowEdit::Drop(_) | RowEdit::Merge(_)) = edit(0) {
                // Nobody can tell which name is missing.
                row.fill(None);
            }
            expected.push(row);
        }
        for (row, cells) in self.table.rows.iter().enumerate() {
            line(&self.record(cells, edit(row + 1)), end(row + 1));
            expected.push(self.expected_row(cells, edit(row + 1)));
        }
        if let Some((columns, is_separated)) = self.second {
            if is_separated {
                line("", self.style.end);
            }
            let wanted = self.table.header.len().saturating_add_signed(columns);
            for (number, cells) in
                std::iter::once(&self.table.header).chain(&self.table.rows).take(30).enumerate()
            {
                let mut cells = cells.clone();
                let more = if number == 0 { "extra".to_owned() } else { format!("{number}") };
                cells.resize(wanted, more);
                line(&self.record(&cells, None), self.style.end);
            }
        }
        for below in &self.below {
            line(below, self.style.end);
        }
        let kept = text.len() - text.len().min(self.style.end.len());
        match self.final_ends {
            0 => text.truncate(kept),
            ends => (1..ends).for_each(|_| text.push_str(self.style.end)),
        }
        Polluted { name: name.to_owned(), bytes: self.bytes(&text), expected }
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let marked = if self.mark { format!("\u{feff}{text}") } else { text.to_owned() };
        match self.encoded {
            Encoded::Utf8 => marked.into_bytes(),
            // The texts hold nothing beyond Latin-1.
            Encoded::Windows1252 => text.chars().map(|sign| sign as u8).collect(),
            Encoded::Utf16 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}
