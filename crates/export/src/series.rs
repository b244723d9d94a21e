use driftline_model::SeriesReport;

use crate::RenderOptions;
use crate::text::series_as_text;

/// A replayed series for the terminal: its course, and when alarms would have been raised.
pub fn series_to_text(report: &SeriesReport, options: &RenderOptions) -> String {
    series_as_text(report, options)
}
