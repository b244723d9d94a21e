//! Rows as senders write them.

use driftline_ingest::live::{ArrowRowsError, RowFormat, csv_of_arrow};

/// Arrow streams that are turned into rows at once: each takes several times its size while that goes on.
pub(crate) const MOST_CONVERTED: usize = 4;

/// How rows that are sent are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SentFormat {
    /// As they are kept.
    Rows(RowFormat),
    /// An Arrow stream, which is kept as CSV.
    Arrow,
}

/// How a content type says that rows are written.
pub(crate) fn format_of(content_type: &str) -> Option<SentFormat> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Some(SentFormat::Rows(RowFormat::Csv)),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Some(SentFormat::Rows(RowFormat::Ndjson))
        }
        "application/vnd.apache.arrow.stream" => Some(SentFormat::Arrow),
        _ => None,
    }
}

/// The rows as they are kept, and what is left out of them. Blocks.
pub(crate) fn rows_of(
    format: SentFormat,
    body: bytes::Bytes,
    most_bytes: usize,
) -> Result<(RowFormat, bytes::Bytes, Vec<String>), ArrowRowsError> {
    match format {
        SentFormat::Rows(format) => Ok((format, body, Vec::new())),
        SentFormat::Arrow => {
            let rows = csv_of_arrow(&body, most_bytes)?;
            Ok((RowFormat::Csv, rows.csv.into(), rows.skipped))
        }
    }
}
