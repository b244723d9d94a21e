use std::borrow::Cow;

use driftline_model::Severity;
use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, Format, FormatAlign, FormatBorder, Workbook,
    Worksheet,
};

use crate::field::{Shape, Value};
use crate::{ExportError, inert};

/// Rows that a sheet can have, by the specification of Excel.
pub(super) const MOST_ROWS: u32 = 1_048_576;
/// UTF-16 units that a cell can have, by the same.
const MOST_UNITS: usize = 32_767;
/// What stands in the last row of a sheet that had to be cut.
pub(super) const CUT: &str = "(a sheet holds no more rows: the JSON report has all of them)";

/// Title of a column of a sheet, and what its values are.
pub(super) type Head = (&'static str, Shape);

/// How cells look.
pub(super) struct Styles {
    pub(super) title: Format,
    pub(super) head: Format,
    pub(super) note: Format,
    plain: Format,
    share: Format,
    score: Format,
    probability: Format,
    count: Format,
    seconds: Format,
    severities: [(Severity, Format); 4],
}

impl Styles {
    pub(super) fn new() -> Self {
        let number = |pattern: &str| Format::new().set_num_format(pattern);
        let painted = |severity, text: u32, ground: u32| {
            let format = Format::new()
                .set_font_color(Color::RGB(text))
                .set_background_color(Color::RGB(ground))
                .set_bold();
            (severity, format)
        };
        Self {
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xE7_E6_E6))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::Top)
                .set_text_wrap(),
            note: Format::new().set_italic().set_font_color(Color::RGB(0x59_59_59)),
            plain: Format::new(),
            share: number("0.0%"),
            score: number("0.0000"),
            probability: number("0.0E+00"),
            count: number("#,##0"),
            seconds: number("0.000"),
            severities: [
                painted(Severity::Low, 0x1F_4E_78, 0xDD_EB_F7),
                painted(Severity::Medium, 0x5C_47_00, 0xFF_EB_9C),
                painted(Severity::High, 0x7F_3F_00, 0xFF_D8_B1),
                painted(Severity::Critical, 0x9C_00_06, 0xFF_C7_CE),
            ],
        }
    }

    fn of(&self, shape: Shape) -> &Format {
        match shape {
            Shape::Severity | Shape::Word | Shape::Name | Shape::Sentence => &self.plain,
            Shape::Share => &self.share,
            Shape::Score => &self.score,
            Shape::Probability => &self.probability,
            Shape::Count => &self.count,
            Shape::Seconds => &self.seconds,
        }
    }
}

/// A sheet that is filled from the top.
pub(super) struct Sheet<'a> {
    pub(super) page: &'a mut Worksheet,
    styles: &'a Styles,
    /// The next free row.
    pub(super) row: u32,
    most_rows: u32,
}

impl<'a> Sheet<'a> {
    /// An empty sheet; on paper it is as wide as the page.
    pub(super) fn begin(book: &'a mut Workbook, name: &str, styles: &'a Styles) -> Result<Self, ExportError> {
        let page = book.add_worksheet().set_name(name)?;
        page.set_landscape().set_print_fit_to_pages(1, 0);
        Ok(Self { page, styles, row: 0, most_rows: MOST_ROWS })
    }

    /// The same with fewer rows, to try out what happens at the end.
    #[cfg(test)]
    pub(super) fn with_most_rows(self, most_rows: u32) -> Self {
        Self { most_rows, ..self }
    }

