use driftline_model::{ColumnVerdict, Report};

use super::sheet::{Sheet, Styles};
use super::sides;
use crate::ExportError;
use crate::field::{Shape, Value, word};

/// Widths of the three columns, in characters.
const WIDTHS: [f64; 3] = [34.0, 32.0, 32.0];

/// The answer, what it rests on, and the explanations.
pub(super) fn write(sheet: Sheet<'_>, styles: &Styles, report: &Report) -> Result<(), ExportError> {
    let mut page = Page { sheet, styles };
    for (col, width) in (0..).zip(WIDTHS) {
        page.sheet.page.set_column_width(col, width)?;
    }
    page.sheet.line(&report.headline, &styles.title)?;
    page.pair("Verdict", word(&report.verdict), Shape::Word)?;
    page.pair("Severity", report.severity.name(), Shape::Severity)?;
    page.sheet.paint_severities(page.sheet.row.saturating_sub(1), 1)?;
    page.insights(report)?;
    page.sides(report)?;
    page.columns(report)?;
    page.rows(report)?;
    page.settings(report)?;
    page.timings(report)
}

struct Page<'a> {
    sheet: Sheet<'a>,
    styles: &'a Styles,
}

impl Page<'_> {
    /// A line with a label and its values.
    fn values(&mut self, label: &str, values: &[Value<'_>], shape: Shape) -> Result<(), ExportError> {
        self.sheet.value(0, &label.into(), Shape::Word)?;
        for (col, value) in (1..).zip(values) {
            self.sheet.value(col, value, shape)?;
        }
        self.sheet.row += 1;
        Ok(())
    }

    fn pair<'v>(
        &mut self,
        label: &str,
        value: impl Into<Value<'v>>,
        shape: Shape,
    ) -> Result<(), ExportError> {
        self.values(label, &[value.into()], shape)
    }

    /// An empty line and the title of a part.
    fn part(&mut self, title: &str) -> Result<(), ExportError> {
        self.sheet.row += 1;
        self.sheet.line(title, &self.styles.head)
    }

    fn insights(&mut self, report: &Report) -> Result<(), ExportError> {
        if report.insights.is_empty() {
            return Ok(());
        }
        self.part("Insights")?;
        for insight in &report.insights {
            self.pair(&insight.text, Value::Absent, Shape::Word)?;
        }
        Ok(())
    }

    fn sides(&mut self, report: &Report) -> Result<(), ExportError> {
        self.part("Sides")?;
        let sides = sides(report);
        self.values("", &sides.map(|(role, _)| role.into()), Shape::Word)?;
        let sides = sides.map(|(_, side)| side);
        self.values("Name", &sides.map(|side| (&side.name).into()), Shape::Name)?;
        self.values("Rows", &sides.map(|side| side.rows.into()), Shape::Count)?;
        self.values("Columns", &sides.map(|side| side.columns.into()), Shape::Count)?;
        self.values("Bytes", &sides.map(|side| side.bytes.into()), Shape::Count)?;
        self.values("Rows in the sample", &sides.map(|side| side.sample_rows.into()), Shape::Count)?;
        let exact = |exact| if exact { "yes" } else { "no" };
        self.values("Every figure exact", &sides.map(|side| exact(side.exact).into()), Shape::Word)?;
        self.values("Repeated rows", &sides.map(|side| side.duplicate_ratio.into()), Shape::Share)?;
        self.values("Unreadable rows", &sides.map(|side| side.quarantine.rows.into()), Shape::Count)?;
        self.values("Repaired rows", &sides.map(|side| side.reading.repaired_rows().into()), Shape::Count)?;
        self.values("Lines left out", &sides.map(|side| side.reading.lines_aside().into()), Shape::Count)
    }

    fn columns(&mut self, report: &Report) -> Result<(), ExportError> {
        self.part("Columns")?;
        for verdict in
            [ColumnVerdict::Drifted, ColumnVerdict::Stable, ColumnVerdict::Failed, ColumnVerdict::Skipped]
        {
            let count = report.columns.iter().filter(|column| column.verdict == verdict).count();
            self.pair(verdict.name(), count as u64, Shape::Count)?;
        }
        Ok(())
    }

    fn rows(&mut self, report: &Report) -> Result<(), ExportError> {
        let anomalies = &report.anomalies;
        self.part("Strange rows")?;
        self.pair("Rows scored", anomalies.rows_scored, Shape::Count)?;
        self.pair("Rows flagged", anomalies.rows_flagged, Shape::Count)?;
        self.pair("Flagged from score", anomalies.threshold, Shape::Score)?;
        self.pair("Judged against", &anomalies.judged_against, Shape::Word)?;
        self.pair("Methods", anomalies.methods.join(", "), Shape::Word)
    }

    fn settings(&mut self, report: &Report) -> Result<(), ExportError> {
        let drift = &report.settings.drift;
        self.part("Settings")?;
        self.pair("Headline score", &drift.headline.0, Shape::Word)?;
        self.pair("Sensitivity", word(&drift.sensitivity), Shape::Word)?;
        self.pair("False discovery rate", drift.false_discovery_rate, Shape::Share)?;
        self.pair("Least share of rows moved", drift.min_mass_moved, Shape::Share)?;
        self.pair("Least change of nulls", drift.min_null_change, Shape::Share)?;
        self.pair("Bins", u64::from(drift.bins), Shape::Count)?;
        self.pair("More scores", drift.methods.join(", "), Shape::Word)?;
        self.pair("Left out", drift.exclude.join(", "), Shape::Word)?;
        self.pair("Conform to", word(&drift.conform), Shape::Word)
    }

    fn timings(&mut self, report: &Report) -> Result<(), ExportError> {
        let timings = &report.timings;
        self.part("Timings")?;
        self.pair("Reading the reference, seconds", timings.reference_secs, Shape::Seconds)?;
        self.pair("Reading the current data, seconds", timings.current_secs, Shape::Seconds)?;
        self.pair("Deciding and explaining, seconds", timings.detect_secs, Shape::Seconds)?;
        self.pair("All, seconds", timings.total_secs, Shape::Seconds)?;
        self.pair("Chunks", timings.chunks, Shape::Count)?;
        self.pair("Threads", u64::from(timings.threads), Shape::Count)?;
        self.pair("Peak memory, bytes", report.memory_peak_bytes, Shape::Count)
    }
}
