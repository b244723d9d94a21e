use std::borrow::Cow;
use std::cmp::Reverse;

use driftline_model::{BinReport, ColumnReport, ColumnVerdict, Report};
use rust_xlsxwriter::{Chart, ChartFormat, ChartLegendPosition, ChartLine, ChartSolidFill, Color, Workbook};

use super::sheet::{Head, MOST_ROWS, Sheet, Styles, cell};
use crate::field::{Shape, Value};
use crate::{Charset, ExportError, approximate, shorten};

/// Name of the sheet that charts take their figures from.
const BINS: &str = "Bins";
/// Columns of that sheet.
const HEADS: [Head; 5] = [
    ("Column", Shape::Name),
    ("Bin", Shape::Name),
    ("Reference", Shape::Share),
    ("Current", Shape::Share),
    ("Contribution to the score", Shape::Score),
];
/// Places of name, label and both shares in it.
const NAME: u16 = 0;
const LABEL: u16 = 1;
const SHARES: [(u16, Color); 2] = [(2, Color::RGB(0x8C_8C_8C)), (3, Color::RGB(0x00_72_B2))];
/// More charts would slow the opening of a file and are seldom looked at.
const MOST_CHARTS: usize = 20;
/// Size of a chart in pixels.
const CHART_SIZE: (u32, u32) = (640, 360);
/// Cells from one chart to the next: a cell has 64 by 20 pixels.
const CHART_STEP: (u16, u32) = (11, 19);

/// The bins of every drifted column, and charts of the most severe of them.
pub(super) fn write(book: &mut Workbook, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let mut drifted: Vec<&ColumnReport> = report
        .columns
        .iter()
        .filter(|column| column.verdict == ColumnVerdict::Drifted && !column.bins.is_empty())
        .collect();
    drifted.sort_by_key(|column| Reverse(column.severity));
    let lines = drifted.iter().flat_map(|column| {
        column.bins.iter().map(|bin| {
            vec![
                (&column.name).into(),
                Value::Text(label(bin)),
                bin.reference_ratio.into(),
                bin.current_ratio.into(),
                bin.contribution.into(),
            ]
        })
    });
    let mut sheet = Sheet::begin(book, BINS, styles)?;
    sheet.table(&HEADS, lines)?;
    // No filters here: with them come commands that sort, and the charts would show one column's bins as another's.
    sheet.freeze(0)?;
    if drifted.is_empty() {
        return Ok(());
    }
    charts(Sheet::begin(book, "Charts", styles)?, styles, &drifted)
}

/// What a bin holds.
fn label(bin: &BinReport) -> Cow<'_, str> {
    let is_number = bin.lower.is_some() || bin.upper.is_some();
    if let Some(value) = bin.label.strip_prefix("= ").filter(|_| is_number) {
        // The sign would have to be disarmed although it is ours.
        return Cow::Owned(format!("equal to {value}"));
    }
    if !bin.label.is_empty() {
        return Cow::Borrowed(&bin.label);
    }
    match (bin.lower, bin.upper) {
        (Some(lower), Some(upper)) => format!("[{}, {})", approximate(lower), approximate(upper)).into(),
        (Some(lower), None) => format!("from {}", approximate(lower)).into(),
        (None, Some(upper)) => format!("below {}", approximate(upper)).into(),
        (None, None) => "(empty)".into(),
    }
}

/// Two charts in a row, the most severe column first.
fn charts(mut sheet: Sheet<'_>, styles: &Styles, drifted: &[&ColumnReport]) -> Result<(), ExportError> {
    sheet.line("Shares of rows in each bin: reference grey, current blue", &styles.note)?;
    // The head of the bins is their row 0.
    let mut first = 1;
    for (place, column) in (0_u16..).zip(drifted.iter().take(MOST_CHARTS)) {
        let bins = u32::try_from(column.bins.len()).unwrap_or(u32::MAX);
        let last = first + bins.saturating_sub(1).min(MOST_ROWS);
        // What does not stand in the sheet of bins cannot be drawn.
        if last + 1 >= MOST_ROWS {
            break;
        }
        let chart = chart(&column.name, (first, last));
        let (col, row) = (place % 2 * CHART_STEP.0, 2 + u32::from(place / 2) * CHART_STEP.1);
        sheet.page.insert_chart(row, col, &chart)?;
        first = last + 1;
    }
    Ok(())
}

/// Both sides of one column, whose bins stand from the first to the last row.
fn chart(name: &str, (first, last): (u32, u32)) -> Chart {
    let mut chart = Chart::new_column();
    // A name given as text could look like a range; a cell cannot be anything but its text.
    chart.title().set_name((BINS, first, NAME));
    for (col, colour) in SHARES {
        chart
            .add_series()
            .set_name((BINS, 0, col))
            .set_categories((BINS, first, LABEL, last, LABEL))
            .set_values((BINS, first, col, last, col))
            .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(colour)))
            .set_gap(60)
            .set_overlap(0);
    }
    chart.x_axis().set_name("bin");
    chart
        .y_axis()
        .set_name("share of rows")
        .set_num_format("0%")
        .set_min(0)
        .set_major_gridlines_line(ChartLine::new().set_color(Color::RGB(0xD9_D9_D9)));
    chart.legend().set_position(ChartLegendPosition::Bottom);
    let of = shorten(name, 60, Charset::Unicode);
    chart
        .set_alt_text(cell(&format!("Shares of rows in each bin of the column {of}, reference and current")))
        .set_width(CHART_SIZE.0)
        .set_height(CHART_SIZE.1)
        // Rows that somebody hides in the sheet of bins stay in the chart.
        .show_hidden_data();
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_told_by_label_or_edges() {
        let of = |text: &str, lower, upper| {
            let label_of = text.to_owned();
            let (reference_ratio, current_ratio, contribution) = (0.5, 0.5, 0.0);
            let bin =
                BinReport { label: label_of, lower, upper, reference_ratio, current_ratio, contribution };
            label(&bin).into_owned()
        };
        assert_eq!(of("= -5", Some(-5.0), Some(-4.9)), "equal to -5");
        assert_eq!(of("= -5", None, None), "= -5");
        assert_eq!(of("", Some(1.0), None), "from 1");
        assert_eq!(of("", None, Some(1.0)), "below 1");
        assert_eq!(of("", None, None), "(empty)");
    }
}