    /// A head and one line for each of `lines`, as many as the sheet can hold.
    pub(super) fn table<'v>(
        &mut self,
        heads: &[Head],
        lines: impl Iterator<Item = Vec<Value<'v>>>,
    ) -> Result<(), ExportError> {
        for (col, (title, shape)) in (0..).zip(heads) {
            self.text(self.row, col, title, &self.styles.head)?;
            self.page.set_column_width(col, width(title, *shape))?;
        }
        self.row += 1;
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            if self.row + 1 >= self.most_rows && lines.peek().is_some() {
                self.text(self.row, 0, CUT, &self.styles.note)?;
                self.row += 1;
                break;
            }
            for ((col, (_, shape)), value) in (0..).zip(heads).zip(&line) {
                self.value(col, value, *shape)?;
            }
            self.row += 1;
        }
        for (col, _) in (0..).zip(heads).filter(|(_, (_, shape))| *shape == Shape::Severity) {
            self.paint_severities(1, col)?;
        }
        Ok(())
    }

    /// Keeps the head and the first columns in sight, and repeats the head on every printed page.
    pub(super) fn freeze(&mut self, columns: u16) -> Result<&mut Self, ExportError> {
        self.page.set_freeze_panes(1, columns)?;
        self.page.set_repeat_rows(0, 0)?;
        Ok(self)
    }

    /// Puts filters on a table that begins in the first row.
    pub(super) fn filter(&mut self, heads: &[Head]) -> Result<(), ExportError> {
        let last = u16::try_from(heads.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.page.autofilter(0, 0, self.row.saturating_sub(1), last)?;
        Ok(())
    }

    /// A value in the current row.
    pub(super) fn value(&mut self, col: u16, value: &Value<'_>, shape: Shape) -> Result<(), ExportError> {
        let style = self.styles.of(shape);
        match value {
            Value::Absent => Ok(()),
            Value::Text(text) => self.text(self.row, col, text, style),
            // A spreadsheet has no such numbers; it would show an error of its own.
            Value::Number(number) if number.is_nan() => self.text(self.row, col, "not a number", style),
            Value::Number(number) if number.is_infinite() => {
                let word = if *number > 0.0 { "infinite" } else { "minus infinite" };
                self.text(self.row, col, word, style)
            }
            Value::Number(number) => self.number(col, *number, style),
            #[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers")]
            Value::Count(count) => self.number(col, *count as f64, style),
        }
    }

    /// Text in the current row, in a style of its own.
    pub(super) fn line(&mut self, text: &str, style: &Format) -> Result<(), ExportError> {
        self.text(self.row, 0, text, style)?;
        self.row += 1;
        Ok(())
    }

    /// Colours the words for severities in a column, from a row to the current one.
    pub(super) fn paint_severities(&mut self, first: u32, col: u16) -> Result<(), ExportError> {
        let last = self.row.saturating_sub(1).max(first);
        for (severity, format) in &self.styles.severities {
            let rule = ConditionalFormatCell::new()
                .set_rule(ConditionalFormatCellRule::EqualTo(severity.name()))
                .set_format(format);
            self.page.add_conditional_format(first, col, last, col, &rule)?;
        }
        Ok(())
    }

    fn number(&mut self, col: u16, number: f64, style: &Format) -> Result<(), ExportError> {
        self.page.write_number_with_format(self.row, col, number, style)?;
        Ok(())
    }

    /// The one place where text gets into a sheet: always as text, never as a formula or a link.
    fn text(&mut self, row: u32, col: u16, text: &str, style: &Format) -> Result<(), ExportError> {
        self.page.write_string_with_format(row, col, cell(text), style)?;
        Ok(())
    }
}

/// Text as a cell can hold it: inert, and cut with a mark where it is too long.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let inert = inert(text);
    // A character has at most as many UTF-16 units as bytes.
    if inert.len() <= MOST_UNITS || inert.encode_utf16().count() <= MOST_UNITS {
        return inert;
    }
    let mut units = 0;
    let kept: String = inert
        .chars()
        .take_while(|character| {
            units += character.len_utf16();
            units < MOST_UNITS
        })
        .collect();
    Cow::Owned(kept + "…")
}

/// Width in characters; a title may take two lines.
fn width(title: &str, shape: Shape) -> f64 {
    match shape {
        Shape::Name => 28.0,
        Shape::Sentence => 60.0,
        _ if title.len() > 12 => 15.0,
        _ => 12.0,
    }
}
